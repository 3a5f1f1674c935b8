import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { Problem } from 'sallyport/http'
import type { ConsoleEnv } from './environment.ts'
import { problem } from './problem.ts'
import type { ConsoleErrorCode } from './problem.ts'

/** Whether a request says in a header who it is from; then whatever a browser adds by itself counts for nothing. */
export function hasCredentials(c: Context): boolean {
  return c.req.header('authorization') !== undefined
}

/** What a request carries that has the form of an access token; API keys and all else have another. */
export function accessTokenIn(c: Context): string | null {
  return /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? null
}

/** From here on a request has no cookies, and its answer leaves none behind, whatever a route or the library sets. */
export const cookieless = createMiddleware<ConsoleEnv>(async (c, next) => {
  c.req.raw.headers.delete('cookie')
  await next()
  c.res.headers.delete('set-cookie')
  c.res.headers.delete('clear-site-data')
})

/** The same for a request that brings credentials of its own. */
export const cookielessWithCredentials = createMiddleware<ConsoleEnv>((c, next) =>
  hasCredentials(c) ? cookieless(c, next) : next(),
)

/** RFC 9110 section 11.6.1: what would be accepted stands in the header. */
export function unauthenticated(c: Context, code: ConsoleErrorCode, authenticate: string): Problem {
  const refused = problem(c, code)
  refused.headers.set('www-authenticate', authenticate)
  return refused
}
