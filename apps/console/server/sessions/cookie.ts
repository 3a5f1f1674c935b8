import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { Sallyport } from 'sallyport'
import { clearCookie, readCookie, writeCookie } from '../protection/cookies.ts'
import type { ConsoleEnv } from '../protection/environment.ts'
import type { SessionProof, Sessions } from './sessions.ts'

/**
 * Accounts and second factors live in two databases: a session from before MFA opens nothing from the commit that turned
 * it on, whether or not it has been ended by then.
 */
export const loadSession = (sessions: Sessions, mfa: Pick<Sallyport, 'enrollments'>) =>
  createMiddleware<ConsoleEnv>(async (c, next) => {
    const token = readCookie(c, 'session')
    const found = token === null ? null : await sessions.find(token)
    const unproved = found?.challengeId === null && (await mfa.enrollments.enabledAt(found.account.id)) !== null
    const session = unproved ? null : found
    c.set('session', session)
    c.set('sessionToken', session === null ? null : token)
    await next()
  })

/** Makes the session that `proof` stands for and hands it to this browser in place of the one it had; whether it could. */
export async function signInBrowser(c: Context<ConsoleEnv>, sessions: Sessions, proof: SessionProof): Promise<boolean> {
  const token = await sessions.issue(proof, c.get('client'), readCookie(c, 'session'))
  if (token !== null) writeCookie(c, 'session', token)
  return token !== null
}

export async function signOutBrowser(c: Context<ConsoleEnv>, sessions: Sessions): Promise<void> {
  const token = readCookie(c, 'session')
  if (token !== null) await sessions.end(token)
  clearCookie(c, 'session')
}
