import { sql } from 'kysely'
import type { Clock } from 'sallyport'
import { lockAccount } from '../database/lock.ts'
import { isUniqueViolation } from '../database/open.ts'
import type { ContactChangeTable, Database } from '../database/tables.ts'
import { endingSessionsOfMoved } from '../teams/managed-sessions.ts'
import type { Contact } from './confirmation-cookie.ts'
import { inFreePlace } from './phone-places.ts'
import { endResetLinks } from './reset-links.ts'

export type ContactChange = Readonly<ContactChangeTable>

/**
 * Addresses and numbers that accounts are to have once they are confirmed. A change rests on the proof of the session that
 * asked for it: whatever ends the sessions as old as that makes the change void.
 */
export interface ContactChanges {
  /** Stores it in place of the one before. False when the session that asked for it has ended meanwhile. */
  put(change: ContactChange, sessionId: string): Promise<boolean>
  /** Those that can still be confirmed, e-mail first. */
  list(accountId: string): Promise<readonly ContactChange[]>
  /**
   * Makes so what its challenge was passed for, and forgets it. Null when it was cancelled, is over, another account has
   * the address by now, or as many as may have the number: of racing callers one gets it.
   */
  apply(change: Pick<ContactChange, 'account_id' | 'contact' | 'value' | 'challenge_id'>): Promise<ContactChange | null>
  /** Gives the challenge that would have confirmed it, or null when there was nothing to cancel. */
  cancel(accountId: string, contact: Contact): Promise<string | null>
  dropAll(accountId: string): Promise<void>
  /** Forgets the one that this challenge would have confirmed, if there is one. */
  drop(challengeId: string): Promise<void>
  /** Removes at most `limit` that are over; how many went. */
  purge(limit: number): Promise<number>
}

export function createContactChanges(parts: { readonly database: Database; readonly clock: Clock }): ContactChanges {
  const { database, clock } = parts

  async function set({ contact, value, ...change }: ContactChange): Promise<boolean> {
    const now = clock()
    const update = (within: Database, place: number | null) =>
      within
        .updateTable('account')
        .set(
          contact === 'email'
            ? { email: value, email_key: change.value_key, email_confirmed_at: now }
            : { phone: value, phone_confirmed_at: now, phone_place: place },
        )
        .where('id', '=', change.account_id)
        .where('email_confirmed_at', 'is not', null)
        .where('sessions_valid_from', '<=', change.proved_at)
        .where('status', '=', 'active')
    const isMade = async (within: Database, place: number | null = null): Promise<boolean> =>
      (await update(within, place).executeTakeFirst()).numUpdatedRows === 1n
    if (contact === 'phone') return await inFreePlace((place) => isMade(database, place))
    try {
      return await database.transaction().execute(async (transaction) => {
        const { account_id: accountId } = change
        if (!(await lockAccount(transaction, accountId))) return false
        return await endingSessionsOfMoved(transaction, accountId, now, async () => {
          if (!(await isMade(transaction))) return false
          // They are in a mailbox that is no longer the account's.
          await endResetLinks(transaction, accountId, now)
          return true
        })
      })
    } catch (error) {
      if (isUniqueViolation(error)) return false
      throw error
    }
  }

  return {
    async put(change, sessionId) {
      // One statement, so that a sign-out while the message was being sent leaves nothing to slip through.
      const { numAffectedRows } = await sql`
        insert into contact_change
          (account_id, contact, value, value_key, hint, challenge_id, proved_at, expires_at)
        select
          account_id, ${change.contact}, ${change.value}, ${change.value_key}, ${change.hint}, ${change.challenge_id},
          cast(${change.proved_at} as bigint), cast(${change.expires_at} as bigint)
        from session where id_hash = ${sessionId} and account_id = ${change.account_id}
        on conflict (account_id, contact) do update set
          value = excluded.value, value_key = excluded.value_key, hint = excluded.hint,
          challenge_id = excluded.challenge_id, proved_at = excluded.proved_at, expires_at = excluded.expires_at
      `.execute(database)
      return numAffectedRows === 1n
    },

    async list(accountId) {
      return await database
        .selectFrom('contact_change')
        .innerJoin('account', 'account.id', 'contact_change.account_id')
        .selectAll('contact_change')
        .where('contact_change.account_id', '=', accountId)
        .where('contact_change.expires_at', '>', clock())
        .whereRef('contact_change.proved_at', '>=', 'account.sessions_valid_from')
        .orderBy('contact_change.contact')
        .execute()
    },

    async apply({ account_id: accountId, contact, value, challenge_id: challengeId }) {
      const taken = await database
        .deleteFrom('contact_change')
        .where('account_id', '=', accountId)
        .where('contact', '=', contact)
        .where('value', '=', value)
        .where('challenge_id', '=', challengeId)
        .where('expires_at', '>', clock())
        .returningAll()
        .executeTakeFirst()
      // Used up before it is made so: should this end in between, the person asks for it again.
      return taken !== undefined && (await set(taken)) ? taken : null
    },

    async cancel(accountId, contact) {
      const cancelled = database
        .deleteFrom('contact_change')
        .where('account_id', '=', accountId)
        .where('contact', '=', contact)
        .returning('challenge_id')
      return (await cancelled.executeTakeFirst())?.challenge_id ?? null
    },

    async dropAll(accountId) {
      await database.deleteFrom('contact_change').where('account_id', '=', accountId).execute()
    },

    async drop(challengeId) {
      await database.deleteFrom('contact_change').where('challenge_id', '=', challengeId).execute()
    },

    async purge(limit) {
      const over = database
        .selectFrom('contact_change')
        .select('challenge_id')
        .where('expires_at', '<=', clock())
        .limit(limit)
      const removed = database.deleteFrom('contact_change').where('challenge_id', 'in', over)
      return Number((await removed.executeTakeFirst()).numDeletedRows)
    },
  }
}
