import type { Context } from 'hono'
import type { Sallyport } from 'sallyport'
import { secondsUntil } from 'sallyport/http'
import type { Problem } from 'sallyport/http'
import { problem } from '../protection/problem.ts'

/**
 * The refusal for an account that has begun to confirm as many contacts as it may for now, or null: so that nobody is asked
 * to confirm what can't be done anyway. Decides nothing: `mfa.contacts.begin` counts for itself.
 */
export async function contactLimit(
  c: Context,
  mfa: Pick<Sallyport, 'contacts' | 'clock'>,
  accountId: string,
  method: 'email' | 'sms',
): Promise<Problem | null> {
  const retryAt = await mfa.contacts.retryAt(accountId, method)
  const now = mfa.clock()
  return retryAt <= now ? null : problem(c, 'send_limit', { retryAfterSeconds: secondsUntil(retryAt, now) })
}
