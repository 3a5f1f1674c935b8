import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client, Proof } from 'sallyport'
import { createAccounts } from '../accounts/accounts.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { openDatabase } from '../database/open.ts'
import type { OpenDatabase } from '../database/open.ts'
import { testDatabases } from '../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../test/support/console-database.ts'
import { live } from './live.ts'
import type { LiveParts } from './live.ts'
import { createSessions, lifetimes } from './sessions.ts'
import type { Session, Sessions } from './sessions.ts'

const newKey = (): string => randomBytes(32).toString('base64url')
const keys = [newKey()]
const { idleMs, absoluteMs } = lifetimes.browser
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
  function proofOf(accountId: string, at = now, begunAt = at): Proof<'login'> {
    const proved = {
      accountId,
      action: 'login',
      resource: '',
      methods: ['password'],
      amr: ['pwd'],
      at,
      begunAt,
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
    const before = replaces === null ? null : { token: replaces, session: await sessions.find(replaces) }
    const issued = await sessions.issue(proofOf(accountId), client, before, null)
    if (issued === null) throw new Error('no session was issued')
    return issued.token
  }

  async function found(token: string): Promise<Session> {
    const session = await sessions.find(token)
    if (session === null) throw new Error('the token opens nothing')
    return session
  }

  test('a token opens the session it was issued for and nothing else does', async () => {
    const id = await person()
    const token = await issue(id)
    expect((await sessions.find(token))?.account.id).toBe(id)
    const other = token.startsWith('A') ? 'B' : 'A'
    expect(await sessions.find(`${other}${token.slice(1)}`)).toBeNull()
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
    await sessions.issue(proof, client, null, null)
    await expect(sessions.issue(proof, client, null, null)).rejects.toThrow('spent')
  })

  test('SC-02 the browser’s earlier session ends with the new one', async () => {
    const id = await person()
    const first = await issue(id)
    const second = await issue(id, first)
    expect(await sessions.find(first)).toBeNull()
    expect(await sessions.find(second)).not.toBeNull()
  })

  test('AU-01 of two sign-ins that take the place of one session, one has ended it, and one that was over before is ended by none', async () => {
    const id = await person()
    const token = await issue(id)
    const replaces = { token, session: await found(token) }
    const both = await Promise.all([0, 1].map(() => sessions.issue(proofOf(id), client, replaces, null)))
    expect(both.map((issued) => issued?.replaced?.id).filter(Boolean)).toEqual([replaces.session.id])
    const over = await issue(id)
    now += idleMs
    const nothing = { token: over, session: await sessions.find(over) }
    expect(await sessions.issue(proofOf(id), client, nothing, null)).toMatchObject({ replaced: null })
  })

  test('AU-01 however many requests find at once that a rule has ended their session, the log has it once', async () => {
    const session = await found(await issue(await person()))
    const written: unknown[] = []
    const mfa = {
      enforcement: { standing: () => Promise.resolve({ status: 'ended' }) },
      actions: { end: () => Promise.resolve() },
      audit: { record: (entry: unknown) => Promise.resolve(void written.push(entry)) },
    } as unknown as LiveParts['mfa']
    const all = await Promise.all(Array.from({ length: 16 }, () => live({ mfa, sessions }, session, client)))
    expect(new Set(all)).toEqual(new Set([null]))
    expect(await sessions.findById(session.id)).toBeNull()
    const { id, account } = session
    expect(written).toEqual([{ event: 'session.ended', accountId: account.id, detail: { session: id, by: 'rule' } }])
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
    expect(await sessions.issue(late, client, null, null)).toBeNull()
    await sessions.endAll(id, now - 1)
    expect(await sessions.find(rotated)).not.toBeNull()
    expect(await sessions.find(earlier)).toBeNull()
  })

  test('SC-13 a login that began before sessions were ended makes none, however late it is proved', async () => {
    const id = await person()
    const begunAt = now
    now += 60_000
    await sessions.endAll(id, now)
    expect(await sessions.issue(proofOf(id, now + 1, begunAt), client, null, null)).toBeNull()
  })

  test('SC-02 after a rotation the new token opens the same session and the old one nothing', async () => {
    const token = await issue(await person())
    const before = await found(token)
    const rotation = sessions.rotate(before.id)
    expect(await sessions.find(rotation.token)).toBeNull()
    expect(await rotation.apply()).toBe(true)
    expect(await sessions.find(token)).toBeNull()
    expect(await sessions.find(rotation.token)).toEqual({ ...before, id: rotation.id })
  })

  test('of 16 rotations of one session one is applied, and none of a session that has ended', async () => {
    const token = await issue(await person())
    const { id } = await found(token)
    const rotations = Array.from({ length: 16 }, () => sessions.rotate(id))
    const applied = await Promise.all(rotations.map((rotation) => rotation.apply()))
    expect(applied.filter(Boolean)).toHaveLength(1)
    const open = await Promise.all(rotations.map((rotation) => sessions.find(rotation.token)))
    expect(open.map((session) => session !== null)).toEqual(applied)
    const over = await issue(await person())
    const late = sessions.rotate((await found(over)).id)
    await sessions.end(over)
    expect(await late.apply()).toBe(false)
  })

  test('SC-13 ending the others keeps this session under a new token, and no login that began before', async () => {
    const id = await person()
    const [own, other] = [await issue(id), await issue(id)]
    const strangers = await issue(await person())
    const underWay = proofOf(id)
    const session = await found(own)
    const kept = await sessions.endOthers(session, now + 1)
    expect(await sessions.find(own)).toBeNull()
    expect(await sessions.find(other)).toBeNull()
    expect(await sessions.find(kept!.token)).toMatchObject({ id: kept!.id, provedAt: now + 1 })
    expect(await sessions.find(strangers)).not.toBeNull()
    expect(await sessions.issue(underWay, client, null, null)).toBeNull()
    now += 1
    expect(await sessions.find(await issue(id))).not.toBeNull()
    expect(await sessions.find(kept!.token)).not.toBeNull()
  })

  test('of 16 sessions that end each other one stays', async () => {
    const id = await person()
    const all = await Promise.all(Array.from({ length: 16 }, () => issue(id)))
    const open = await Promise.all(all.map(found))
    const kept = (await Promise.all(open.map((session) => sessions.endOthers(session, now + 1)))).filter(
      (rotated) => rotated !== null,
    )
    expect(kept).toHaveLength(1)
    expect(await sessions.find(kept[0]!.token)).not.toBeNull()
    const rows = opened.database.selectFrom('session').select('id_hash').where('account_id', '=', id)
    expect(await rows.execute()).toEqual([{ id_hash: kept[0]!.id }])
  })

  test('a session that was ended ends no others', async () => {
    const id = await person()
    const [first, second] = [await issue(id), await issue(id)]
    const stale = await found(first)
    const kept = await sessions.endOthers(await found(second), now + 1)
    now += 10
    expect(await sessions.endOthers(stale, now + 1)).toBeNull()
    expect(await sessions.find(kept!.token)).not.toBeNull()
  })

  test('FB-17 a disabled account gets no session and the ones it has open nothing', async () => {
    const id = await person()
    const token = await issue(id)
    const pending = proofOf(id)
    await opened.database.updateTable('account').set({ status: 'disabled' }).where('id', '=', id).execute()
    expect(await sessions.find(token)).toBeNull()
    expect(await sessions.issue(pending, client, null, null)).toBeNull()
  })

  test('an account whose address is not confirmed gets no session', async () => {
    const id = await accounts.create({
      email: { address: 'new@example.com', key: 'new@example.com' },
      phone: null,
      passwordHash: 'hash',
    })
    expect(await sessions.issue(proofOf(id), client, null, null)).toBeNull()
  })

  test('sessions that are over are purged in batches, the others stay', async () => {
    const id = await person()
    now += absoluteMs
    await sessions.purge(1_000)
    await Promise.all([1, 2, 3].map(() => issue(id)))
    now += absoluteMs
    const open = await issue(id)
    expect([await sessions.purge(2), await sessions.purge(2), await sessions.purge(2)]).toEqual([2, 1, 0])
    expect(await sessions.find(open)).not.toBeNull()
  })

  test('P6 sessions outlive a rotation of the keys and end with their key', async () => {
    const token = await issue(await person())
    const parts = { database: opened.database, clock: () => now, random: randomBytes }
    expect(await createSessions({ ...parts, keys: [newKey(), ...keys] }).find(token)).not.toBeNull()
    expect(await createSessions({ ...parts, keys: [newKey()] }).find(token)).toBeNull()
  })
})
