import type { CheckContext, PromptContext, Verdict } from '../contract/method.ts'
import { digits } from '../crypto/code.ts'
import { equal } from '../crypto/compare.ts'

/** A fresh code and the only form in which it is kept: its keyed hash. */
export function issueCode(context: PromptContext, length: number): { code: string; state: string } {
  const code = digits(context.random, length)
  return { code, state: context.hash(code) }
}

/** Judges an answer against the state that `issueCode` gave. */
export function checkCode(context: CheckContext, length: number, state: string | null, answer: string): Verdict {
  const typed = readDigits(answer, length)
  if (typed === null) return { ok: false, reason: 'malformed' }
  if (state === null || !equal(context.hash(typed), state)) return { ok: false, reason: 'wrong' }
  return { ok: true, spend: 'prompt' }
}

/**
 * The `length` ASCII digits that a person typed, in whatever width their keyboard gave and with any spaces between;
 * null for everything else, signs, separators and other scripts' digits included.
 */
export function readDigits(answer: string, length: number): string | null {
  // Normalising a megabyte costs more than judging a code; nobody types this many spaces.
  if (answer.length > 64) return null
  const typed = answer.normalize('NFKC').replace(/\s/gu, '')
  return typed.length === length && /^[0-9]+$/.test(typed) ? typed : null
}
