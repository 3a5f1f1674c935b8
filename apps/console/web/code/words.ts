import { type ApiError, sentenceOf } from '../api/problem.ts'
import type { ChallengeMethod, MethodKind } from '../api/types.ts'

const labels: Readonly<Record<MethodKind, string>> = {
  security_key: 'Security key or passkey',
  totp: 'Authenticator app',
  email: 'E-mail',
  sms: 'Text message',
  recovery_code: 'Recovery code',
}

export function labelOf(method: MethodKind): string {
  return labels[method]
}

/** Whether the pages have words for it. */
export function isMethodKind(method: string): method is MethodKind {
  return Object.hasOwn(labels, method)
}

/** The method in the middle of a sentence or a button: "Set up authenticator app". */
export function inSentence(method: MethodKind): string {
  return labels[method].charAt(0).toLowerCase() + labels[method].slice(1)
}

/** "Authenticator app", or the name a person gave it with what it is. */
export function titleOf(method: { readonly method: MethodKind; readonly name: string }): string {
  if (method.method === 'recovery_code') return labels.recovery_code
  return method.name === '' ? labels[method.method] : method.name
}

/** What choosing this method means, for the list of other ways. */
export function describe({ method, hint }: ChallengeMethod): string {
  switch (method) {
    case 'security_key':
      return 'Your browser asks for one that you set up'
    case 'totp':
      return 'Enter the code that the app shows'
    case 'email':
      return `Get a code at ${hint}`
    case 'sms':
      return `Get a code by text message to ${hint}`
    case 'recovery_code':
      return 'Use one of the codes you saved when you set this up'
  }
}

/** How hard a method is to take from its owner, in a word that fills so many of four. */
export function strengthOf(method: MethodKind): { readonly word: string; readonly of4: 1 | 2 | 3 | 4 } | null {
  switch (method) {
    case 'security_key':
      return { word: 'Strongest', of4: 4 }
    case 'totp':
      return { word: 'Strong', of4: 3 }
    case 'sms':
      return { word: 'Fair', of4: 2 }
    case 'email':
      return { word: 'Basic', of4: 1 }
    case 'recovery_code':
      return null
  }
}

/** Recovery codes, which have no strength, come last; the others keep their order where they are as strong. */
export function strongestFirst<Kind extends { readonly method: MethodKind }>(kinds: readonly Kind[]): readonly Kind[] {
  const strength = ({ method }: Kind) => strengthOf(method)?.of4 ?? 0
  return kinds.toSorted((one, other) => strength(other) - strength(one))
}

/** What to type now, for methods that send nothing. */
export function instruction({ method, name }: ChallengeMethod): string {
  if (method === 'recovery_code') return 'Enter one of the recovery codes you saved. Each one works once.'
  return name === labels.totp || name === ''
    ? 'Enter the code that the app shows.'
    : `Enter the code that the app “${name}” shows.`
}

/** The message by which a method sends its codes. */
export function carrier(method: MethodKind): string {
  return method === 'sms' ? 'the text message' : 'the e-mail'
}

/** `last`: what one more wrong one does, said before it is given. */
export function triesLeft(tries: number, last = ''): string {
  return tries === 1 ? `1 try left. ${last}`.trim() : `${tries} tries left.`
}

/** Why no code was sent. `here`: the one before it was sent for this challenge. */
export function refusedPrompt(error: ApiError, here: boolean): string {
  if (error.code !== 'send_too_soon' || here) return sentenceOf(error)
  return 'A code was sent a moment ago for an earlier try. It does not work here; send a new one shortly.'
}

/** Of an authenticator app's code nobody can tell by looking whether it was used: it stays on its screen. */
const wrongOrUsed = 'That code is not right, or it was used already. Wait for the app’s next code.'

/** What is said otherwise where a code is for something else than signing in. */
export interface CodeWords {
  /** About a wrong code. */
  readonly whenWrong?: string | undefined
  /** What one more wrong code does when it is the last try. */
  readonly whenLast?: string | undefined
}

/** The sentence beside the code field after a refusal that is about what was typed; undefined for every other one. */
export function codeFieldError(
  error: ApiError | null,
  { method, digits }: Pick<ChallengeMethod, 'method' | 'digits'>,
  { whenWrong, whenLast }: CodeWords,
): string | undefined {
  switch (error?.code) {
    case 'answer_wrong': {
      const left = error.problem.attemptsLeft
      const sentence = whenWrong ?? (method === 'totp' ? wrongOrUsed : sentenceOf(error))
      return left === undefined ? sentence : `${sentence} ${triesLeft(left, whenLast)}`
    }
    case 'answer_malformed':
    case 'request_invalid':
      return method === 'recovery_code'
        ? 'That is not a whole recovery code: it has 16 letters and digits, like k3v9-0d2m-7xq4-hn8c.'
        : `Enter the ${digits === null ? '' : `${digits} `}digits of the code.`
    case 'code_missing':
      return error.problem.title
    default:
      return undefined
  }
}
