import { createHmac } from 'node:crypto'
import type { Clock, Grant, Random } from 'sallyport'
import type { AccountRecord } from '../accounts/accounts.ts'
import { lockAccount } from '../database/lock.ts'
import type { ApiKeyTable, Database } from '../database/tables.ts'
import { keysFor } from '../protection/keys.ts'
import { scopeNames } from './scopes.ts'
import type { ApiScope } from './scopes.ts'

/** What its owner sees of a key. */
export interface ApiKeyView {
  readonly id: string
  readonly name: string
  /** The last characters of the key. */
  readonly hint: string
  readonly scopes: readonly ApiScope[]
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly lastUsedAt: number | null
}

/** All that a key is made from: bound to the challenge that confirms it. */
export interface NewApiKey {
  readonly name: string
  /** In the order of the table, each once: the same wish is bound the same. */
  readonly scopes: readonly ApiScope[]
  readonly expiresInDays: number | null
}

/** A key that opens what its scopes say. */
export interface GoodKey {
  readonly status: 'good'
  readonly id: string
  readonly scopes: readonly ApiScope[]
  readonly account: AccountRecord
}

/** A key that opens nothing any more, and whose it was. */
export interface DeadKey {
  readonly status: 'dead'
  readonly id: string
  readonly accountId: string
}

export type CreateRefusal = 'name_taken' | 'api_key_limit' | 'not_signed_in'

export interface ApiKeys {
  list(accountId: string): Promise<readonly ApiKeyView[]>
  /** Null when the account has no such key. */
  find(accountId: string, keyId: string): Promise<ApiKeyView | null>
  /** What stands against a new key, so that nobody is asked to confirm what can't be done anyway. */
  refusalToCreate(accountId: string, name: string): Promise<CreateRefusal | null>
  /** For a key that is yet to be made. */
  newId(): string
  /** Makes the key that was confirmed. The secret is stored nowhere: it is known here and now. */
  createKey(
    grant: Grant<'api_key.create', NewApiKey>,
    id?: string,
  ): Promise<
    | { readonly ok: true; readonly id: string; readonly secret: string }
    | { readonly ok: false; readonly reason: CreateRefusal }
  >
  /** Whether the key was there: of racing callers one gets true. It opens nothing from here on. */
  revokeKey(grant: Grant<'api_key.revoke'>): Promise<boolean>
  /**
   * Whose key a secret is; null when it is nobody's. A good one is marked as used, at most once a minute. Of an account that
   * an organisation signs in, none is good 30 days after it last did.
   */
  identify(secret: string): Promise<GoodKey | DeadKey | null>
  /** Removes at most `limit` keys that expired more than 30 days ago; how many went. */
  purge(limit: number): Promise<number>
}

const dayMs = 86_400_000
const usedEveryMs = 60_000
const keptMs = 30 * dayMs
/** Whoever is put out at their organisation's provider is out with their keys too, at the latest after this. */
const signInGoodForMs = 30 * dayMs
export const keyLimit = 50
const hintLength = 4
const secretForm = /^sk_[A-Za-z0-9_-]{43}$/

