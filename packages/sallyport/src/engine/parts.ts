import type { Accounts } from '../contract/account.ts'
import type { Clock, Random } from '../contract/clock.ts'
import type { Method, OpenEnrollment } from '../contract/method.ts'
import type { EnrollmentRow, Store } from '../contract/store.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import { SallyportError } from '../contract/errors.ts'
import type { Limits } from '../policy/limits.ts'

/** Everything the flows work with, handed in once at the start. */
export interface Parts {
  readonly app: { readonly name: string; readonly origin: string }
  readonly store: Store
  readonly methods: ReadonlyMap<string, Method>
  readonly accounts: Accounts
  readonly keys: KeyRing
  readonly limits: Limits
  readonly clock: Clock
  readonly random: Random
  /** A signal that is aborted after so many milliseconds. */
  readonly deadline: (milliseconds: number) => AbortSignal
  readonly onFault: (error: unknown) => void
}

/** Throws `method_not_found` for a kind that is not configured. */
export function methodOf(parts: Parts, kind: string): Method {
  const method = parts.methods.get(kind)
  if (method === undefined) throw new SallyportError('method_not_found', `no method of the kind ${kind} is configured`)
  return method
}

/** The row that a secret is sealed for: moved to another account or enrollment it does not open. */
export function boundTo(accountId: string, enrollmentId: string): string {
  return JSON.stringify(['enrollment', accountId, enrollmentId])
}

export function openEnrollment(parts: Parts, row: EnrollmentRow): OpenEnrollment {
  const secret = parts.keys.open(row.sealed, boundTo(row.accountId, row.id))
  return { id: row.id, accountId: row.accountId, secret, lastCounter: row.lastCounter }
}

/** Resolves with whether `work` was done before the deadline. A late or failed one is not waited for. */
export async function inTime(
  parts: Parts,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<{ readonly done: true } | { readonly done: false; readonly error: unknown }> {
  const signal = parts.deadline(parts.limits.deliverySeconds * 1000)
  const cutOff = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new SallyportError('delivery_failed', 'the sender was cut off')), {
      once: true,
    })
  })
  try {
    await Promise.race([work(signal), cutOff])
    return { done: true }
  } catch (error) {
    return { done: false, error }
  }
}
