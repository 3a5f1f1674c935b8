import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Proof } from 'sallyport'
import { createAccounts } from '../accounts/accounts.ts'
import { openDatabase } from '../database/open.ts'
import type { OpenDatabase } from '../database/open.ts'
import { testDatabases } from '../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../test/support/console-database.ts'
import { passwordCheckMs, wrongPasswordLimit } from './password-checks.ts'
import { createSessions } from './sessions.ts'
import type { Sessions } from './sessions.ts'

describe.each(testDatabases)('password checks on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  let sessions: Sessions
  let accountId: string
  let now = 1_795_303_885_834

  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
    const parts = { database: opened.database, clock: () => now, random: randomBytes }
    sessions = createSessions({ ...parts, keys: [randomBytes(32).toString('base64url')] })
    const accounts = createAccounts(parts)
    const email = { address: 'ada@example.com', key: 'ada@example.com' }
    accountId = await accounts.create({ email, phone: null, passwordHash: 'hash' })
    await accounts.confirmEmail(accountId, email.address)
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })

  async function session(): Promise<{ id: string; token: string }> {
    const proved = { accountId, methods: ['password'], amr: ['pwd'], at: now, begunAt: now, challengeId: null }
    const proof = { redeem: () => proved } as unknown as Proof<'login'>
    const { token = '' } = (await sessions.issue(proof, { ip: '192.0.2.1', userAgent: 'test' }, null, null)) ?? {}
    return { id: (await sessions.find(token))?.id ?? '', token }
  }

  /** The id that the session has once the password was given again. */
  const checked = async (id: string): Promise<string> => (await sessions.rotateChecked(id))?.id ?? ''

  const atOnce = <Result>(count: number, run: () => Promise<Result>): Promise<Result[]> =>
    Promise.all(Array.from({ length: count }, run))

  test('of 16 tries at once five are judged', async () => {
    const { id } = await session()
    const counted = await atOnce(16, () => sessions.passwordChecks.count(id))
    expect(counted.filter(Boolean)).toHaveLength(wrongPasswordLimit)
  })

  test('the fifth wrong password ends the session and no other', async () => {
    const [one, other] = [await session(), await session()]
    for (let tries = 1; tries <= wrongPasswordLimit; tries += 1) {
      expect(await sessions.passwordChecks.count(one.id)).toBe(true)
      const [attemptsLeft, ended] = [wrongPasswordLimit - tries, tries === wrongPasswordLimit]
      expect(await sessions.passwordChecks.failed(one.id)).toEqual({ attemptsLeft, ended })
    }
    expect(await sessions.passwordChecks.failed(one.id)).toEqual({ attemptsLeft: 0, ended: false })
    expect(await sessions.find(one.token)).toBeNull()
    expect(await sessions.find(other.token)).not.toBeNull()
  })

  test('a right password forgets the wrong ones, and one that comes after the end is none', async () => {
    const { id, token } = await session()
    for (let tries = 1; tries < wrongPasswordLimit; tries += 1) await sessions.passwordChecks.count(id)
    await sessions.passwordChecks.count(id)
    expect(await sessions.passwordChecks.passed(id)).toBe(true)
    expect(await sessions.passwordChecks.count(id)).toBe(true)
    await sessions.end(token)
    expect(await sessions.passwordChecks.passed(id)).toBe(false)
    expect(await sessions.rotateChecked(id)).toBeNull()
  })

  test('a check is good once, whoever asks at the same time', async () => {
    const id = await checked((await session()).id)
    const taken = await atOnce(16, () => sessions.passwordChecks.take(id))
    expect(taken.filter(Boolean)).toHaveLength(1)
  })

  test('SC-02 a right password gives the session another token, and the check belongs to that one', async () => {
    const { id, token } = await session()
    const kept = await sessions.rotateChecked(id)
    expect(await sessions.find(token)).toBeNull()
    expect(await sessions.passwordChecks.take(id)).toBe(false)
    expect(await sessions.find(kept?.token ?? '')).toMatchObject({ id: kept?.id })
    expect(await sessions.passwordChecks.take(kept?.id ?? '')).toBe(true)
  })

  test('of 16 right passwords at once one keeps the session', async () => {
    const { id } = await session()
    const kept = await atOnce(16, () => sessions.rotateChecked(id))
    expect(kept.filter((rotated) => rotated !== null)).toHaveLength(1)
  })

  test('a check is good for two minutes, in its own session, until that is rotated', async () => {
    let one = (await session()).id
    const other = (await session()).id
    expect(await sessions.passwordChecks.take(one)).toBe(false)
    one = await checked(one)
    expect(await sessions.passwordChecks.take(other)).toBe(false)
    now += passwordCheckMs
    expect(await sessions.passwordChecks.take(one)).toBe(false)
    one = await checked(one)
    now += passwordCheckMs - 1
    expect(await sessions.passwordChecks.take(one)).toBe(true)
    const rotation = sessions.rotate(await checked(one))
    await rotation.apply()
    expect(await sessions.passwordChecks.take(rotation.id)).toBe(false)
  })

  test('a rotation takes the wrong passwords along', async () => {
    const { id } = await session()
    for (let tries = 1; tries <= wrongPasswordLimit; tries += 1) await sessions.passwordChecks.count(id)
    const rotation = sessions.rotate(id)
    await rotation.apply()
    expect(await sessions.passwordChecks.count(rotation.id)).toBe(false)
  })
})