export function createApiKeys(parts: {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  /** The console's keys, in base64url: the first hashes new keys, all find them. */
  readonly keys: readonly string[]
  /** Whether whoever signs the account in, if that is not the console, has done so since then. */
  readonly hasSignedIn: (accountId: string, since: number) => Promise<boolean>
}): ApiKeys {
  const { database, clock, random } = parts
  const ring = keysFor('api key', parts.keys)

  const newId = (): string => Buffer.from(random(16)).toString('base64url')

  async function markUsed(id: string, now: number): Promise<void> {
    await database
      .updateTable('api_key')
      .set({ last_used_at: now })
      .where('id', '=', id)
      .where(({ or, eb }) => or([eb('last_used_at', 'is', null), eb('last_used_at', '<=', now - usedEveryMs)]))
      .execute()
  }

  return {
    async list(accountId) {
      const keys = database.selectFrom('api_key').selectAll().where('account_id', '=', accountId)
      return (await keys.orderBy('created_at', 'desc').orderBy('id').execute()).map(viewOf)
    },

    async find(accountId, keyId) {
      const key = database.selectFrom('api_key').selectAll().where('id', '=', keyId).where('account_id', '=', accountId)
      const found = await key.executeTakeFirst()
      return found === undefined ? null : viewOf(found)
    },

    refusalToCreate: (accountId, name) => refusalToCreate(database, accountId, name),

    newId,

    async createKey(grant, id = newId()) {
      const { accountId, parameters } = grant.redeem('api_key.create')
      const { name, scopes, expiresInDays } = parameters
      const secret = `sk_${Buffer.from(random(32)).toString('base64url')}`
      const now = clock()
      const refusal = await database.transaction().execute(async (transaction) => {
        // One at a time for each account: so that neither the limit nor a name is passed by two at once.
        if (!(await lockAccount(transaction, accountId))) return 'not_signed_in' as const
        const refused = await refusalToCreate(transaction, accountId, name)
        if (refused !== null) return refused
        await transaction
          .insertInto('api_key')
          .values({
            id,
            account_id: accountId,
            name,
            secret_hash: hashOf(secret, ring[0]),
            hint: secret.slice(-hintLength),
            scopes: scopes.join(' '),
            created_at: now,
            expires_at: expiresInDays === null ? null : now + expiresInDays * dayMs,
            last_used_at: null,
          })
          .execute()
        return null
      })
      return refusal === null ? { ok: true, id, secret } : { ok: false, reason: refusal }
    },

    async revokeKey(grant) {
      const { accountId, resource } = grant.redeem('api_key.revoke')
      const revoked = database.deleteFrom('api_key').where('id', '=', resource.key).where('account_id', '=', accountId)
      return (await revoked.executeTakeFirst()).numDeletedRows === 1n
    },

    async identify(secret) {
      if (!secretForm.test(secret)) return null
      const now = clock()
      const found = await database
        .selectFrom('api_key')
        .innerJoin('account', 'account.id', 'api_key.account_id')
        .selectAll('account')
        .select(['api_key.id as key_id', 'api_key.scopes', 'api_key.expires_at', 'api_key.last_used_at'])
        .where(
          'api_key.secret_hash',
          'in',
          ring.map((key) => hashOf(secret, key)),
        )
        .executeTakeFirst()
      if (found === undefined) return null
      const { key_id: id, scopes, expires_at: expiresAt, last_used_at: usedAt, ...account } = found
      const isOver =
        (expiresAt !== null && expiresAt <= now) ||
        account.status !== 'active' ||
        account.email_confirmed_at === null ||
        !(await parts.hasSignedIn(account.id, now - signInGoodForMs))
      if (isOver) {
        return { status: 'dead', id, accountId: account.id }
      }
      if (usedAt === null || usedAt <= now - usedEveryMs) await markUsed(id, now)
      return { status: 'good', id, scopes: scopesOf(scopes), account }
    },

    async purge(limit) {
      const over = database
        .selectFrom('api_key')
        .select('id')
        .where('expires_at', '<=', clock() - keptMs)
        .limit(limit)
      return Number((await database.deleteFrom('api_key').where('id', 'in', over).executeTakeFirst()).numDeletedRows)
    },
  }
}

async function refusalToCreate(database: Database, accountId: string, name: string): Promise<CreateRefusal | null> {
  const names = await database.selectFrom('api_key').select('name').where('account_id', '=', accountId).execute()
  if (names.some((key) => key.name === name)) return 'name_taken'
  return names.length >= keyLimit ? 'api_key_limit' : null
}

function viewOf(row: ApiKeyTable): ApiKeyView {
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    scopes: scopesOf(row.scopes),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  }
}

/** A scope that the table no longer has opens nothing. */
function scopesOf(text: string): readonly ApiScope[] {
  const stored = new Set(text.split(' '))
  return scopeNames.filter((scope) => stored.has(scope))
}

/** Keyed, so that whoever can write to the database still can't make a key. */
function hashOf(secret: string, key: Buffer): string {
  return createHmac('sha256', key).update(secret).digest('base64url')
}
