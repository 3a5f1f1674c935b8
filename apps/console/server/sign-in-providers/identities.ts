import type { Clock } from 'sallyport'
import type { Accounts } from '../accounts/accounts.ts'
import type { EmailAddress } from '../accounts/email-address.ts'
import { isUniqueViolation } from '../database/open.ts'
import type { Database, IdentityTable } from '../database/tables.ts'
import { isSsoProviderId, ssoProviderId } from '../teams/sso-identities.ts'
import type { Identified } from './oidc.ts'

export type Identity = Readonly<IdentityTable>

export type UnlinkRefusal = 'provider_not_linked' | 'last_way_in'

export interface Identities {
  /** Who this is here, by issuer and subject and by nothing else. */
  find(identified: Identified): Promise<Identity | null>
  of(accountId: string): Promise<readonly Identity[]>
  /** Remembers that someone signed in with it. */
  use(identity: Pick<Identity, 'issuer' | 'subject'>): Promise<void>
  /**
   * A new account without a password for whoever has confirmed this address at the provider, and its id. Null when the
   * identity or the address is somebody's by now: of racing callers one gets the account.
   */
  createAccount(identified: Identified, provider: string, email: EmailAddress): Promise<string | null>
  /**
   * Makes it the account's. False when it is another account's, or the account has another one of this provider. One that
   * the account has through another provider of the same issuer moves over, but none that the person has linked moves to
   * a team's single sign-on: it is theirs to keep.
   */
  link(identified: Identified, provider: string, accountId: string): Promise<boolean>
  /** Takes it from the account, unless that would leave neither a password nor an identity of one of `ways` to sign in with. */
  unlink(accountId: string, provider: string, ways: readonly string[]): Promise<UnlinkRefusal | null>
  /** Why that can't be done, so that nobody is asked to confirm it. Decides nothing: unlinking looks again. */
  refusalToUnlink(accountId: string, provider: string, ways: readonly string[]): Promise<UnlinkRefusal | null>
}

export function createIdentities(parts: {
  readonly database: Database
  readonly clock: Clock
  readonly accounts: Pick<Accounts, 'createConfirmed'>
}): Identities {
  const { database, clock, accounts } = parts

  function row(identified: Identified, provider: string, accountId: string): IdentityTable {
    return {
      issuer: identified.issuer,
      subject: identified.subject,
      account_id: accountId,
      provider,
      email: shownEmail(identified.email),
      linked_at: clock(),
      last_used_at: null,
    }
  }

  return {
    async find({ issuer, subject }) {
      const found = database.selectFrom('identity').selectAll().where('issuer', '=', issuer)
      return (await found.where('subject', '=', subject).executeTakeFirst()) ?? null
    },

    async of(accountId) {
      return await database.selectFrom('identity').selectAll().where('account_id', '=', accountId).execute()
    },

    async use({ issuer, subject }) {
      const used = database.updateTable('identity').set({ last_used_at: clock() })
      await used.where('issuer', '=', issuer).where('subject', '=', subject).execute()
    },

    async createAccount(identified, provider, email) {
      try {
        return await database.transaction().execute(async (transaction) => {
          const accountId = await accounts.createConfirmed(email, transaction)
          await transaction
            .insertInto('identity')
            .values(row(identified, provider, accountId))
            .execute()
          return accountId
        })
      } catch (error) {
        if (isUniqueViolation(error)) return null
        throw error
      }
    },

    async link(identified, provider, accountId) {
      const values = row(identified, provider, accountId)
      try {
        const linked = await database
          .insertInto('identity')
          .values(values)
          .onConflict((there) =>
            there
              .columns(['issuer', 'subject'])
              .doUpdateSet({ provider, email: values.email, linked_at: values.linked_at })
              .where('identity.account_id', '=', accountId)
              .where('identity.provider', 'like', isSsoProviderId(provider) ? `${ssoProviderId('')}%` : '%'),
          )
          .executeTakeFirst()
        return linked.numInsertedOrUpdatedRows === 1n
      } catch (error) {
        if (isUniqueViolation(error)) return false
        throw error
      }
    },

    unlink: (accountId, provider, ways) =>
      database.transaction().execute(async (transaction) => {
        // A write, so that the account is locked from here on: of two that are taken away at once, one is the last.
        const lock = transaction.updateTable('account').set(({ ref }) => ({ status: ref('status') }))
        await lock.where('id', '=', accountId).execute()
        const refusal = await refusalToUnlink(transaction, accountId, provider, ways)
        if (refusal !== null) return refusal
        const removed = transaction.deleteFrom('identity').where('account_id', '=', accountId)
        await removed.where('provider', '=', provider).execute()
        return null
      }),

    refusalToUnlink: (accountId, provider, ways) => refusalToUnlink(database, accountId, provider, ways),
  }
}

async function refusalToUnlink(
  database: Database,
  accountId: string,
  provider: string,
  ways: readonly string[],
): Promise<UnlinkRefusal | null> {
  const identities = database.selectFrom('identity').select('provider').where('account_id', '=', accountId)
  const linked = (await identities.execute()).map((identity) => identity.provider)
  if (!linked.includes(provider)) return 'provider_not_linked'
  if (linked.some((other) => other !== provider && ways.includes(other))) return null
  const account = database.selectFrom('account').select('password_hash').where('id', '=', accountId)
  return (await account.executeTakeFirst())?.password_hash === '' ? 'last_way_in' : null
}

/** Printable, and no longer than an address can be. */
function shownEmail(email: string | null): string {
  return (email ?? '').replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '').slice(0, 254)
}
