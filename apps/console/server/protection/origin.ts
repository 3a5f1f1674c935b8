import { createMiddleware } from 'hono/factory'
import type { Sallyport } from 'sallyport'
import { isBrowserId } from './browser.ts'
import { readCookie } from './cookies.ts'
import type { Csrf } from './csrf.ts'
import type { ConsoleEnv } from './environment.ts'
import { problem } from './problem.ts'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

export function isSafe(method: string): boolean {
  return safeMethods.has(method)
}

interface Parts {
  readonly origin: string
  readonly csrf: Csrf
  readonly mfa: Pick<Sallyport, 'audit'>
}

interface Claims {
  readonly origin: string | undefined
  readonly site: string | undefined
  readonly token: string | undefined
  readonly browser: string | null
  readonly sessionToken: string | null
}

/**
 * Everything that may change something has to come from a page of this origin: by the browser's own word (Origin,
 * Sec-Fetch-Site) and by a token that only such a page can read. All but what an access token is sent with: no browser adds
 * that to a request that another site made it send.
 */
export const sameOriginOnly = ({ origin, csrf, mfa }: Parts) =>
  createMiddleware<ConsoleEnv>(async (c, next) => {
    if (isSafe(c.req.method) || c.get('session')?.kind === 'tokens') return await next()
    const reason = whyRefused(origin, csrf, {
      origin: c.req.header('origin'),
      site: c.req.header('sec-fetch-site'),
      token: c.req.header('x-csrf-token'),
      browser: readCookie(c, 'browser'),
      sessionToken: c.get('sessionToken'),
    })
    if (reason === null) return await next()
    const accountId = c.get('session')?.account.id ?? null
    await mfa.audit.record({ event: 'request.refused', accountId, detail: { reason } }, c.get('client'))
    return problem(c, 'csrf_refused')
  })

function whyRefused(origin: string, csrf: Csrf, claims: Claims): 'origin' | 'site' | 'token' | null {
  if (claims.origin !== origin) return 'origin'
  if (claims.site !== undefined && claims.site !== 'same-origin') return 'site'
  const { token, browser, sessionToken } = claims
  if (token === undefined || browser === null || !isBrowserId(browser)) return 'token'
  return csrf.matches(token, browser, sessionToken) ? null : 'token'
}
