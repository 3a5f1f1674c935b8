import { SallyportError } from '../contract/errors.ts'

/** What can be proved: a login, a contact, or that the account has just turned MFA on in this session. */
export type Provable = 'login' | 'email.confirm' | 'phone.confirm' | 'mfa.enable'

/** What a proof proves. Readable only by redeeming it. */
export interface Proven<Proved extends Provable = Provable> {
  readonly accountId: string
  readonly action: Proved
  /** What was proved beside: a confirmed address or number, the id of the first enrollment; empty for a login. */
  readonly resource: string
  /** Methods that were answered, beginning with the first factor: `['password', 'totp']`. */
  readonly methods: readonly string[]
  /** Authentication Method Reference values (RFC 8176 section 2). */
  readonly amr: readonly string[]
  /** When it was proved, in milliseconds since the epoch. */
  readonly at: number
  /**
   * When its first factor began to be checked, in milliseconds since the epoch: whatever has ended the account's sessions
   * since, has ended this too.
   */
  readonly begunAt: number
  /** The challenge that was passed, now or when the browser was trusted; null when none was needed. */
  readonly challengeId: string | null
  /**
   * Why no challenge was needed; null when one was passed. `sso`: an organisation signs in to the account, and decides.
   * `trusted_browser`: its owner has said that this browser needs none, which is no second factor (`amr` has none either).
   */
  readonly reason: 'mfa_off' | 'sso' | 'trusted_browser' | null
  /** Of a contact: whether its owner has confirmed that it takes the place of the one the account has. */
  readonly replaces: boolean
}

const minting = Symbol('minting')

/**
 * That an account has proved itself for one action. Only the engine can make one, it can't be copied into a look-alike,
 * and it is good once: `redeem` is the only way to learn whose it is.
 */
export class Proof<Proved extends Provable = Provable> {
  #proven: Proven<Proved> | null

  constructor(key: typeof minting, proven: Proven<Proved>) {
    if (key !== minting) throw new SallyportError('proof_mismatch', 'a proof can only be made by the engine')
    this.#proven = proven
  }

  /** Spends the proof. Throws `proof_mismatch` when it proves another action, `proof_spent` the second time. */
  redeem(...actions: readonly [Proved, ...Proved[]]): Proven<Proved> {
    const proven = this.#proven
    if (proven === null) throw new SallyportError('proof_spent')
    if (!actions.includes(proven.action)) throw new SallyportError('proof_mismatch')
    this.#proven = null
    return proven
  }
}

/** For the engine's flows only; `index.ts` exports the type of a proof and nothing that makes one. */
export function mint<Proved extends Provable>(proven: Proven<Proved>): Proof<Proved> {
  return new Proof(minting, proven)
}

/**
 * RFC 8176: `mfa` when two factors were proved, and both are known: what a provider has asked a person for is known only where
 * it is `believed`. Then its own values are taken over as they are.
 */
export function amrOf(
  evidence: readonly string[],
  second: readonly string[],
  believed: readonly string[] = [],
): readonly string[] {
  const first = evidence.includes('password') ? ['pwd'] : []
  const both = first.length > 0 && second.length > 0 ? ['mfa'] : []
  return [...new Set([...first, ...believed, ...second, ...both])]
}

const believing = 'amr:'

/** AMR values of a provider, as they may be stored and told on: it is believed in what they say, and not in how much. */
export function bounded(amr: readonly string[]): readonly string[] {
  return amr.filter((value) => /^[\w.-]{1,32}$/.test(value)).slice(0, 16)
}

/** A believed AMR value, as it stands among the evidence of a challenge until that is passed. */
export function toEvidence(value: string): string {
  return `${believing}${value}`
}

/** The evidence of a challenge that was passed: what the host has checked, and what it believes of its provider. */
export function fromEvidence(evidence: readonly string[]): {
  readonly checked: readonly string[]
  readonly believed: readonly string[]
} {
  return {
    checked: evidence.filter((each) => !each.startsWith(believing)),
    believed: evidence.flatMap((each) => (each.startsWith(believing) ? each.slice(believing.length) : [])),
  }
}
