import type { Context } from 'hono'
import type { ChallengeKey } from 'sallyport'
import { readKey, writeKey } from 'sallyport/http'
import { clearCookie, readCookie, writeCookie } from '../protection/cookies.ts'

/** The one confirmation that this browser has going on. */
export function readConfirmation(c: Context): ChallengeKey | null {
  return readKey(readCookie(c, 'confirmation') ?? undefined)
}

export function writeConfirmation(c: Context, key: ChallengeKey): void {
  writeCookie(c, 'confirmation', writeKey(key))
}

export function clearConfirmation(c: Context): void {
  clearCookie(c, 'confirmation')
}
