import { type ApiError, sentenceOf } from '../api/problem.ts'
import { triesLeft } from '../code/words.ts'
import type { KeyFault } from './ceremony.ts'

/** Where it is said. */
export interface KeyWords {
  /** What came of nothing. */
  readonly done: 'confirmed' | 'set up'
  /** What else can be done, to follow an "or"; null where there is nothing else. */
  readonly otherwise: string | null
  /** What one more wrong key does when it is the last try. */
  readonly whenLast?: string | undefined
}

export const keySetUpWords: KeyWords = { done: 'set up', otherwise: 'set up another method' }

const sentences: Readonly<
  Record<KeyFault | 'answer_wrong' | 'answer_malformed', (or: string, done: string) => string>
> = {
  key_insecure: () =>
    'Security keys and passkeys work only at an address that begins with https. Open this page there.',
  key_unsupported: (or) => `This browser can’t use security keys or passkeys. Use another browser${or}.`,
  key_unconfirmed: (or, done) => `Nothing was ${done}. Try again${or}.`,
  key_timeout: (or, done) => `It took too long, so nothing was ${done}. Try again${or}.`,
  key_registered: () => 'This key is set up already. Use another one.',
  key_unsuitable: (or) => `This key can’t do what is needed here. Use another key${or}.`,
  key_elsewhere: () => 'Keys do not work at this address. Open this page at the one you usually sign in at.',
  key_foreign: (or) => `This key is not set up on your account. Use another key${or}.`,
  key_failed: (or) => `The key did not work this time. Try again${or}.`,
  answer_wrong: (or) => `This key was not accepted. Use another key of your account${or}.`,
  answer_malformed: (or) => `The key did not work this time. Try again${or}.`,
}

/** What a person can do about it. */
export function keySentence(error: ApiError, { done, otherwise, whenLast }: KeyWords): string {
  const { code } = error
  if (!isKnown(code)) return sentenceOf(error)
  const sentence = sentences[code](otherwise === null ? '' : `, or ${otherwise}`, done)
  const left = code === 'answer_wrong' ? error.problem.attemptsLeft : undefined
  return left === undefined ? sentence : `${sentence} ${triesLeft(left, whenLast)}`
}

function isKnown(code: string): code is keyof typeof sentences {
  return Object.hasOwn(sentences, code)
}
