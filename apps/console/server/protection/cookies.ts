import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'

/** Every cookie of the console, without the `__Host-` that each of them carries. */
export const cookieNames = {
  /** One for each browser, signed in or not: what its CSRF tokens are made from. */
  browser: 'console-browser',
  session: 'console-session',
  confirmation: 'console-confirmation',
  /** What this browser was sent to an identity provider for. */
  oidc: 'console-oidc',
} as const

export type CookieName = keyof typeof cookieNames

/** RFC 6265bis section 4.1.3.2: `__Host-` is only taken with Secure and Path=/ and without Domain, so no other host can set it. */
const ultimate = { prefix: 'host', path: '/', secure: true, httpOnly: true, sameSite: 'Strict' } as const

/**
 * The one exception (THREATS SC-01): a provider sends the browser back from another site, and no Strict cookie comes along
 * then. It opens nothing, is good for ten minutes, and only for the answer that was asked for.
 */
const acrossSites = { ...ultimate, sameSite: 'Lax', maxAge: 600 } as const

function attributesOf(name: CookieName) {
  return name === 'oidc' ? acrossSites : ultimate
}

export function readCookie(c: Context, name: CookieName): string | null {
  return getCookie(c, cookieNames[name], 'host') ?? null
}

export function writeCookie(c: Context, name: CookieName, value: string): void {
  setCookie(c, cookieNames[name], value, attributesOf(name))
}

export function clearCookie(c: Context, name: CookieName): void {
  deleteCookie(c, cookieNames[name], attributesOf(name))
}
