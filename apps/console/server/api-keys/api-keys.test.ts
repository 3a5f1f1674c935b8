import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../database/open.ts'
import type { OpenDatabase } from '../database/open.ts'
import { testDatabases } from '../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../test/support/console-database.ts'
import { grantOf } from '../../../../test/support/grant.ts'
import { storedPerson } from '../../../../test/support/people.ts'
import { createApiKeys, keyLimit } from './api-keys.ts'
import type { ApiKeys, NewApiKey } from './api-keys.ts'

const dayMs = 86_400_000
const newKey = (): string => randomBytes(32).toString('base64url')
const keys = [newKey()]

describe.each(testDatabases)('API keys on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  let apiKeys: ApiKeys
  let ada: string
  let now = 1_795_303_885_834

  /** Since when nobody has been signed in by their organisation. */
  const lastSignedIn = new Map<string, number>()
  const parts = (ring = keys) => ({
    database: opened.database,
    clock: () => now,
    random: randomBytes,
    keys: ring,
    hasSignedIn: async (accountId: string, since: number) => (lastSignedIn.get(accountId) ?? since) >= since,
  })
  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
    apiKeys = createApiKeys(parts())
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })
  beforeEach(async () => {
    ada = (await storedPerson(opened.database)).id
  })

  const creating = (parameters: Partial<NewApiKey>, accountId = ada) =>
    grantOf<'api_key.create', NewApiKey, { key: string }>('api_key.create', {
      accountId,
      parameters: { name: 'prod-ci', scopes: ['account:read'], expiresInDays: null, ...parameters },
    })
  const revoking = (key: string, accountId = ada) =>
    grantOf<'api_key.revoke', unknown, { key: string }>('api_key.revoke', { accountId, resource: { key } })
  const made = async (parameters: Partial<NewApiKey> = {}): Promise<{ id: string; secret: string }> => {
    const created = await apiKeys.createKey(creating(parameters))
    if (!created.ok) throw new Error(created.reason)
    return created
  }

  test('a key opens what it was confirmed for, and for whom', async () => {
    const { id, secret } = await made({ scopes: ['teams:read'] })
    expect(secret).toMatch(/^sk_[\w-]{43}$/)
    expect(await apiKeys.identify(secret)).toMatchObject({
      status: 'good',
      id,
      scopes: ['teams:read'],
      account: { id: ada },
    })
    expect(await apiKeys.list(ada)).toMatchObject([
      { id, name: 'prod-ci', hint: secret.slice(-4), scopes: ['teams:read'], expiresAt: null, lastUsedAt: now },
    ])
  })

  test('what is no key opens nothing', async () => {
    const { secret } = await made()
    for (const other of ['', secret.slice(3), `${secret}A`, secret.toUpperCase(), "sk_' or 1=1 --", 'sk_']) {
      expect(await apiKeys.identify(other)).toBeNull()
    }
  })

  test('P6 the database holds no key, and a key outlives a rotation of the console’s keys', async () => {
    const { secret } = await made()
    const rows = await opened.database.selectFrom('api_key').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(secret.slice(3))
    for (const row of rows) expect(await apiKeys.identify(`sk_${row.secret_hash}`)).toBeNull()
    expect(await createApiKeys(parts([newKey(), ...keys])).identify(secret)).not.toBeNull()
    expect(await createApiKeys(parts([newKey()])).identify(secret)).toBeNull()
  })

  test('a grant makes one key', async () => {
    const grant = creating({})
    await apiKeys.createKey(grant)
    await expect(apiKeys.createKey(grant)).rejects.toThrow('spent')
  })

  test('a name is given once on an account, also when it is at once, and again on another', async () => {
    const tries = await Promise.all(Array.from({ length: 8 }, () => apiKeys.createKey(creating({}))))
    expect(tries.filter(({ ok }) => ok)).toHaveLength(1)
    expect(tries.find(({ ok }) => !ok)).toEqual({ ok: false, reason: 'name_taken' })
    const grace = (await storedPerson(opened.database)).id
    expect((await apiKeys.createKey(creating({}, grace))).ok).toBe(true)
  })

  test('an account has fifty at most, also when they are made at once', async () => {
    const names = Array.from({ length: keyLimit + 4 }, (_, n) => `key ${n}`)
    const tries = await Promise.all(names.map((name) => apiKeys.createKey(creating({ name }))))
    expect(tries.filter(({ ok }) => ok)).toHaveLength(keyLimit)
    expect(tries.find(({ ok }) => !ok)).toEqual({ ok: false, reason: 'api_key_limit' })
    expect(await apiKeys.refusalToCreate(ada, 'one more')).toBe('api_key_limit')
  })

  test('MB-08 one that is invalidated opens nothing, and is invalidated once', async () => {
    const { id, secret } = await made()
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => apiKeys.revokeKey(revoking(id))))
    expect(outcomes.filter(Boolean)).toHaveLength(1)
    expect(await apiKeys.identify(secret)).toBeNull()
    expect(await apiKeys.list(ada)).toEqual([])
  })

  test('XA-06 nobody sees or invalidates another’s', async () => {
    const { id, secret } = await made()
    const eve = (await storedPerson(opened.database)).id
    expect(await apiKeys.find(eve, id)).toBeNull()
    expect(await apiKeys.list(eve)).toEqual([])
    expect(await apiKeys.revokeKey(revoking(id, eve))).toBe(false)
    expect(await apiKeys.identify(secret)).toMatchObject({ status: 'good' })
  })

  test('MB-08 one that has expired opens nothing from that moment', async () => {
    const { id, secret } = await made({ expiresInDays: 7 })
    now += 7 * dayMs - 1
    expect(await apiKeys.identify(secret)).toMatchObject({ status: 'good' })
    now += 1
    expect(await apiKeys.identify(secret)).toEqual({ status: 'dead', id, accountId: ada })
  })

  test('FB-17 one of an account that may not sign in opens nothing', async () => {
    const { id, secret } = await made()
    await opened.database.updateTable('account').set({ status: 'disabled' }).where('id', '=', ada).execute()
    expect(await apiKeys.identify(secret)).toEqual({ status: 'dead', id, accountId: ada })
    expect(await apiKeys.createKey(creating({ name: 'another' }))).toEqual({ ok: false, reason: 'not_signed_in' })
  })

  test('L4 one of an account that was signed in elsewhere opens nothing 30 days after the last time', async () => {
    const { id, secret } = await made()
    lastSignedIn.set(ada, now - 30 * dayMs)
    expect(await apiKeys.identify(secret)).toMatchObject({ status: 'good' })
    lastSignedIn.set(ada, now - 30 * dayMs - 1)
    expect(await apiKeys.identify(secret)).toEqual({ status: 'dead', id, accountId: ada })
    lastSignedIn.set(ada, now)
    expect(await apiKeys.identify(secret)).toMatchObject({ status: 'good' })
  })

  test('is marked as used at most once a minute', async () => {
    const { id, secret } = await made()
    expect((await apiKeys.find(ada, id))?.lastUsedAt).toBeNull()
    await apiKeys.identify(secret)
    const first = now
    now += 59_999
    await apiKeys.identify(secret)
    expect((await apiKeys.find(ada, id))?.lastUsedAt).toBe(first)
    now += 1
    await apiKeys.identify(secret)
    expect((await apiKeys.find(ada, id))?.lastUsedAt).toBe(now)
  })

  test('those that expired a month ago are purged in batches, the others stay', async () => {
    await opened.database.deleteFrom('api_key').execute()
    for (const name of ['a', 'b', 'c']) await made({ name, expiresInDays: 7 })
    await made({ name: 'for good' })
    now += 37 * dayMs
    await made({ name: 'd', expiresInDays: 7 })
    expect([await apiKeys.purge(2), await apiKeys.purge(2), await apiKeys.purge(2)]).toEqual([2, 1, 0])
    expect((await apiKeys.list(ada)).map(({ name }) => name).toSorted()).toEqual(['d', 'for good'])
  })
})
