import { randomBytes } from 'node:crypto'
import { newAddress } from './address.ts'
import type { AccountTable, Database } from '../../apps/console/server/database/tables.ts'

/** Someone with a confirmed address, as a row and nothing else. */
export async function storedPerson(database: Database, values: Partial<AccountTable> = {}): Promise<AccountTable> {
  const id = randomBytes(16).toString('base64url')
  const address = newAddress()
  const row: AccountTable = {
    id,
    email: address,
    email_key: address,
    email_confirmed_at: 1,
    phone: null,
    phone_confirmed_at: null,
    phone_place: null,
    password_hash: 'hash',
    sessions_valid_from: 0,
    status: 'active',
    created_at: 1,
    ...values,
  }
  await database.insertInto('account').values(row).execute()
  return row
}
