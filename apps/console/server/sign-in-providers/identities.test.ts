import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAccounts } from '../accounts/accounts.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { parseEmailAddress } from '../accounts/email-address.ts'
import { openDatabase } from '../database/open.ts'
import type { OpenDatabase } from '../database/open.ts'
import { newAddress } from '../../../../test/support/address.ts'
import { testDatabases } from '../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../test/support/console-database.ts'
import { storedPerson } from '../../../../test/support/people.ts'
import { createIdentities } from './identities.ts'
import type { Identities } from './identities.ts'
import type { Identified } from './oidc.ts'

const ways = ['one', 'two']

describe.each(testDatabases)('identities on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  let accounts: Accounts
  let identities: Identities
  let now = 1_000_000

  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
    const parts = { database: opened.database, clock: () => now, random: randomBytes }
    accounts = createAccounts(parts)
    identities = createIdentities({ ...parts, accounts })
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })

  const someone = (differs: Partial<Identified> = {}): Identified => ({
    issuer: 'https://id.example',
    subject: randomBytes(8).toString('hex'),
    email: newAddress(),
    emailVerified: true,
    amr: [],
    authAt: null,
    ...differs,
  })
  const account = async (password = 'hash') => (await storedPerson(opened.database, { password_hash: password })).id
  const newAccount = (identified: Identified, provider = 'one') =>
    identities.createAccount(identified, provider, parseEmailAddress(identified.email ?? '')!)

  test('a new account has the address confirmed, no password, and the identity', async () => {
    const identified = someone()
    const id = await newAccount(identified)
    expect(await accounts.find(id ?? '')).toMatchObject({
      email: identified.email,
      email_confirmed_at: now,
      password_hash: '',
      phone: null,
    })
    expect(await identities.find(identified)).toMatchObject({ account_id: id, provider: 'one', linked_at: now })
  })

  test('of many who make an account of one identity, or of one address, one does', async () => {
    const [same, address] = [someone(), newAddress()]
    const bySubject = await Promise.all(Array.from({ length: 8 }, () => newAccount({ ...same, email: newAddress() })))
    const byAddress = await Promise.all(Array.from({ length: 8 }, () => newAccount(someone({ email: address }))))
    for (const made of [bySubject, byAddress]) expect(made.filter((id) => id !== null)).toHaveLength(1)
    // And nothing is left of those who were late.
    const rows = await opened.database.selectFrom('account').select('id').where('email', '=', address).execute()
    expect(rows).toHaveLength(1)
  })

  test('an identity is one account’s, and an account has one of each provider', async () => {
    const [first, second] = [await account(), await account()]
    const identified = someone()
    expect(await identities.link(identified, 'one', first)).toBe(true)
    expect(await identities.link(identified, 'one', second)).toBe(false)
    expect(await identities.link(identified, 'two', second)).toBe(false)
    expect(await identities.link(someone(), 'one', first)).toBe(false)
    expect(await identities.link(someone(), 'two', first)).toBe(true)
    expect((await identities.of(first)).map(({ provider }) => provider).toSorted()).toEqual(ways)
    expect(await identities.of(second)).toEqual([])
  })

  test('the same subject of another issuer is another person', async () => {
    const [first, second] = [await account(), await account()]
    const identified = someone()
    const other = { ...identified, issuer: 'https://other.example' }
    await identities.link(identified, 'one', first)
    await identities.link(other, 'two', second)
    expect((await identities.find(other))?.account_id).toBe(second)
    expect((await identities.find(identified))?.account_id).toBe(first)
  })

  test('an account’s own identity moves to another provider of the same issuer', async () => {
    const [own, other] = [await account(), await account()]
    const identified = someone()
    await identities.link(identified, 'sso:team', own)
    expect(await identities.link(identified, 'one', other)).toBe(false)
    expect(await identities.link(identified, 'one', own)).toBe(true)
    expect(await identities.of(own)).toMatchObject([{ provider: 'one' }])
  })

  test('what an account has linked itself never becomes a team’s, but a team’s becomes another team’s', async () => {
    const own = await account()
    const [linked, known] = [someone(), someone()]
    await identities.link(linked, 'one', own)
    expect(await identities.link(linked, 'sso:team', own)).toBe(false)
    await identities.link(known, 'sso:team', own)
    expect(await identities.link(known, 'sso:other', own)).toBe(true)
    expect((await identities.of(own)).map(({ provider }) => provider).toSorted()).toEqual(['one', 'sso:other'])
  })

  test('of many who link one identity at once, one account has it', async () => {
    const identified = someone()
    const all = await Promise.all(Array.from({ length: 8 }, () => account()))
    const linked = await Promise.all(all.map((id) => identities.link(identified, 'one', id)))
    expect(linked.filter(Boolean)).toHaveLength(1)
  })

  test('the last way in is not taken away, and one that is not there can’t be', async () => {
    const [withPassword, without] = [await account(), await account('')]
    for (const id of [withPassword, without]) await identities.link(someone(), 'one', id)
    expect(await identities.unlink(withPassword, 'two', ways)).toBe('provider_not_linked')
    expect(await identities.unlink(withPassword, 'one', ways)).toBeNull()
    expect(await identities.refusalToUnlink(without, 'one', ways)).toBe('last_way_in')
    expect(await identities.unlink(without, 'one', ways)).toBe('last_way_in')
    // What is no longer configured, or a team's, is no way in to count on.
    await identities.link(someone(), 'sso:team', without)
    await identities.link(someone(), 'gone', without)
    expect(await identities.unlink(without, 'one', ways)).toBe('last_way_in')
    await identities.link(someone(), 'two', without)
    expect(await identities.unlink(without, 'one', ways)).toBeNull()
  })

  test('of two that are taken away at once, the last stays', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await account('')
      for (const way of ways) await identities.link(someone(), way, id)
      const done = await Promise.all(ways.map((way) => identities.unlink(id, way, ways)))
      expect(done.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual(['last_way_in', null])
      expect(await identities.of(id)).toHaveLength(1)
    }
  })

  test('when it was used is known, and what the provider says is shown in one line', async () => {
    const identified = someone({ email: `a\u0000\n\u202e${'b'.repeat(300)}` })
    const id = await account()
    await identities.link(identified, 'one', id)
    const [linked] = await identities.of(id)
    expect(linked?.email).toMatch(/^ab{253}$/)
    now += 60_000
    if (linked !== undefined) await identities.use(linked)
    expect(await identities.of(id)).toMatchObject([{ last_used_at: now, linked_at: now - 60_000 }])
  })
})
