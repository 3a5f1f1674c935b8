import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { SallyportError } from 'sallyport'
import type { Sallyport } from 'sallyport'
import { clearPending } from 'sallyport/http'
import type { ContactChanges } from '../accounts/contact-changes.ts'
import { clearCookie, readCookie, writeCookie } from '../protection/cookies.ts'
import { accessTokenIn, hasCredentials, unauthenticated } from '../protection/credentials.ts'
import type { ConsoleEnv } from '../protection/environment.ts'
import { sessionOf } from '../tokens/bearer.ts'
import type { BearerParts } from '../tokens/bearer.ts'
import { live } from './live.ts'
import { recordEnd } from './session-ended.ts'
import type { EndedBy } from './session-ended.ts'
import type { Rotated, SessionProof, Sessions } from './sessions.ts'

/**
 * Whose session a request carries: that of its access token, and then cookies are not looked at, or that of its cookie. What
 * it may do is judged anew for each request, by the rules of that moment. Accounts and second factors live in two databases:
 * a session from before MFA opens nothing from the commit that turned it on, whether or not it has been ended by then.
 */
export const loadSession = (parts: BearerParts) =>
  createMiddleware<ConsoleEnv>(async (c, next) => {
    const accessToken = accessTokenIn(c)
    const cookie = accessToken === null ? readCookie(c, 'session') : null
    const session =
      accessToken === null
        ? await live(parts, cookie === null ? null : await parts.sessions.find(cookie), c.get('client'))
        : await sessionOf(parts, c, accessToken)
    if (session === null && accessToken !== null) {
      return unauthenticated(c, 'token_invalid', 'Bearer error="invalid_token"')
    }
    c.set('session', session)
    c.set('sessionToken', session === null ? null : cookie)
    return await next()
  })

/**
 * Makes the session that `proof` stands for and hands it to this browser in place of the one it had; whether it could. An app
 * gets none this way: it signs in again. `saidAt`: when a provider says that it signed the person in.
 */
export async function signInBrowser(
  c: Context<ConsoleEnv>,
  { mfa, sessions }: { readonly mfa: Pick<Sallyport, 'audit'>; readonly sessions: Pick<Sessions, 'issue'> },
  proof: SessionProof,
  saidAt: number | null,
): Promise<boolean> {
  if (hasCredentials(c)) return false
  const before = readCookie(c, 'session')
  const replaces = before === null ? null : { token: before, session: c.get('session') }
  const issued = await sessions.issue(proof, c.get('client'), replaces, saidAt)
  if (issued === null) return false
  const { token, replaced } = issued
  writeCookie(c, 'session', token)
  if (replaced !== null) {
    const { account, id: session } = replaced
    await recordEnd(mfa, { accountId: account.id, session, by: 'replaced' }, c.get('client'))
  }
  return true
}

/**
 * Hands this browser the new token of its session; the rest of the request goes on under the new id. An app refreshes its
 * access token, which names the old one.
 */
export function keepSession(c: Context<ConsoleEnv>, { id, token }: Rotated): void {
  const session = c.get('session')
  c.set('session', session && { ...session, id })
  if (session?.kind === 'tokens') return
  writeCookie(c, 'session', token)
  c.set('sessionToken', token)
}

/** A new token for this session, to be applied once what happens under the new id is stored. */
export function renewSession(c: Context<ConsoleEnv>, sessions: Sessions) {
  const session = c.get('session')
  if (session === null) throw new SallyportError('not_signed_in')
  const { id, token, apply } = sessions.rotate(session.id)
  return {
    id,
    async apply() {
      const applied = await apply()
      if (applied) keepSession(c, { id, token })
      return applied
    },
  }
}

/** Nothing of an account is left in this browser. */
export function forgetAccount(c: Context): void {
  clearCookie(c, 'session')
  clearCookie(c, 'confirmation')
  clearPending(c)
  c.header('Clear-Site-Data', '"cache", "storage"')
}

export interface SignOutParts {
  readonly mfa: Pick<Sallyport, 'audit'>
  readonly sessions: Sessions
  readonly contactChanges: Pick<ContactChanges, 'dropAll'>
}

/** Ends the session of this browser or app, and with it the contacts that are yet to be confirmed: they could be its doing. */
export async function signOutBrowser(
  c: Context<ConsoleEnv>,
  { mfa, sessions, contactChanges }: SignOutParts,
  by: EndedBy,
): Promise<void> {
  const session = c.get('session')
  const token = readCookie(c, 'session')
  const byToken = async (): Promise<boolean> => token !== null && (await sessions.end(token))
  const ended = session?.kind === 'tokens' ? await sessions.endById(session.id) : await byToken()
  // In this order: without the session nothing new is asked for.
  if (session !== null) await contactChanges.dropAll(session.account.id)
  forgetAccount(c)
  // It may have been ended meanwhile, and that be told already.
  if (session === null || !ended) return
  await recordEnd(mfa, { accountId: session.account.id, session: session.id, by }, c.get('client'))
}
