import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { ChallengeKey } from '../engine/challenges.ts'

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

/** A challenge's key as one string, for hosts that keep it in a cookie or a token of their own. */
export function writeKey(key: ChallengeKey): string {
  return `${key.id}.${key.binding}`
}

export function readKey(text: string | undefined): ChallengeKey | null {
  const match = /^([\w-]{1,64})\.([\w-]{1,128})$/.exec(text ?? '')
  return match?.[1] === undefined || match[2] === undefined ? null : { id: match[1], binding: match[2] }
}
