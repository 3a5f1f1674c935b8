import type { Transaction } from 'kysely'
import type { Tables } from './tables.ts'

/**
 * Each keeps every other transaction that locks the same row waiting until this one is over, and is false when there is
 * no such row. A write, because that locks a row on both databases. It has to come first: SQLite refuses the write of a
 * transaction that read before another process wrote. Who locks both locks the account before the team.
 */
export async function lockTeam(transaction: Transaction<Tables>, teamId: string): Promise<boolean> {
  const locked = transaction
    .updateTable('team')
    .set(({ ref }) => ({ name: ref('name') }))
    .where('id', '=', teamId)
  return (await locked.executeTakeFirst()).numUpdatedRows === 1n
}

/** Only an account that may sign in. */
export async function lockAccount(transaction: Transaction<Tables>, accountId: string): Promise<boolean> {
  const locked = transaction
    .updateTable('account')
    .set(({ ref }) => ({ status: ref('status') }))
    .where('id', '=', accountId)
    .where('status', '=', 'active')
  return (await locked.executeTakeFirst()).numUpdatedRows === 1n
}

/** Every account in a team, to be locked before the team where all of them may change with it. */
export async function lockMembers(transaction: Transaction<Tables>, teamId: string): Promise<void> {
  const ofTeam = transaction.selectFrom('team_member').select('account_id').where('team_id', '=', teamId)
  await transaction
    .updateTable('account')
    .set(({ ref }) => ({ status: ref('status') }))
    .where('id', 'in', ofTeam)
    .execute()
}
