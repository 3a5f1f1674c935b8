import { createMiddleware } from 'hono/factory'
import { matchedRoutes } from 'hono/route'
import type { ConsoleEnv } from './environment.ts'
import { problem } from './problem.ts'

/**
 * What answers someone who is not signed in. Everything else under /api needs a session, whether or not its author
 * thought of it; the challenge of a pending login is opened by a cookie of its own, which opens nothing else.
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
  'GET /api/dev/outbox',
])

export const signedInOnly = createMiddleware<ConsoleEnv>(async (c, next) => {
  const method = c.req.method === 'HEAD' ? 'GET' : c.req.method
  if (openRoutes.has(`${method} ${c.req.path}`) || c.get('session') !== null) return await next()
  // What does not exist is not found for anyone. Middleware stands under ALL, and the pages outside of /api.
  const exists = matchedRoutes(c).some((route) => route.method !== 'ALL' && route.path.startsWith('/api/'))
  return problem(c, exists ? 'not_signed_in' : 'route_not_found')
})
