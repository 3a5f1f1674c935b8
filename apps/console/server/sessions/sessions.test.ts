import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client, Proof } from 'sallyport'
import { createAccounts } from '../accounts/accounts.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { openDatabase } from '../database/open.ts'
import type { OpenDatabase } from '../database/open.ts'
import { testDatabases } from '../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../test/support/console-database.ts'
import { absoluteMs, createSessions, idleMs } from './sessions.ts'
import type { Sessions } from './sessions.ts'

const newKey = (): string => randomBytes(32).toString('base64url')
const keys = [newKey()]
const client: Client = { ip: '192.0.2.1', userAgent: 'test' }

describe.each(testDatabases)('sessions on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  let accounts: Accounts
  let sessions: Sessions
  let now = 1_795_303_885_834
  let people = 0

  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
    const parts = { database: opened.database, clock: () => now, random: randomBytes }
    accounts = createAccounts(parts)
    sessions = createSessions({ ...parts, keys })
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })

  async function person(): Promise<string> {
    const address = `person${(people += 1)}@example.com`
    const id = await accounts.create({ email: { address, key: address }, phone: null, passwordHash: 'hash' })
    await accounts.confirmEmail(id, address)
    return id
  }

  /** Only the engine makes real proofs; the sessions see of one what this has. */
  function proofOf(accountId: string, at = now): Proof<'login'> {
    const proved = {
      accountId,
      action: 'login',
      resource: '',
      methods: ['password'],
      amr: ['pwd'],
      at,
      challengeId: null,
      reason: 'mfa_off',
    }
    let spent = false
    const redeem = (): object => {
      if (spent) throw new Error('spent')
      spent = true
      return proved
    }
    return { redeem } as unknown as Proof<'login'>
  }

  async function issue(accountId: string, replaces: string | null = null): Promise<string> {
    const token = await sessions.issue(proofOf(accountId), client, replaces)
    if (token === null) throw new Error('no session was issued')
    return token
  }

  test('a token opens the session it was issued for and nothing else does', async () => {
    const id = await person()
    const token = await issue(id)
    expect((await sessions.find(token))?.account.id).toBe(id)
    expect(await sessions.find(`${token.slice(0, -2)}AA`)).toBeNull()
    expect(await sessions.find('')).toBeNull()
    expect(await sessions.find("' or 1=1 --")).toBeNull()
  })

  test('SC-15 the database holds no token that opens a session', async () => {
    const token = await issue(await person())
    const rows = await opened.database.selectFrom('session').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(token)
    expect(await Promise.all(rows.map((row) => sessions.find(row.id_hash)))).toEqual(rows.map(() => null))
  })

  test('a proof makes one session', async () => {
    const proof = proofOf(await person())
    await sessions.issue(proof, client, null)
    await expect(sessions.issue(proof, client, null)).rejects.toThrow('spent')
  })

  test('SC-02 the browser’s earlier session ends with the new one', async () => {
    const id = await person()
    const first = await issue(id)
    const second = await issue(id, first)
    expect(await sessions.find(first)).toBeNull()
    expect(await sessions.find(second)).not.toBeNull()
  })

  test('a session that nobody uses is over after half an hour', async () => {
    const token = await issue(await person())
    now += idleMs - 1
    expect(await sessions.find(token)).not.toBeNull()
    now += idleMs
    expect(await sessions.find(token)).toBeNull()
  })

  test('a session in use is over after twelve hours', async () => {
    const token = await issue(await person())
    const end = now + absoluteMs
    for (; now < end; now += idleMs / 2) expect(await sessions.find(token)).not.toBeNull()
    expect(await sessions.find(token)).toBeNull()
  })

  test('a session is marked as seen at most once a minute', async () => {
    const token = await issue(await person())
    const seen = async () =>
      (
        await opened.database
          .selectFrom('session')
          .select('last_seen_at')
          .orderBy('created_at', 'desc')
          .executeTakeFirst()
      )?.last_seen_at
    const issuedAt = now
    now += 59_999
    await sessions.find(token)
    expect(await seen()).toBe(issuedAt)
    now += 1
    await sessions.find(token)
    expect(await seen()).toBe(now)
  })

  test('EN-01 ending all sessions ends those that rest on an earlier proof and no later one', async () => {
    const id = await person()
    const earlier = await issue(id)
    const late = proofOf(id)
    now += 1
    await sessions.endAll(id, now)
    const rotated = await issue(id)
    expect(await sessions.find(earlier)).toBeNull()
    expect(await sessions.find(rotated)).not.toBeNull()
    expect(await sessions.issue(late, client, null)).toBeNull()
    await sessions.endAll(id, now - 1)
    expect(await sessions.find(rotated)).not.toBeNull()
    expect(await sessions.find(earlier)).toBeNull()
  })

  test('FB-17 a disabled account gets no session and the ones it has open nothing', async () => {
    const id = await person()
    const token = await issue(id)
    const pending = proofOf(id)
    await opened.database.updateTable('account').set({ status: 'disabled' }).where('id', '=', id).execute()
    expect(await sessions.find(token)).toBeNull()
    expect(await sessions.issue(pending, client, null)).toBeNull()
  })

  test('an account whose address is not confirmed gets no session', async () => {
    const id = await accounts.create({
      email: { address: 'new@example.com', key: 'new@example.com' },
      phone: null,
      passwordHash: 'hash',
    })
    expect(await sessions.issue(proofOf(id), client, null)).toBeNull()
  })

  test('sessions that are over are purged in batches, the others stay', async () => {
    const id = await person()
    now += absoluteMs
    await sessions.purge(1_000)
    await Promise.all([1, 2, 3].map(() => issue(id)))
    now += absoluteMs
    const live = await issue(id)
    expect([await sessions.purge(2), await sessions.purge(2), await sessions.purge(2)]).toEqual([2, 1, 0])
    expect(await sessions.find(live)).not.toBeNull()
  })

  test('P6 sessions outlive a rotation of the keys and end with their key', async () => {
    const token = await issue(await person())
    const parts = { database: opened.database, clock: () => now, random: randomBytes }
    expect(await createSessions({ ...parts, keys: [newKey(), ...keys] }).find(token)).not.toBeNull()
    expect(await createSessions({ ...parts, keys: [newKey()] }).find(token)).toBeNull()
  })
})
