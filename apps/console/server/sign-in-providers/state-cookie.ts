import type { Context } from 'hono'
import { KeyRing } from 'sallyport'
import type { Clock, Random } from 'sallyport'
import { clearCookie, readCookie, writeCookie } from '../protection/cookies.ts'
import { ssoCallbackId } from './callback-address.ts'
import type { Secrets } from './oidc.ts'

/** What the browser was sent away for. */
export type Purpose =
  | { readonly kind: 'sign_in'; readonly provider: string }
  | { readonly kind: 'sso'; readonly team: string }
  /** `session`: the one in which it was confirmed. Its cookie does not come along when another site sends the browser back. */
  | { readonly kind: 'link'; readonly provider: string; readonly accountId: string; readonly session: string }

export interface Journey {
  readonly purpose: Purpose
  readonly secrets: Secrets
  /** The session that this browser had then: signing in takes its place. */
  readonly replaces: string | null
}

export interface StateCookie {
  write(c: Context, journey: Journey): void
  /** What this browser was sent away for, once: it is cleared whatever it holds. Null when that is nothing, or too long ago. */
  take(c: Context): Journey | null
}

/** The only provider that may send the browser back from there. */
export function callbackIdOf(purpose: Purpose): string {
  return purpose.kind === 'sso' ? ssoCallbackId(purpose.team) : purpose.provider
}

/** How long someone may take at the provider. */
const journeyMs = 10 * 60_000
const boundTo = 'console oidc journey'

/** Sealed, so that nobody reads or makes one; all of a journey in one cookie, so that no part of it meets another's. */
export function createStateCookie(parts: {
  readonly keys: readonly string[]
  readonly clock: Clock
  readonly random: Random
}): StateCookie {
  const { clock, random } = parts
  const keys = new KeyRing(parts.keys)
  return {
    write(c, journey) {
      writeCookie(c, 'oidc', keys.seal(JSON.stringify({ ...journey, until: clock() + journeyMs }), boundTo, random))
    },
    take(c) {
      const sealed = readCookie(c, 'oidc')
      clearCookie(c, 'oidc')
      if (sealed === null) return null
      try {
        const { until, ...journey } = JSON.parse(keys.open(sealed, boundTo)) as Journey & { readonly until: number }
        return until > clock() ? journey : null
      } catch {
        return null
      }
    },
  }
}
