import type { StrengthOf } from './mandates.ts'

interface Device {
  readonly setupHash: string
  readonly browser: string
  readonly method: string
  readonly trustedAt: number
  readonly expiresAt: number
}

interface Situation {
  readonly now: number
  /** How long a browser is trusted by the limits of today; 0 when none is. */
  readonly trustedMs: number
  /** Everything that the account is signed in to with, as it is now. */
  readonly setupHashes: readonly string[]
  /** The browser that asks, as `browserOf` names it. */
  readonly browser: string
  readonly privileged: boolean
  /** The weakest method that the account must answer with; null when any will do. */
  readonly floor: string | null
  /** Whether the password was reset, and nothing has vouched for it since (requirement L5). */
  readonly passwordReset: boolean
}

export type MaySkip =
  | { readonly allowed: true }
  | {
      readonly allowed: false
      readonly reason: 'off' | 'privileged' | 'expired' | 'changed' | 'other_browser' | 'below_floor' | 'password_reset'
    }

/** Whether a browser that was trusted may sign in without a second factor now (requirements D1, D4, D6). */
export function maySkip(device: Device, situation: Situation, strengthOf: StrengthOf): MaySkip {
  const refused = (reason: Exclude<MaySkip, { allowed: true }>['reason']): MaySkip => ({ allowed: false, reason })
  if (situation.trustedMs === 0) return refused('off')
  if (situation.privileged) return refused('privileged')
  // Also by the limits of today: whoever shortens them means the browsers that are trusted already.
  if (Math.min(device.expiresAt, device.trustedAt + situation.trustedMs) <= situation.now) return refused('expired')
  if (!situation.setupHashes.includes(device.setupHash)) return refused('changed')
  if (device.browser !== situation.browser) return refused('other_browser')
  if (situation.passwordReset) return refused('password_reset')
  const floor = situation.floor === null ? 0 : (strengthOf(situation.floor) ?? Number.POSITIVE_INFINITY)
  return (strengthOf(device.method) ?? 0) < floor ? refused('below_floor') : { allowed: true }
}
