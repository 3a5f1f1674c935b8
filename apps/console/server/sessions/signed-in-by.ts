import { SallyportError } from 'sallyport'
import type { Proven } from 'sallyport'
import type { FirstFactor } from '../database/tables.ts'
import type { Session } from './session.ts'

const firstFactors: readonly FirstFactor[] = ['password', 'oidc', 'sso']

/**
 * How and when the person signed in. Turning MFA on proves a second factor and no first one: that, and when it was, stays
 * what it was in the session which did it. The time to go by for what has ended is `begunAt`, and not this: a password that
 * was changed while it was being compared makes no session. `saidAt`: when a provider says that it signed the person in. It
 * may have done so without asking them, so of a sign-in that rests on nothing else it is the time; without a word of it, 0.
 */
export function signedInBy(
  { action, accountId, methods, amr, at, challengeId }: Proven<'login' | 'mfa.enable'>,
  before: Session | null,
  saidAt: number | null,
): Pick<Session, 'firstFactor' | 'authAt' | 'amr'> {
  if (action === 'mfa.enable') {
    const own = before?.account.id === accountId ? before : null
    const both = [...new Set([...(own?.amr ?? []), ...amr])]
    return { firstFactor: own?.firstFactor ?? 'password', authAt: own?.authAt ?? at, amr: both }
  }
  const [first] = methods
  // With a first factor before it, that comes first: by itself a key is both.
  const firstFactor = first === 'security_key' ? 'passkey' : firstFactors.find((each) => each === first)
  if (firstFactor === undefined) throw new SallyportError('proof_mismatch')
  const isHere = firstFactor === 'password' || challengeId !== null
  return { firstFactor, authAt: isHere ? at : (saidAt ?? 0), amr }
}
