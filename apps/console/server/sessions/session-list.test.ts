import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Proof } from 'sallyport'
import { openDatabase } from '../database/open.ts'
import type { OpenDatabase } from '../database/open.ts'
import { testDatabases } from '../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../test/support/console-database.ts'
import { storedPerson } from '../../../../test/support/people.ts'
import { createSessionList } from './session-list.ts'
import type { SessionList } from './session-list.ts'
import { createSessions, lifetimes } from './sessions.ts'
import type { Session, Sessions } from './sessions.ts'

const keys = [randomBytes(32).toString('base64url')]
const client = { ip: '192.0.2.1', userAgent: 'Visitor/1.0' }

describe.each(testDatabases)('the list of sessions on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  let sessions: Sessions
  let list: SessionList
  let now = 1_795_303_885_834

  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
    const parts = { database: opened.database, clock: () => now, random: randomBytes }
    sessions = createSessions({ ...parts, keys })
    list = createSessionList(parts)
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })

  const account = async (): Promise<string> => (await storedPerson(opened.database)).id

  /** Only the engine makes real proofs; the sessions see of one what this has. */
  function proofOf(accountId: string, given: object = {}): Proof<'login'> {
    const proved = { accountId, action: 'login', methods: ['password'], amr: ['pwd'], at: now, begunAt: now }
    return { redeem: () => ({ challengeId: null, ...proved, ...given }) } as unknown as Proof<'login'>
  }

  async function browser(accountId: string, given: object = {}): Promise<Session> {
    const issued = await sessions.issue(proofOf(accountId, given), client, null, null)
    const session = await sessions.find(issued?.token ?? '')
    if (session === null) throw new Error('no session was issued')
    return session
  }

  async function app(accountId: string): Promise<{ readonly id: string; readonly refreshToken: string }> {
    const issued = await sessions.issueTokens(proofOf(accountId), client)
    if (issued === null) throw new Error('no session was issued')
    return { id: issued.session.id, refreshToken: issued.refreshToken }
  }

  const ids = async (accountId: string): Promise<readonly string[]> => (await list.all(accountId)).map(({ id }) => id)

  test('SC-10 has every session of the account, the newest first, and nobody else’s', async () => {
    const [mine, theirs] = [await account(), await account()]
    const first = await browser(mine)
    now += 1000
    await browser(theirs)
    const second = await app(mine)
    now += 1000
    expect(await list.all(mine)).toEqual([
      {
        id: second.id,
        kind: 'tokens',
        ...client,
        signedInAt: now - 1000,
        lastSeenAt: now - 1000,
        secondFactor: false,
      },
      {
        id: first.id,
        kind: 'browser',
        ...client,
        signedInAt: now - 2000,
        lastSeenAt: now - 2000,
        secondFactor: false,
      },
    ])
  })

  test('says truly whether a second factor was answered: not where a trusted browser was spared it', async () => {
    for (const [given, secondFactor] of [
      [{ amr: ['pwd'] }, false],
      [{ amr: ['pwd', 'otp', 'mfa'], challengeId: 'passed' }, true],
      // A login from a trusted browser names the challenge in which it was trusted.
      [{ amr: ['pwd'], challengeId: 'passed long ago' }, false],
      [{ methods: ['oidc'], amr: [], challengeId: 'passed long ago' }, false],
      [{ methods: ['oidc', 'totp'], amr: ['otp'], challengeId: 'passed' }, true],
      // What an organisation has asked for is not known here.
      [{ methods: ['sso'], amr: ['otp', 'mfa'] }, false],
    ] as const) {
      const id = await account()
      await browser(id, given)
      expect([given, (await list.all(id)).map((each) => each.secondFactor)]).toEqual([given, [secondFactor]])
    }
  })

  test('SC-17 has those that open something at this moment, and no other', async () => {
    const id = await account()
    const before = await browser(id)
    now += 1
    await sessions.endAll(id, now)
    const [idle, used, phone] = [await browser(id), await browser(id), await app(id)]
    now += lifetimes.browser.idleMs - 60_000
    await sessions.findById(used.id)
    const agree = async (): Promise<readonly string[]> => {
      const listed = await ids(id)
      for (const each of [before.id, idle.id, used.id, phone.id])
        expect(listed.includes(each)).toBe((await list.find(id, each)) !== null)
      return listed
    }
    expect(new Set(await agree())).toEqual(new Set([idle.id, used.id, phone.id]))
    now += 60_000
    expect(new Set(await agree())).toEqual(new Set([used.id, phone.id]))
    now += lifetimes.browser.idleMs
    expect(await agree()).toEqual([phone.id])
    await opened.database.updateTable('account').set({ status: 'disabled' }).where('id', '=', id).execute()
    expect(await agree()).toEqual([])
  })

  test('XA-06 finds and ends one of the account, once, and of no other account', async () => {
    const [mine, theirs] = [await account(), await account()]
    const [session, other] = [await browser(mine), await browser(theirs)]
    expect(await list.find(theirs, session.id)).toBeNull()
    expect(await list.end(theirs, session.id)).toBe(false)
    expect(await sessions.findById(session.id)).not.toBeNull()
    expect([await list.end(mine, session.id), await list.end(mine, session.id)]).toEqual([true, false])
    expect(await list.find(mine, session.id)).toBeNull()
    expect(await sessions.findById(session.id)).toBeNull()
    expect(await sessions.findById(other.id)).not.toBeNull()
  })

  test('an app’s session takes its refresh tokens with it', async () => {
    const id = await account()
    const { id: session, refreshToken } = await app(id)
    expect(await list.end(id, session)).toBe(true)
    expect(await sessions.refresh(refreshToken)).toEqual({ status: 'unknown' })
  })

  test('shows a hundred at most, and those the newest', async () => {
    const id = await account()
    const oldest = await browser(id)
    now += 1
    for (let count = 0; count < 100; count += 1) await sessions.issue(proofOf(id), client, null, null)
    const shown = await ids(id)
    expect(shown).toHaveLength(100)
    expect(shown).not.toContain(oldest.id)
  })
})
