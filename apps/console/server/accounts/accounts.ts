import { createHash } from 'node:crypto'
import type { Account, Clock, Random } from 'sallyport'
import { isUniqueViolation } from '../database/open.ts'
import type { AccountTable, Database } from '../database/tables.ts'
import type { EmailAddress } from './email-address.ts'
import { inFreePlace } from './phone-places.ts'

export type AccountRecord = Readonly<AccountTable>

export interface Accounts {
  /** Stores an account whose address and number are yet to be confirmed, and gives its id. */
  create(registration: {
    readonly email: EmailAddress
    readonly phone: string | null
    readonly passwordHash: string
  }): Promise<string>
  /**
   * Stores an account without a password whose address someone else has confirmed, and gives its id. Throws a unique violation
   * when another account has confirmed the address first.
   */
  createConfirmed(email: EmailAddress, within?: Database): Promise<string>
  find(accountId: string): Promise<AccountRecord | null>
  /** The one account that has this address confirmed, whatever its status. */
  findByEmail(emailKey: string): Promise<AccountRecord | null>
  /**
   * Marks the address as the account's own. False when the account has another address by now, or another account
   * confirmed this one first: of racing callers one gets true.
   */
  confirmEmail(accountId: string, address: string): Promise<boolean>
  /**
   * Marks the number as the account's own. False when the account has another number by now, or as many others as may have
   * confirmed this one.
   */
  confirmPhone(accountId: string, phone: string): Promise<boolean>
  /**
   * Puts the new hash in place of the one that was verified, and raises `sessions_valid_from` to `mark` with it. False when
   * either the hash or the session that asks is no longer good: of racing callers one gets true.
   */
  changePassword(change: {
    readonly accountId: string
    readonly from: string
    readonly to: string
    /** Of the session that asks. */
    readonly provedAt: number
    readonly mark: number
  }): Promise<boolean>
  /** Another text once the password is another one: every hash has a salt of its own. */
  securityStamp(accountId: string): Promise<string>
  /** Removes accounts created before `before` that never confirmed an address, at most `limit`; how many went. */
  purgeUnconfirmed(before: number, limit: number): Promise<number>
}

export function createAccounts(parts: {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
}): Accounts {
  const { database, clock, random } = parts
  const read = database.selectFrom('account').selectAll()

  async function insert(
    within: Database,
    account: {
      readonly email: EmailAddress
      readonly phone: string | null
      readonly passwordHash: string
      readonly confirmedAt: number | null
    },
  ): Promise<string> {
    const id = Buffer.from(random(16)).toString('base64url')
    await within
      .insertInto('account')
      .values({
        id,
        email: account.email.address,
        email_key: account.email.key,
        email_confirmed_at: account.confirmedAt,
        phone: account.phone,
        phone_confirmed_at: null,
        phone_place: null,
        password_hash: account.passwordHash,
        sessions_valid_from: 0,
        status: 'active',
        created_at: clock(),
      })
      .execute()
    return id
  }

  return {
    create: ({ email, phone, passwordHash }) => insert(database, { email, phone, passwordHash, confirmedAt: null }),
    createConfirmed: (email, within = database) =>
      insert(within, { email, phone: null, passwordHash: '', confirmedAt: clock() }),
    async find(accountId) {
      return (await read.where('id', '=', accountId).executeTakeFirst()) ?? null
    },
    async findByEmail(emailKey) {
      const found = read.where('email_key', '=', emailKey).where('email_confirmed_at', 'is not', null)
      return (await found.executeTakeFirst()) ?? null
    },
    async confirmEmail(accountId, address) {
      const update = database
        .updateTable('account')
        .set({ email_confirmed_at: clock() })
        .where('id', '=', accountId)
        .where('email', '=', address)
        .where('email_confirmed_at', 'is', null)
        .where('status', '=', 'active')
      try {
        return (await update.executeTakeFirst()).numUpdatedRows === 1n
      } catch (error) {
        if (isUniqueViolation(error)) return false
        throw error
      }
    },
    async confirmPhone(accountId, phone) {
      return await inFreePlace(async (place) => {
        const update = database
          .updateTable('account')
          .set({ phone_confirmed_at: clock(), phone_place: place })
          .where('id', '=', accountId)
          .where('phone', '=', phone)
          .where('email_confirmed_at', 'is not', null)
          .where('status', '=', 'active')
        return (await update.executeTakeFirst()).numUpdatedRows === 1n
      })
    },
    async changePassword({ accountId, from, to, provedAt, mark }) {
      const update = database
        .updateTable('account')
        .set({ password_hash: to, sessions_valid_from: mark })
        .where('id', '=', accountId)
        .where('password_hash', '=', from)
        .where('sessions_valid_from', '<=', provedAt)
        .where('status', '=', 'active')
      return (await update.executeTakeFirst()).numUpdatedRows === 1n
    },
    async securityStamp(accountId) {
      const found = database.selectFrom('account').select('password_hash').where('id', '=', accountId)
      const hash = (await found.executeTakeFirst())?.password_hash ?? ''
      return createHash('sha256').update(hash).digest('base64url')
    },
    async purgeUnconfirmed(before, limit) {
      const old = database
        .selectFrom('account')
        .select('id')
        .where('email_confirmed_at', 'is', null)
        .where('created_at', '<', before)
        .limit(limit)
      // The condition again: one that was confirmed since it was picked stays.
      const removed = database.deleteFrom('account').where('id', 'in', old).where('email_confirmed_at', 'is', null)
      return Number((await removed.executeTakeFirst()).numDeletedRows)
    },
  }
}

/** The account as Sallyport sees it, or null when it may not sign in. */
export function toSallyport(record: AccountRecord | null): Account | null {
  if (record === null || record.status !== 'active') return null
  return {
    id: record.id,
    label: record.email,
    confirmedEmail: record.email_confirmed_at === null ? null : record.email,
    confirmedPhone: record.phone_confirmed_at === null ? null : record.phone,
  }
}
