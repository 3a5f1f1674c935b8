import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryDatabase } from '../../../../../test/support/postgres.ts'
import type { Store } from '../../contract/store.ts'
import { postgresStore } from '../postgres.ts'
import { type SqliteConnection, sqliteStore } from '../sqlite.ts'
import { migrations } from './migrations.ts'

const now = 1_800_000_000_000
const end = now + 600_000
const nothing = () => ({ audit: [] })

/** What a deployment of the first version may hold: an account with MFA, and one of everything under way. */
const rows = [
  `INSERT INTO sallyport_account VALUES ('ada', ${now}, 3, 1, 0)`,
  `INSERT INTO sallyport_enrollment VALUES ('app', 'ada', 'totp', 'App', '', 's', 'active', 0, 1, 41, ${now}, NULL)`,
  `INSERT INTO sallyport_enrollment
    VALUES ('paper', 'ada', 'recovery_code', 'Codes', '', 's', 'active', 1, 0, -1, ${now}, NULL)`,
  `INSERT INTO sallyport_code VALUES ('paper', 'unused', NULL), ('paper', 'used', ${now})`,
  `INSERT INTO sallyport_enrollment
    VALUES ('mail', 'ada', 'email', 'Mail', 'h', 's', 'pending', 0, 0, -1, ${now}, NULL)`,
  ...(
    [
      ['login', 'login', '', 'open', null],
      ['adding', 'mfa.method.add', '', 'open', 'mail'],
      ['removing', 'mfa.method.remove', 'app', 'open', null],
      ['confirmed', 'mfa.method.remove', 'app', 'passed', null],
      ['done', 'mfa.method.remove', 'app', 'spent', null],
      ['contact', 'email.confirm', '', 'open', 'mail'],
    ] as const
  ).map(
    ([id, action, resource, status, only]) => `INSERT INTO sallyport_challenge
      (id, account_id, action, resource, purpose, binding_hash, evidence, status, tries, max_tries, created_at,
        expires_at, only_enrollment_id)
      VALUES ('${id}', 'ada', '${action}', '${resource}', 'p', 'b', 'password', '${status}', 2, 5, ${now}, ${end},
        ${only === null ? 'NULL' : `'${only}'`})`,
  ),
  `INSERT INTO sallyport_notice VALUES ('n', 'ada', 'method.added', 'email', ${now}, '', '', 'App', 0, 0)`,
  `INSERT INTO sallyport_audit
    VALUES ('a', ${now}, 'mfa.enabled', 'ok', 'ada', NULL, NULL, NULL, NULL, '', '', NULL, '{}')`,
]

const [first, ...later] = migrations
const before = [
  'CREATE TABLE sallyport_migration (name TEXT PRIMARY KEY)',
  `INSERT INTO sallyport_migration VALUES ('${first?.name}')`,
  ...(first?.statements ?? []),
  ...rows,
]

async function expectCarriedOver(store: Store): Promise<void> {
  await store.migrate()
  await store.migrate()
  const { account, enrollments } = await store.readAccount('ada')
  expect(account).toEqual({
    accountId: 'ada',
    passwordBy: null,
    wrongToldAt: 0,
    mfaEnabledAt: now,
    failures: 3,
    locks: 1,
    lockedUntil: 0,
  })
  expect(
    enrollments.map(({ id, primary, backup, lastCounter, codesLeft }) => [id, primary, backup, lastCounter, codesLeft]),
  ).toEqual([
    ['app', true, false, 41, 0],
    ['paper', false, true, -1, 1],
  ])

  const statusOf = async (id: string) => (await store.readChallenge(id))?.challenge.status
  const carried = (await store.readChallenge('login'))?.challenge
  expect(carried).toMatchObject({ status: 'open', tries: 2, resource: {}, sessionHash: '', digest: '', prompt: null })
  // What confirms a method or its removal is another challenge from now on: the old ones open nothing.
  for (const id of ['adding', 'removing', 'confirmed']) expect([id, await statusOf(id)]).toEqual([id, 'cancelled'])
  expect(await statusOf('contact')).toBe('open')

  const passed = await store.settleAttempt({
    challengeId: 'login',
    accountId: 'ada',
    enrollmentId: 'app',
    now,
    verdict: { ok: true, spend: { counter: 42 } },
    vouches: false,
    judgedState: null,
    lock: { afterFailures: 10, firstMs: 1, ceilingMs: 1 },
    network: { name: 'try', count: 25, withinMs: 1000 },
    disableAfter: 100,
    tellAgainMs: 1000,
    onPass: 'nothing',
    record: nothing,
  })
  expect(passed.result).toBe('passed')
  const [notice] = await store.leaseNotices({ now, leasedUntil: end, limit: 9 })
  expect(notice).toMatchObject({ id: 'n', subject: 'App', addressee: null, attempts: 1 })
  const key = { accountId: 'ada', sessionHash: 's', digest: 'd' }
  expect(await store.readGrant({ key }, now)).toBeNull()
  expect(await store.endGrants({ accountId: 'ada', sessionHash: null, record: nothing })).toBe(0)
  expect(await store.purge({ before: end + 1, limit: 100 })).toBeGreaterThan(0)
  await store.close()
}

describe('a database of the first version is carried over, with all that is in it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('there is something to carry over to', () => {
    expect(first?.name).toBe('001 second factors')
    expect(later.length).toBeGreaterThan(0)
    expect(new Set(migrations.map(({ name }) => name)).size).toBe(migrations.length)
  })

  test('on SQLite', async () => {
    const file = join(folder, 'first.db')
    const Libsql = createRequire(import.meta.url)('libsql') as new (file: string) => SqliteConnection
    const connection = new Libsql(file)
    for (const statement of before) connection.exec(statement)
    connection.close()
    await expectCarriedOver(sqliteStore({ file }))
  })

  describe('on PostgreSQL', () => {
    let database: Awaited<ReturnType<typeof temporaryDatabase>>
    beforeAll(async () => {
      database = await temporaryDatabase()
    })
    afterAll(() => database.drop())

    test('too', async () => {
      const connection = new pg.Client({ connectionString: database.url })
      await connection.connect()
      for (const statement of before) await connection.query(statement)
      await connection.end()
      await expectCarriedOver(postgresStore({ connectionString: database.url }))
    })
  })
})
