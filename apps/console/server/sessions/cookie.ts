import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { clearCookie, readCookie, writeCookie } from '../protection/cookies.ts'
import type { ConsoleEnv } from '../protection/environment.ts'
import type { SessionProof, Sessions } from './sessions.ts'

export const loadSession = (sessions: Sessions) =>
  createMiddleware<ConsoleEnv>(async (c, next) => {
    const token = readCookie(c, 'session')
    const session = token === null ? null : await sessions.find(token)
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
