import { createMiddleware } from 'hono/factory'
import { matchedRoutes } from 'hono/route'
import type { Sallyport } from 'sallyport'
import type { ConsoleEnv } from './environment.ts'
import { problem } from './problem.ts'

/**
 * What answers someone who is not signed in, as the OpenAPI document writes it. Everything else under /api needs a session,
 * whether or not its author thought of it; the challenge of a pending login is opened by a cookie of its own, which opens
 * nothing else. What is under /api/mobile stands before this gate, and /api/v1 has one of its own.
 */
export const openRoutes: ReadonlySet<string> = new Set([
  'GET /api/openapi.json',
  'GET /api/session',
  'POST /api/sign-in',
  'POST /api/sign-out',
  'POST /api/registration',
  'GET /api/confirmation',
  'POST /api/confirmation/prompt',
  'POST /api/confirmation/answer',
  'POST /api/confirmation/skip',
  'GET /api/mfa/challenge',
  'POST /api/mfa/challenge/prompt',
  'POST /api/mfa/challenge/answer',
  'POST /api/mfa/challenge/cancel',
  'POST /api/mfa/passkey',
  'POST /api/mfa/passkey/answer',
  'POST /api/invitations/read',
  'POST /api/password-reset',
  'POST /api/password-reset/read',
  'POST /api/password-reset/complete',
  'POST /api/providers/{providerId}/begin',
  'GET /api/providers/{providerId}/callback',
  'POST /api/sso/begin',
  'GET /api/dev/outbox',
  'POST /api/mobile/sign-in',
  'POST /api/mobile/challenge',
  'POST /api/mobile/challenge/prompt',
  'POST /api/mobile/challenge/answer',
  'POST /api/mobile/challenge/cancel',
  'POST /api/mobile/refresh',
  'POST /api/mobile/sign-out',
])

/**
 * All that a session reaches whose account must set up a second factor first, besides what is open to anyone: setting it up,
 * confirming that, and signing out (requirement E2).
 */
export const enrollmentRoutes: ReadonlySet<string> = new Set([
  'GET /api/session',
  'POST /api/sign-out',
  'POST /api/password-check',
  'GET /api/mfa/methods',
  'POST /api/mfa/methods',
  'POST /api/mfa/methods/{enrollmentId}/prompt',
  'POST /api/mfa/methods/{enrollmentId}/confirm',
  'GET /api/mfa/step-up/{challengeId}',
  'POST /api/mfa/step-up/{challengeId}/prompt',
  'POST /api/mfa/step-up/{challengeId}/answer',
  'POST /api/mfa/step-up/{challengeId}/cancel',
])

/** What goes on with a cookie that it hands out. An app is given none, so for it nothing would come of it. */
export const browserRoutes: ReadonlySet<string> = new Set([
  'POST /api/sign-in',
  'POST /api/mfa/passkey',
  'POST /api/registration',
  'POST /api/account/email',
  'POST /api/account/phone',
  'POST /api/account/phone/confirmation',
  'POST /api/account/providers/{providerId}/link',
  'POST /api/providers/{providerId}/begin',
  'POST /api/sso/begin',
])

export const isOpen = oneOf(openRoutes)
const isForEnrollment = oneOf(enrollmentRoutes)
const isForBrowsers = oneOf(browserRoutes)

/** Every request under /api passes here, whatever carries its session. */
export const gate = ({ mfa }: { readonly mfa: Pick<Sallyport, 'audit'> }) =>
  createMiddleware<ConsoleEnv>(async (c, next) => {
    const route = `${c.req.method === 'HEAD' ? 'GET' : c.req.method} ${c.req.path}`
    const session = c.get('session')
    if (session?.kind === 'tokens' && isForBrowsers(route)) return problem(c, 'browser_required')
    // Also to whoever must set up a second factor: without the cookie they would be let through all the same.
    if (isOpen(route)) return await next()
    if (session !== null && (session.standing.status !== 'required' || isForEnrollment(route))) return await next()
    // What does not exist is not found for anyone. Middleware stands under ALL, and the pages outside of /api.
    if (!matchedRoutes(c).some(({ method, path }) => method !== 'ALL' && path.startsWith('/api/'))) {
      return problem(c, 'route_not_found')
    }
    if (session === null) return problem(c, 'not_signed_in')
    const detail = { reason: 'enrollment_required' }
    const accountId = session.account.id
    await mfa.audit.record({ event: 'request.refused', accountId, detail }, c.get('client'))
    return problem(c, 'enrollment_required')
  })

/** Whether a request is for one of these; what stands in braces is any one part of a path. */
function oneOf(routes: ReadonlySet<string>): (route: string) => boolean {
  const patterns = [...routes]
    .filter((route) => route.includes('{'))
    .map((route) => new RegExp(`^${route.replaceAll(/\{\w+\}/g, '[^/]+')}$`))
  return (route) => routes.has(route) || patterns.some((pattern) => pattern.test(route))
}
