import { demandedBy, type Demanded } from '../policy/mandates.ts'
import { type Parts, rulesOf, strengthIn } from './parts.ts'

export type Standing =
  /** The session is none of the account's any more: to be treated as if it were not there. */
  { readonly status: 'ended' } | Demanded

export interface StandingInput {
  readonly accountId: string
  /** The session that a request comes with; null for what is no session, such as an API key. */
  readonly session: {
    /** Of the proof that it was issued from. */
    readonly challengeId: string | null
    /** Whether that proof rests on an organisation's single sign-on. */
    readonly sso: boolean
  } | null
}

export interface Enforcement {
  /**
   * Whether the account may go on as it is, by the rules of this moment: to be asked for each request, whatever carries it.
   * `required` leaves it nothing but to set up a second factor, to get help and to sign out (requirement E2).
   */
  standing(input: StandingInput): Promise<Standing>
}

export function enforcementOf(parts: Parts): Enforcement {
  return {
    async standing({ accountId, session }) {
      const { managed, mandates } = await rulesOf(parts, accountId)
      if (session !== null && session.sso !== managed) return { status: 'ended' }
      if (managed) return { status: 'free', because: [] }
      const proved = session === null || session.challengeId !== null
      if (proved && mandates.length === 0) return { status: 'free', because: [] }
      const { account, enrollments } = await parts.store.readAccount(accountId)
      // From before MFA was turned on: the host may yet have to end it, in a database of its own.
      if (!proved && account.mfaEnabledAt !== null) return { status: 'ended' }
      return demandedBy(mandates, enrollments, strengthIn(parts), parts.clock())
    },
  }
}
