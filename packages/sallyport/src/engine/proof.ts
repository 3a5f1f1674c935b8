import type { Action } from '../contract/action.ts'
import { SallyportError } from '../contract/errors.ts'

/** What can be proved: an action, or that the account has just turned MFA on in this session. */
export type Provable = Action | 'mfa.enable'

/** What a proof proves. Readable only by redeeming it. */
export interface Proven<Proved extends Provable = Provable> {
  readonly accountId: string
  readonly action: Proved
  /** What the action acts on: an enrollment's id, a confirmed address; empty for a login. */
  readonly resource: string
  /** Methods that were answered, beginning with the first factor: `['password', 'totp']`. */
  readonly methods: readonly string[]
  /** Authentication Method Reference values (RFC 8176 section 2). */
  readonly amr: readonly string[]
  /** When it was proved, in milliseconds since the epoch. */
  readonly at: number
  /** The challenge that was passed; null when none was needed. */
  readonly challengeId: string | null
  /** Why no challenge was needed; null when one was passed. */
  readonly reason: 'mfa_off' | null
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

/** RFC 8176: `mfa` when a first factor and a second were both proved. */
export function amrOf(evidence: readonly string[], second: readonly string[]): readonly string[] {
  const first = evidence.includes('password') ? ['pwd'] : []
  return [...first, ...second, ...(first.length > 0 && second.length > 0 ? ['mfa'] : [])]
}
