import type { Client } from '../contract/client.ts'
import type { Clock } from '../contract/clock.ts'
import type { Challenges } from './challenges.ts'
import type { Contacts } from './contacts.ts'
import type { Enrollments } from './enrollments.ts'
import type { Notices } from './notices.ts'
import type { SignIn } from './sign-in.ts'

/** What `createSallyport` gives a host. */
export interface Sallyport {
  readonly signIn: SignIn
  readonly challenges: Challenges
  readonly enrollments: Enrollments
  readonly contacts: Contacts
  readonly notices: Notices
  readonly audit: {
    /** Writes a request that the host has refused into the same log. */
    record(
      what: { event: 'request.refused'; accountId: string | null; detail?: Record<string, string> },
      client: Client,
    ): Promise<void>
  }
  readonly clock: Clock
  /** Brings the store's tables up to date. To be awaited before the first use. */
  migrate(): Promise<void>
  /** Removes what ended more than a day ago, a batch at a time; how many rows went. */
  purge(): Promise<number>
  /** Delivers what is left in the outbox, then closes the store. */
  close(): Promise<void>
}
