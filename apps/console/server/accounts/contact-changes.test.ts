import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../database/open.ts'
import type { OpenDatabase } from '../database/open.ts'
import { testDatabases } from '../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../test/support/console-database.ts'
import { storedPerson } from '../../../../test/support/people.ts'
import { createAccounts } from './accounts.ts'
import type { Accounts } from './accounts.ts'
import { createContactChanges } from './contact-changes.ts'
import type { ContactChange, ContactChanges } from './contact-changes.ts'

describe.each(testDatabases)('contact changes on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  let accounts: Accounts
  let changes: ContactChanges
  let now = 1_795_303_885_834
  const lifetimeMs = 600_000

  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
    const parts = { database: opened.database, clock: () => now, random: randomBytes }
    accounts = createAccounts(parts)
    changes = createContactChanges(parts)
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })

  async function pending(given: Partial<ContactChange> = {}): Promise<ContactChange> {
    const address = `${randomBytes(6).toString('hex')}@example.com`
    const change: ContactChange = {
      account_id: given.account_id ?? (await storedPerson(opened.database)).id,
      contact: 'email',
      value: address,
      value_key: address,
      hint: 'm***@e***.com',
      challenge_id: randomBytes(6).toString('hex'),
      proved_at: now,
      expires_at: now + lifetimeMs,
      ...given,
    }
    expect(await changes.put(change, await session(change.account_id))).toBe(true)
    return change
  }

  /** The session that asks for it. */
  async function session(accountId: string): Promise<string> {
    const id = randomBytes(6).toString('hex')
    const times = { created_at: now, proved_at: now, last_seen_at: now, expires_at: now + lifetimeMs }
    const row = { id_hash: id, account_id: accountId, ...times, amr: 'pwd', challenge_id: null, ip: '', user_agent: '' }
    await opened.database
      .insertInto('session')
      .values({
        ...row,
        password_checked_at: null,
        wrong_passwords: 0,
        kind: 'browser',
        first_factor: 'password',
        auth_at: now,
      })
      .execute()
    return id
  }

  test('is asked for by a session that is there, and by no other account’s', async () => {
    const change = await pending()
    const other = await storedPerson(opened.database)
    await changes.dropAll(change.account_id)
    for (const id of ['gone', await session(other.id)]) expect(await changes.put(change, id)).toBe(false)
    expect(await changes.list(change.account_id)).toEqual([])
  })

  test('of 16 right codes for one change one makes it', async () => {
    const change = await pending()
    const applied = await Promise.all(Array.from({ length: 16 }, () => changes.apply(change)))
    expect(applied.filter((made) => made !== null)).toEqual([change])
    expect((await accounts.find(change.account_id))?.email).toBe(change.value)
    expect(await changes.list(change.account_id)).toEqual([])
  })

  test('of 8 accounts that confirm one address at once one gets it', async () => {
    const value = `${randomBytes(6).toString('hex')}@example.com`
    const all = await Promise.all(Array.from({ length: 8 }, () => pending({ value, value_key: value })))
    const applied = await Promise.all(all.map((change) => changes.apply(change)))
    const [winner] = applied.filter((made) => made !== null)
    expect(applied.filter((made) => made !== null)).toHaveLength(1)
    expect((await accounts.findByEmail(value))?.id).toBe(winner?.account_id)
  })

  test('a number takes the place of the one before and is confirmed', async () => {
    const { id } = await storedPerson(opened.database, { phone: '+12025550141' })
    const change = await pending({ account_id: id, contact: 'phone', value: '+12025550172', value_key: '+12025550172' })
    expect(await changes.apply(change)).not.toBeNull()
    expect(await accounts.find(id)).toMatchObject({ phone: '+12025550172', phone_confirmed_at: now })
  })

  test('EN-15 of 8 accounts that move to one number at once three get it, and the next when one of them has another', async () => {
    const value = '+12025550188'
    const move = (to: string): Promise<ContactChange> => pending({ contact: 'phone', value: to, value_key: to })
    const all = await Promise.all(Array.from({ length: 8 }, () => move(value)))
    const applied = await Promise.all(all.map((change) => changes.apply(change)))
    const [first] = applied.filter((made) => made !== null)
    expect(applied.filter((made) => made !== null)).toHaveLength(3)
    expect(await changes.apply(await move(value))).toBeNull()
    const leaves = { account_id: first?.account_id ?? '', contact: 'phone', value: '+1', value_key: '+1' } as const
    expect(await changes.apply(await pending(leaves))).not.toBeNull()
    expect(await changes.apply(await move(value))).not.toBeNull()
  })

  test.each<[string, (change: ContactChange) => Partial<ContactChange>]>([
    ['of another challenge', () => ({ challenge_id: 'another' })],
    ['for another address', () => ({ value: 'eve@example.com' })],
    ['for the other contact', () => ({ contact: 'phone' })],
    ['for another account', () => ({ account_id: 'another' })],
  ])('a code %s makes no change', async (_what, other) => {
    const change = await pending()
    expect(await changes.apply({ ...change, ...other(change) })).toBeNull()
    expect(await changes.list(change.account_id)).toHaveLength(1)
  })

  test('a change is over with its challenge, and then purged', async () => {
    const change = await pending()
    now += lifetimeMs
    expect(await changes.list(change.account_id)).toEqual([])
    expect(await changes.apply(change)).toBeNull()
    const late = await pending({ account_id: change.account_id })
    await changes.purge(1_000)
    expect(await changes.list(change.account_id)).toEqual([late])
  })

  test('SC-13 a change falls with the sessions that are as old as the one that asked for it', async () => {
    const change = await pending()
    await opened.database
      .updateTable('account')
      .set({ sessions_valid_from: now + 1 })
      .where('id', '=', change.account_id)
      .execute()
    expect(await changes.list(change.account_id)).toEqual([])
    expect(await changes.apply(change)).toBeNull()
    expect((await accounts.find(change.account_id))?.email).not.toBe(change.value)
  })

  test('an account has one change of each contact, the latest', async () => {
    const first = await pending()
    const second = await pending({ account_id: first.account_id })
    const phone = await pending({ account_id: first.account_id, contact: 'phone', value: '+1', value_key: '+1' })
    expect(await changes.list(first.account_id)).toEqual([second, phone])
    expect(await changes.apply(first)).toBeNull()
    expect(await changes.cancel(first.account_id, 'email')).toBe(second.challenge_id)
    expect(await changes.cancel(first.account_id, 'email')).toBeNull()
    expect(await changes.list(first.account_id)).toEqual([phone])
    await changes.dropAll(first.account_id)
    expect(await changes.list(first.account_id)).toEqual([])
  })
})
