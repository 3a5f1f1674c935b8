import type { Database } from '../database/tables.ts'

/** Ends every link that sets a password of the account. The caller has locked the account. */
export async function endResetLinks(database: Database, accountId: string, now: number): Promise<void> {
  await database
    .updateTable('password_reset')
    .set({ used_at: now })
    .where('account_id', '=', accountId)
    .where('used_at', 'is', null)
    .execute()
}
