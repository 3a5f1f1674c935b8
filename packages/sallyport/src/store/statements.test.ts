import { createRequire } from 'node:module'
import { beforeEach, describe, expect, test } from 'vitest'
import { client, library, setUp, signIn } from '../../../../test/support/library.ts'
import { type SqliteConnection, sqliteStore } from './sqlite.ts'

/** Every statement that reaches the database, transactions included. A count is stable where a time is not. */
const statements: string[] = []
beforeEach(() => void statements.splice(0))

function counting(file: string): SqliteConnection {
  const Libsql = createRequire(import.meta.url)('libsql') as new (file: string) => SqliteConnection
  const plain = new Libsql(file)
  return {
    exec: (text) => (statements.push(text), plain.exec(text)),
    close: () => plain.close(),
    prepare(text) {
      const prepared = plain.prepare(text)
      return {
        reader: prepared.reader,
        all: (...values) => (statements.push(text), prepared.all(...values)),
        run: (...values) => (statements.push(text), prepared.run(...values)),
      }
    },
  }
}

const counted = () => library({ store: sqliteStore({ file: ':memory:', open: counting }) })
const commits = () => statements.filter((text) => text === 'COMMIT').length

describe('the hot path on SQLite', () => {
  test('a sign-in without MFA is one commit of 2 statements', async () => {
    const { mfa } = await counted()
    statements.splice(0)
    await mfa.signIn.begin({ accountId: 'someone', evidence: ['password'] }, client)
    expect([commits(), statements.length - 2]).toEqual([1, 2])
  })

  test('beginning a sign-in with an authenticator app is one commit of 4 statements', async () => {
    const running = await counted()
    await setUp(running, 'totp')
    await running.mfa.notices.deliver()
    statements.splice(0)
    await signIn(running)
    expect([commits(), statements.length - 2]).toEqual([1, 4])
  })

  test('a right TOTP is one read and one commit of 10 statements', async () => {
    const running = await counted()
    const app = await setUp(running, 'totp')
    await running.mfa.notices.deliver()
    const { key } = await signIn(running)
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    statements.splice(0)
    await running.mfa.challenges.answer(key, 'login', typed, client)
    await running.mfa.notices.deliver()
    const own = statements.filter((text) => !text.includes('sallyport_notice'))
    expect(own[0]).toContain('SELECT')
    const begin = own.indexOf('BEGIN IMMEDIATE')
    expect([begin, own.indexOf('COMMIT') - begin - 1]).toEqual([1, 10])
  })

  test('a wrong code is one read and one commit of 4 statements', async () => {
    const running = await counted()
    const app = await setUp(running, 'totp')
    await running.mfa.notices.deliver()
    const { key } = await signIn(running)
    statements.splice(0)
    await running.mfa.challenges.answer(key, 'login', { enrollmentId: app.enrollmentId, answer: '000000' }, client)
    expect([commits(), statements.length - 3]).toEqual([1, 4])
  })
})
