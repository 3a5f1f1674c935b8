/** A grant as it is stored: for exactly one account, session and thing confirmed. All times are milliseconds since the epoch. */
export interface GrantRow {
  /** That of the challenge which was passed for it; a random one where the host's own check stood in. */
  readonly id: string
  readonly accountId: string
  readonly sessionHash: string
  /** Keyed hash of the action and all that it is bound to. */
  readonly digest: string
  readonly action: string
  /** Null where the host's own check stood in for a challenge. */
  readonly challengeId: string | null
  /** Kinds of the methods that were answered. */
  readonly methods: readonly string[]
  readonly grantedAt: number
  readonly expiresAt: number
  /** Where sliding ends. */
  readonly ceilingAt: number
}

/** Which grant: whoever does not know all of it has none. */
export interface GrantKey {
  readonly accountId: string
  readonly sessionHash: string
  readonly digest: string
}
