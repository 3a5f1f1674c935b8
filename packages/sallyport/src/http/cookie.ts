import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { ChallengeKey } from '../engine/challenges.ts'
import type { BrowserTokens } from '../engine/devices.ts'

/**
 * Holds a login that has only its first factor. It opens the challenge it was made for and nothing else, and its name is
 * no session cookie's, so that neither can be taken for the other.
 */
const name = '__Host-sallyport-pending'

/** As strict as a cookie can be: this host only, TLS only, no scripts, no requests from other sites. */
const strictest = { path: '/', secure: true, httpOnly: true, sameSite: 'Strict' } as const

const lifetimeSeconds = 900

/** To be called when `signIn.begin` returns a challenge. */
export function setPending(context: Context, key: ChallengeKey): void {
  setCookie(context, name, writeKey(key), { ...strictest, maxAge: lifetimeSeconds })
}

export function clearPending(context: Context): void {
  deleteCookie(context, name, strictest)
}

export function pendingKey(context: Context): ChallengeKey | null {
  return readKey(getCookie(context, name))
}

/** Holds what a passkey is asked with until it answers. Another browser's answer is none. */
const passkeyName = '__Host-sallyport-passkey'
const passkeySeconds = 300

export function setPasskey(context: Context, key: ChallengeKey): void {
  setCookie(context, passkeyName, writeKey(key), { ...strictest, maxAge: passkeySeconds })
}

export function clearPasskey(context: Context): void {
  deleteCookie(context, passkeyName, strictest)
}

export function passkeyKey(context: Context): ChallengeKey | null {
  return readKey(getCookie(context, passkeyName))
}

/** A challenge's key as one string, for hosts that keep it in a cookie or a token of their own. */
export function writeKey(key: ChallengeKey): string {
  return `${key.id}.${key.binding}`
}

export function readKey(text: string | undefined): ChallengeKey | null {
  const match = /^([\w-]{1,64})\.([\w-]{1,128})$/.exec(text ?? '')
  return match?.[1] === undefined || match[2] === undefined ? null : { id: match[1], binding: match[2] }
}

const browserCookies = { trusted: '__Host-sallyport-trusted', known: '__Host-sallyport-known' } as const

/** As long as browsers keep a cookie (RFC 6265bis section 5.5): what it is good for is judged by the store alone. */
const longestSeconds = 400 * 86_400

/** What this browser keeps of the accounts that sign in here: for `signIn.begin`, `challenges.answer` and `devices.list`. */
export function browserTokens(context: Context): BrowserTokens {
  const read = (cookie: string): string => (getCookie(context, cookie) ?? '').slice(0, 1024)
  return { trusted: read(browserCookies.trusted), known: read(browserCookies.known) }
}

/** To be called with what `signIn.begin` or `challenges.answer` says that the browser is to keep; null changes nothing. */
export function keepBrowserTokens(context: Context, tokens: BrowserTokens | null): void {
  if (tokens === null) return
  const before = browserTokens(context)
  for (const kind of ['trusted', 'known'] as const) {
    if (tokens[kind] === before[kind]) continue
    if (tokens[kind] === '') deleteCookie(context, browserCookies[kind], strictest)
    else setCookie(context, browserCookies[kind], tokens[kind], { ...strictest, maxAge: longestSeconds })
  }
}
