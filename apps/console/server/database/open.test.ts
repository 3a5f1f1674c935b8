import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sql } from 'kysely'
import { migrations } from './migrations.ts'
import { isDatabaseFault, isUniqueViolation, openDatabase } from './open.ts'
import type { OpenDatabase } from './open.ts'
import { testDatabases } from '../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../test/support/console-database.ts'

describe.each(testDatabases)('migrations on %s', (_name, create) => {
  let home: TestDatabase
  const opened: OpenDatabase[] = []
  const open = (): OpenDatabase => {
    const database = openDatabase(home.location)
    opened.push(database)
    return database
  }

  beforeEach(async () => {
    home = await create()
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((database) => database.close()))
    await home.remove()
  })

  test('eight that start at once apply each migration once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => open().migrate()))
    const { rows } = await sql<{ name: string }>`select name from console_migration order by name`.execute(
      open().database,
    )
    expect(rows.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name))
  })

  test('a second start changes nothing', async () => {
    await open().migrate()
    const before = await sql`select * from console_migration order by name`.execute(open().database)
    await open().migrate()
    const after = await sql`select * from console_migration order by name`.execute(open().database)
    expect(after.rows).toEqual(before.rows)
  })

  test('a migration that fails leaves nothing of itself behind', async () => {
    const broken = [{ name: 'broken', statements: ['create table half (id text)', 'create table half (id text)'] }]
    await expect(open().migrate(broken)).rejects.toThrow()
    await open().migrate([{ name: 'mended', statements: ['create table half (id text)'] }])
  })

  test('a time keeps its milliseconds', async () => {
    const { database, migrate } = open()
    await migrate()
    await database
      .insertInto('account')
      .values(row({ id: 'a', created_at: 1_795_303_885_834 }))
      .execute()
    const read = await database.selectFrom('account').select('created_at').executeTakeFirstOrThrow()
    expect(read.created_at).toBe(1_795_303_885_834)
  })

  test('one address is confirmed once, and registered as often as people like', async () => {
    const { database, migrate } = open()
    await migrate()
    await database
      .insertInto('account')
      .values([row({ id: 'a' }), row({ id: 'b' })])
      .execute()
    await database.updateTable('account').set({ email_confirmed_at: 1 }).where('id', '=', 'a').execute()
    const second = database.updateTable('account').set({ email_confirmed_at: 1 }).where('id', '=', 'b').execute()
    const error = await second.catch((thrown: unknown) => thrown)
    expect(isUniqueViolation(error)).toBe(true)
  })

  test('EN-15 accounts that share a number already keep it, each in a place of its own', async () => {
    const { database, migrate } = open()
    const before = migrations.findIndex(({ name }) => name === '007-phone-places')
    await migrate(migrations.slice(0, before))
    const shared = ['a', 'b', 'c', 'd'].map((id) => ({ ...row({ id }), phone: '+1', phone_confirmed_at: 1 }))
    const others = [
      { ...row({ id: 'e' }), phone: '+1' },
      { ...row({ id: 'f' }), phone: '+2', phone_confirmed_at: 1 },
    ]
    for (const each of [...shared, ...others]) await database.insertInto('account').values(each).execute()
    await migrate()
    const places = await database.selectFrom('account').select(['id', 'phone_place']).orderBy('id').execute()
    expect(places.map(({ phone_place: place }) => place)).toEqual([1, 2, 3, 4, null, 1])
  })

  test('M5 a session from before passkeys keeps how its person signed in, and nobody signs in some other way', async () => {
    const { database, migrate } = open()
    await migrate(
      migrations.slice(
        0,
        migrations.findIndex(({ name }) => name === '009-passkeys'),
      ),
    )
    await database
      .insertInto('account')
      .values(row({ id: 'a' }))
      .execute()
    const begin = (id: string, factor: string): Promise<unknown> =>
      sql`insert into session (id_hash, account_id, created_at, proved_at, last_seen_at, expires_at, amr, ip, user_agent, first_factor)
        values (${id}, 'a', 0, 0, 0, 0, '', '', '', ${factor})`.execute(database)
    for (const factor of ['password', 'oidc', 'sso']) await begin(factor, factor)
    await migrate()
    await begin('passkey', 'passkey')
    const sessions = await database.selectFrom('session').select(['id_hash', 'first_factor']).execute()
    expect(sessions).toHaveLength(4)
    for (const { id_hash: id, first_factor: factor } of sessions) expect(factor).toBe(id)
    await expect(begin('other', 'badge')).rejects.toThrow()
  })
})

test('a database that cannot be reached is known as such', async () => {
  const { database, close } = openDatabase({ connectionString: 'postgres://nobody@127.0.0.1:1/none' })
  const error = await sql`select 1`.execute(database).catch((thrown: unknown) => thrown)
  expect(isDatabaseFault(error)).toBe(true)
  await close()
})

function row(values: { readonly id: string; readonly created_at?: number }) {
  return {
    email: 'ada@example.com',
    email_key: 'ada@example.com',
    email_confirmed_at: null,
    phone: null,
    phone_confirmed_at: null,
    password_hash: 'x',
    sessions_valid_from: 0,
    status: 'active' as const,
    created_at: 0,
    ...values,
  }
}
