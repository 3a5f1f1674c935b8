import type { AuditEntry } from '../contract/audit.ts'
import type { Client } from '../contract/client.ts'
import type { Clock } from '../contract/clock.ts'
import type { Challenges } from './challenges.ts'
import type { Contacts } from './contacts.ts'
import type { NoActions, OwnActions } from '../policy/actions.ts'
import type { Actions } from './actions.ts'
import type { Administration } from './administration.ts'
import type { AuditReader } from './audit-log.ts'
import type { Devices } from './devices.ts'
import type { Enforcement } from './enforcement.ts'
import type { Network } from './network.ts'
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
  readonly devices: Devices
  readonly network: Network
  readonly notices: Notices
  readonly audit: AuditReader & {
    /** Writes into the same log what only the host knows of: a request that it has refused, a link that it has sent, a session that has ended. */
    record(
      what: {
        event: 'request.refused' | 'password.reset_link_sent' | 'session.ended'
        accountId: string | null
        detail?: AuditEntry['detail']
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
  /** Removes what ended more than a day ago, and what the audit log no longer has to hold, a batch at a time; how many rows went. */
  purge(): Promise<number>
  /** Whether the store can be reached, as a load balancer asks before it sends anyone here. Waits as long as the store does. */
  ready(): Promise<boolean>
  /** Delivers what is left in the outbox, as far as that goes within `deliverySeconds`, then closes the store: the rest stays in it. */
  close(): Promise<void>
}
