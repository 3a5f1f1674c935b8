import type { NamesIn, Shipped } from '../contract/action.ts'
import { SallyportError } from '../contract/errors.ts'

/** The host's id of each thing that an action acts on. */
export type IdsOf<Name extends string> = Name extends keyof Shipped
  ? { readonly [Thing in NamesIn<Shipped[Name]['purpose']>]: string }
  : Readonly<Record<string, string>>

/** What a grant allows. Readable only by redeeming it. */
export interface Granted<Name extends string = string, Parameters = unknown, Ids = IdsOf<Name>> {
  readonly accountId: string
  readonly sessionId: string
  readonly action: Name
  readonly resource: Ids
  /** As they were bound to what was confirmed. */
  readonly parameters: Parameters
  /** Kinds of the methods that were answered; empty when no challenge was. */
  readonly methods: readonly string[]
  /** When it was confirmed, in milliseconds since the epoch. */
  readonly at: number
  /** The challenge that was passed; null when none was needed. */
  readonly challengeId: string | null
  /** Why no challenge was needed; null when one was passed. `managed`: an organisation signs in to the account. */
  readonly reason: 'mfa_off' | 'managed' | 'switched_off' | null
}

const granting = Symbol('granting')
const genuine = new WeakSet<object>()

/** Whether this is what a grant was redeemed for, and no look-alike. */
export function wasGranted(granted: object): boolean {
  return genuine.has(granted)
}

/**
 * The right to do one thing, once. A function that does something sensitive takes a grant and learns from it what to do: then
 * it can't be called without one, nor for anything else than what was confirmed. Only the engine can make one.
 */
export class Grant<Name extends string = string, Parameters = unknown, Ids = IdsOf<Name>> {
  #granted: Granted<Name, Parameters, Ids> | null

  constructor(key: typeof granting, granted: Granted<Name, Parameters, Ids>) {
    if (key !== granting) throw new SallyportError('proof_mismatch', 'a grant can only be made by the engine')
    this.#granted = granted
  }

  /** Uses the grant up. Throws `proof_mismatch` when it is for another action, `proof_spent` the second time. */
  redeem(action: Name): Granted<Name, Parameters, Ids> {
    const granted = this.#granted
    if (granted === null) throw new SallyportError('proof_spent')
    if (granted.action !== action) throw new SallyportError('proof_mismatch')
    this.#granted = null
    genuine.add(granted)
    return granted
  }
}

/** For the engine's flows only; `index.ts` exports the type of a grant and nothing that makes one. */
export function mintGrant<Name extends string, Parameters, Ids>(
  granted: Granted<Name, Parameters, Ids>,
): Grant<Name, Parameters, Ids> {
  return new Grant(granting, granted)
}
