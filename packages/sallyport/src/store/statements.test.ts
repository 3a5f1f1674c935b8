import { createRequire } from 'node:module'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  ada,
  answerStepUp,
  challenged,
  client,
  library,
  type Library,
  session,
  setUp,
  signIn,
} from '../../../../test/support/library.ts'
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

  test('E2 · whether a session may go on is no statement without a mandate, and one read with one', async () => {
    const mandates = [{ because: 'everyone must', from: 0 }]
    const rules = { managed: false, privileged: false, mandates: [] as typeof mandates }
    const accounts = {
      find: () => Promise.resolve(ada),
      endSessions: () => Promise.resolve(),
      rules: () => Promise.resolve(rules),
    }
    const running = await library({ store: sqliteStore({ file: ':memory:', open: counting }), accounts })
    const standing = (challengeId: string | null) =>
      running.mfa.enforcement.standing({ accountId: ada.id, session: { challengeId, sso: false } })
    statements.splice(0)
    await standing('passed')
    expect(statements).toEqual([])
    await standing(null)
    expect(statements).toHaveLength(1)
    rules.mandates.push(...mandates)
    await standing('passed')
    expect(statements).toHaveLength(2)
  })

  test('a wrong code is one read and one commit of 7 statements, besides the notice to its owner once in an hour', async () => {
    const running = await counted()
    const app = await setUp(running, 'totp')
    const { key } = await signIn(running)
    const wrong = () =>
      running.mfa.challenges.answer(key, 'login', { enrollmentId: app.enrollmentId, answer: '000000' }, client)
    await wrong()
    await running.mfa.notices.deliver()
    statements.splice(0)
    await wrong()
    expect([commits(), statements.length - 3]).toEqual([1, 7])
  })
})

describe('confirming an action on SQLite', () => {
  const ask = { accountId: ada.id, session }
  const adjust = ({ mfa }: Library) => mfa.actions.require('team.adjust', { ...ask, resource: { team: 't1' } }, client)
  const revoke = ({ mfa }: Library, challengeId: string | null = null) =>
    mfa.actions.require('api_key.revoke', { ...ask, resource: { key: 'k1' }, challengeId }, client)
  const words = () => statements.map((text) => text.split(/\s+/).slice(0, 3).join(' '))

  test('S4 · riding a window is one commit of the statement that slides it and the audit entry', async () => {
    const running = await counted()
    await setUp(running, 'totp')
    await running.mfa.notices.deliver()
    await answerStepUp(running, await challenged(await adjust(running)))
    statements.splice(0)
    expect((await adjust(running)).status).toBe('granted')
    expect(words()).toEqual(['BEGIN IMMEDIATE', 'UPDATE sallyport_grant SET', 'INSERT INTO sallyport_audit', 'COMMIT'])
  })

  test('S4 · looking at a window is one read', async () => {
    const running = await counted()
    await setUp(running, 'totp')
    await running.mfa.notices.deliver()
    await answerStepUp(running, await challenged(await adjust(running)))
    statements.splice(0)
    await running.mfa.actions.window('team.adjust', { ...ask, resource: { team: 't1' } })
    expect(words()).toEqual(['SELECT id, account_id,'])
  })

  test('spending a grant is one commit of the statement that takes it and the audit entry', async () => {
    const running = await counted()
    await setUp(running, 'totp')
    await running.mfa.notices.deliver()
    const challenge = await challenged(await revoke(running))
    await answerStepUp(running, challenge)
    statements.splice(0)
    expect((await revoke(running, challenge.id)).status).toBe('granted')
    expect(words()).toEqual(['BEGIN IMMEDIATE', 'DELETE FROM sallyport_grant', 'INSERT INTO sallyport_audit', 'COMMIT'])
  })

  test('demanding a challenge is one read and one commit of 5 statements, one less when it goes on', async () => {
    const running = await counted()
    await setUp(running, 'totp')
    await running.mfa.notices.deliver()
    statements.splice(0)
    const first = await challenged(await revoke(running))
    expect([commits(), statements.indexOf('BEGIN IMMEDIATE'), statements.length - 3]).toEqual([1, 1, 5])
    statements.splice(0)
    expect(await challenged(await revoke(running))).toMatchObject({ id: first.id })
    expect([commits(), statements.indexOf('BEGIN IMMEDIATE'), statements.length - 3]).toEqual([1, 1, 4])
  })

  test('a right TOTP for an action is one read and one commit of 13 statements', async () => {
    const running = await counted()
    await setUp(running, 'totp')
    await running.mfa.notices.deliver()
    const challenge = await challenged(await revoke(running))
    statements.splice(0)
    expect(await answerStepUp(running, challenge)).toMatchObject({ ok: true })
    expect([commits(), statements.indexOf('BEGIN IMMEDIATE'), statements.length - 3]).toEqual([1, 1, 13])
  })
})
