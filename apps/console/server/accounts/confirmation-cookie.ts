import type { Context } from 'hono'
import type { ChallengeKey } from 'sallyport'
import { clearCookie, readCookie, writeCookie } from '../protection/cookies.ts'

/** The one confirmation that this browser has going on. */
export interface ConfirmationKey extends ChallengeKey {
  readonly accountId: string
}

const form = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{1,64})$/

export function readConfirmation(c: Context): ConfirmationKey | null {
  const [, accountId, id, binding] = form.exec(readCookie(c, 'confirmation') ?? '') ?? []
  return accountId === undefined || id === undefined || binding === undefined ? null : { accountId, id, binding }
}

export function writeConfirmation(c: Context, { accountId, id, binding }: ConfirmationKey): void {
  writeCookie(c, 'confirmation', `${accountId}.${id}.${binding}`)
}

export function clearConfirmation(c: Context): void {
  clearCookie(c, 'confirmation')
}
