import type { Thing } from '../contract/action.ts'
import type { AuditEntry } from '../contract/audit.ts'
import type { ChallengeView } from './view.ts'

/** A session of the host's. */
export interface HostSession {
  /** Whatever tells it from every other; it is stored only as a keyed hash. */
  readonly id: string
  /** Of the proof that it was issued from: null when no challenge was passed for that. */
  readonly challengeId: string | null
}

/** What is to be done, by whom. */
export interface Demand<Resource, Parameters> {
  readonly accountId: string
  readonly session: Pick<HostSession, 'id'>
  /** Each thing that the action's purpose names. */
  readonly resource: Resource
  /** Whatever else the action is done with, as JSON values: bound to what is confirmed, and neither stored nor shown. */
  readonly parameters?: Parameters
}

export interface Presented {
  /** The challenge that was passed for this, if the client says there is one. */
  readonly challengeId?: string | null
  /** The host's own check of who is asking, for example the password again. Asked only while the account has MFA off, or is managed. */
  readonly ownCheck?: () => Promise<boolean>
  /** What exactly is done, for the audit log: ids and plain words, never a secret, an address or a number. */
  readonly detail?: AuditEntry['detail']
}

export type Refused =
  | {
      readonly status: 'challenge'
      readonly challenge: ChallengeView
      /** For how long one answer is good. */
      readonly maxAgeSeconds: number
    }
  /** The account has MFA off, or is signed in to by an organisation, and the host's own check was not passed. */
  | {
      readonly status: 'own_check'
      /** Completes "Confirm it's you to …". */
      readonly purpose: string
      readonly maxAgeSeconds: number
    }
  /** The challenge that was presented was passed for something else. */
  | { readonly status: 'mismatch' }
  /** None of the account's enrollments may answer. */
  | { readonly status: 'too_weak' }
  /** The host's rules say that the account must keep what would be taken away. */
  | { readonly status: 'mandatory' }

export type Outcome<Granting> = { readonly status: 'granted'; readonly grant: Granting } | Refused

/** The same where the action's name is data, and its types are not known. */
export interface Asked extends Demand<Readonly<Record<string, Thing>>, unknown>, Presented {}
