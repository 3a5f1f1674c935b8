import type { Transaction } from 'kysely'
import type { Client, Clock, Grant, Sallyport } from 'sallyport'
import type { Database, Tables } from '../database/tables.ts'
import type { Session } from '../sessions/sessions.ts'
import type { Teams } from '../teams/teams.ts'
import { toSallyport } from './accounts.ts'
import type { AccountRecord } from './accounts.ts'

export interface DeletionParts {
  readonly mfa: Pick<Sallyport, 'erase' | 'notices'>
  readonly database: Database
  readonly clock: Clock
  readonly teams: Pick<Teams, 'leaveAll'>
  readonly onFault: (error: unknown) => void
}

export type Deleted =
  | { readonly ok: true }
  /** `team`: the one that would be left to people of whom none is an owner. */
  | { readonly ok: false; readonly reason: 'last_owner'; readonly team: string }
  /** The session that asked for it has ended meanwhile. */
  | { readonly ok: false; readonly reason: 'session_ended' }

/**
 * Deletes the account with all that is its own, then tells its owner at the addresses that it had and has Sallyport erase
 * what it knows: if something breaks there, it is made good by `finishDeletions`. Its address can register again as somebody
 * new.
 */
export async function deleteAccount(
  parts: DeletionParts,
  grant: Grant<'account.delete'>,
  session: Session,
  client: Client,
): Promise<Deleted> {
  const accountId = grant.redeem('account.delete').resource.account
  const deleted = await parts.database
    .transaction()
    .execute((transaction) => remove(transaction, parts, accountId, session.provedAt))
  if (deleted.ok) await finish(parts, accountId, client).catch(parts.onFault)
  return deleted
}

/** Does what is left to do for accounts that were deleted here when something broke, at most `limit`. */
export async function finishDeletions(
  parts: Pick<DeletionParts, 'mfa' | 'database' | 'onFault'>,
  limit: number,
  client: Client,
): Promise<void> {
  const left = await parts.database.selectFrom('account_erasure').select('account_id').limit(limit).execute()
  // One that goes wrong holds up no other.
  for (const { account_id: accountId } of left) await finish(parts, accountId, client).catch(parts.onFault)
}

/**
 * The name of a team with other people in it that has no other owner, so that nobody is asked to confirm a deletion that
 * can't be done. Decides nothing: deleting looks again, with the team locked.
 */
export async function teamThatNeeds(database: Database, accountId: string): Promise<string | null> {
  const found = database
    .selectFrom('team_member as own')
    .innerJoin('team', 'team.id', 'own.team_id')
    .select('team.name')
    .where('own.account_id', '=', accountId)
    .where('own.role', '=', 'owner')
    .where(({ exists, not, selectFrom }) => {
      const others = selectFrom('team_member as other')
        .innerJoin('account', 'account.id', 'other.account_id')
        .select('other.account_id')
        .whereRef('other.team_id', '=', 'own.team_id')
        .where('other.account_id', '!=', accountId)
      const owners = others.where('other.role', '=', 'owner').where('account.status', '=', 'active')
      return exists(others).and(not(exists(owners)))
    })
    .orderBy('team.name')
  return (await found.executeTakeFirst())?.name ?? null
}

async function remove(
  transaction: Transaction<Tables>,
  { teams, clock }: DeletionParts,
  accountId: string,
  provedAt: number,
): Promise<Deleted> {
  // A write, so that the account is locked from here on; and only by a session that is still good.
  const locked = await transaction
    .updateTable('account')
    .set(({ ref }) => ({ status: ref('status') }))
    .where('id', '=', accountId)
    .where('status', '=', 'active')
    .where('sessions_valid_from', '<=', provedAt)
    .returningAll()
    .executeTakeFirst()
  if (locked === undefined) return { ok: false, reason: 'session_ended' }
  const team = await teams.leaveAll(transaction, accountId)
  if (team !== null) return { ok: false, reason: 'last_owner', team }
  await transaction
    .insertInto('account_erasure')
    .values({ account_id: accountId, deleted_at: clock(), ...contactsOf(locked) })
    .execute()
  await transaction.deleteFrom('account').where('id', '=', accountId).execute()
  return { ok: true }
}

function contactsOf(account: AccountRecord): { email: string | null; phone: string | null } {
  const known = toSallyport(account)
  return { email: known?.confirmedEmail ?? null, phone: known?.confirmedPhone ?? null }
}

/** Every step may be done twice, and the row goes last: so none is left out. */
async function finish(
  { mfa, database }: Pick<DeletionParts, 'mfa' | 'database'>,
  accountId: string,
  client: Client,
): Promise<void> {
  const row = await database
    .selectFrom('account_erasure')
    .selectAll()
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  if (row === undefined) return
  const { email, phone } = row
  if (email !== null || phone !== null) {
    const account = { id: accountId, label: email ?? '', confirmedEmail: email, confirmedPhone: phone }
    // Notices outlive what is erased.
    await mfa.notices.tell({ account, kind: 'account.deleted' }, client)
    const told = database.updateTable('account_erasure').set({ email: null, phone: null })
    await told.where('account_id', '=', accountId).execute()
  }
  await mfa.erase(accountId, client)
  await database.deleteFrom('account_erasure').where('account_id', '=', accountId).execute()
}
