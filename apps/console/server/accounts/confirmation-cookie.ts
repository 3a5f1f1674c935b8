import type { Context } from 'hono'
import type { ChallengeKey } from 'sallyport'
import { clearCookie, readCookie, writeCookie } from '../protection/cookies.ts'

export type Contact = 'email' | 'phone'

/** The one confirmation that this browser has going on: enough to answer it without reading it first. */
export interface ConfirmationKey extends ChallengeKey {
  readonly contact: Contact
  readonly enrollmentId: string
}

const form = /^(email|phone)\.([\w-]{1,64})\.([\w-]{1,64})\.([\w-]{1,128})$/

export function readConfirmation(c: Context): ConfirmationKey | null {
  const [, contact, enrollmentId, id, binding] = form.exec(readCookie(c, 'confirmation') ?? '') ?? []
  if (enrollmentId === undefined || id === undefined || binding === undefined) return null
  return { contact: contact === 'email' ? 'email' : 'phone', enrollmentId, id, binding }
}

export function writeConfirmation(c: Context, { contact, enrollmentId, id, binding }: ConfirmationKey): void {
  writeCookie(c, 'confirmation', [contact, enrollmentId, id, binding].join('.'))
}

export function clearConfirmation(c: Context): void {
  clearCookie(c, 'confirmation')
}
