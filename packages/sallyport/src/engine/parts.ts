import type { Accounts, Rules } from '../contract/account.ts'
import type { Clock, Random } from '../contract/clock.ts'
import { type Method, strengths } from '../contract/method.ts'
import type { Store } from '../contract/store.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import { SallyportError } from '../contract/errors.ts'
import type { ActionTable } from '../policy/actions.ts'
import type { Limits } from '../policy/limits.ts'
import type { Measures } from './metrics.ts'

/** Everything the flows work with, handed in once at the start. */
export interface Parts {
  readonly app: { readonly name: string; readonly origin: string }
  readonly store: Store
  readonly methods: ReadonlyMap<string, Method>
  readonly actions: ActionTable
  readonly accounts: Accounts
  readonly keys: KeyRing
  readonly limits: Limits
  readonly clock: Clock
  readonly random: Random
  /** A signal that is aborted after so many milliseconds. */
  readonly deadline: (milliseconds: number) => AbortSignal
  readonly onFault: (error: unknown) => void
  readonly measures: Measures
  /** Delivers the notices that a step has just left in the outbox, without waiting for it. */
  readonly tell: () => void
}

/** Throws `method_not_found` for a kind that is not configured. */
export function methodOf(parts: Parts, kind: string): Method {
  const method = parts.methods.get(kind)
  if (method === undefined) throw new SallyportError('method_not_found', `no method of the kind ${kind} is configured`)
  return method
}

export function strengthIn(parts: Parts): (kind: string) => number | undefined {
  const shipped: Readonly<Record<string, number>> = strengths
  return (kind) => parts.methods.get(kind)?.strength ?? (Object.hasOwn(shipped, kind) ? shipped[kind] : undefined)
}

const noRules: Rules = { managed: false, privileged: false, mandates: [] }

/** What the host's rules say of the account now. */
export async function rulesOf(parts: Parts, accountId: string): Promise<Rules> {
  const rules = (await parts.accounts.rules?.(accountId)) ?? noRules
  // A date that is none is never reached, and nobody would be held to anything.
  if (!rules.mandates.every(({ from }) => Number.isFinite(from))) {
    throw new SallyportError('option_invalid', 'accounts.rules: `from` of each mandate must be a number')
  }
  return rules
}
