import type { Context } from 'hono'
import type { Sallyport } from 'sallyport'
import { pendingKey } from 'sallyport/http'
import type { ConsoleEnv } from '../protection/environment.ts'
import { signOutBrowser } from './cookie.ts'
import type { SignOutParts } from './cookie.ts'

/** Ends the session that a request carries, what was confirmed in it, and a login that is pending in the same browser. */
export async function signOut(
  c: Context<ConsoleEnv>,
  parts: SignOutParts & { readonly mfa: Pick<Sallyport, 'actions' | 'audit' | 'challenges'> },
): Promise<void> {
  const session = c.get('session')
  await signOutBrowser(c, parts, 'sign_out')
  if (session !== null) {
    await parts.mfa.actions.end({ accountId: session.account.id, sessionId: session.id }, c.get('client'))
  }
  const pending = pendingKey(c)
  if (pending !== null) await parts.mfa.challenges.cancel(pending, c.get('client'))
}
