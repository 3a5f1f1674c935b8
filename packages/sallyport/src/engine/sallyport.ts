import type { Client } from '../contract/client.ts'
import type { Clock } from '../contract/clock.ts'
import type { Challenges } from './challenges.ts'
import type { Contacts } from './contacts.ts'
import type { NoActions, OwnActions } from '../policy/actions.ts'
import type { Actions } from './actions.ts'
import type { Administration } from './administration.ts'
import type { Enforcement } from './enforcement.ts'
import type { Recovery } from './recovery.ts'
import type { Enrollments } from './enrollments.ts'
import type { Notices } from './notices.ts'
import type { SignIn } from './sign-in.ts'

/** What `createSallyport` gives a host. */
export interface Sallyport<Own extends OwnActions = NoActions> {
  readonly signIn: SignIn
  readonly challenges: Challenges
  readonly enrollments: Enrollments
  readonly contacts: Contacts
  readonly actions: Actions<Own>
  readonly enforcement: Enforcement
  readonly recovery: Recovery
  readonly administration: Administration
  readonly notices: Notices
  readonly audit: {
    /** Writes into the same log what only the host knows of: a request that it has refused, a link that it has sent. */
    record(
      what: {
        event: 'request.refused' | 'password.reset_link_sent'
        accountId: string | null
        detail?: Record<string, string>
      },
      client: Client,
    ): Promise<void>
  }
  readonly clock: Clock
  /**
   * Removes everything of an account that the host has deleted: to be called after that, so that a crash in between leaves
   * rows of no account rather than an account without its second factors. The audit log stays.
   */
  erase(accountId: string, client: Client): Promise<void>
  /** Brings the store's tables up to date. To be awaited before the first use. */
  migrate(): Promise<void>
  /** Removes what ended more than a day ago, a batch at a time; how many rows went. */
  purge(): Promise<number>
  /** Delivers what is left in the outbox, then closes the store. */
  close(): Promise<void>
}
