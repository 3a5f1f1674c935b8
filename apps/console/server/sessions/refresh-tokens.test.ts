import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client, Proof } from 'sallyport'
import { openDatabase } from '../database/open.ts'
import type { OpenDatabase } from '../database/open.ts'
import { testDatabases } from '../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../test/support/console-database.ts'
import { storedPerson } from '../../../../test/support/people.ts'
import { freshSignInMs } from './own-check.ts'
import { createSessions, lifetimes } from './sessions.ts'
import type { IssuedTokens, Sessions } from './sessions.ts'

const { idleMs, absoluteMs } = lifetimes.tokens
const newKey = (): string => randomBytes(32).toString('base64url')
const keys = [newKey()]
const client: Client = { ip: '192.0.2.1', userAgent: 'test' }
const unknown = { status: 'unknown' }

describe.each(testDatabases)('sessions of tokens on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  let sessions: Sessions
  let now = 1_795_303_885_834

  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
    sessions = createSessions({ database: opened.database, clock: () => now, random: randomBytes, keys })
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })

  /** Only the engine makes real proofs; the sessions see of one what this has. */
  function proofOf(accountId: string, given: object = {}): Proof<'login'> {
    const proved = { accountId, action: 'login', methods: ['password'], amr: ['pwd'], at: now, begunAt: now }
    return { redeem: () => ({ challengeId: null, ...proved, ...given }) } as unknown as Proof<'login'>
  }

  async function issue(accountId?: string, given: object = {}): Promise<IssuedTokens> {
    const id = accountId ?? (await storedPerson(opened.database)).id
    const issued = await sessions.issueTokens(proofOf(id, given), client)
    if (issued === null) throw new Error('no session was issued')
    return issued
  }

  async function refreshed(refreshToken: string): Promise<IssuedTokens> {
    const result = await sessions.refresh(refreshToken)
    if (result.status !== 'refreshed') throw new Error(result.status)
    return result
  }

  async function viaProvider(accountId: string, by: 'oidc' | 'sso', authAt: number | null, given: object = {}) {
    const issued = await sessions.issue(proofOf(accountId, { methods: [by], ...given }), client, null, authAt)
    const session = await sessions.find(issued?.token ?? '')
    if (session === null) throw new Error('no session was issued')
    return session
  }

  const stored = () => opened.database.selectFrom('refresh_token').selectAll().execute()

  test('MB-03 a refresh token is good once, and brings the next one of the same session', async () => {
    const first = await issue(undefined, { amr: ['pwd', 'otp', 'mfa'], challengeId: 'passed' })
    now += 60_000
    const second = await refreshed(first.refreshToken)
    expect(second.refreshToken).not.toBe(first.refreshToken)
    expect(second.session).toEqual(first.session)
    expect(await refreshed(second.refreshToken)).toMatchObject({ session: first.session })
  })

  test('MB-03 the use of one that was used ends the session, for whoever holds the newest', async () => {
    const first = await issue()
    const second = await refreshed(first.refreshToken)
    const { id, account } = first.session
    const reused = { status: 'reused', accountId: account.id, sessionId: id }
    expect(await sessions.refresh(first.refreshToken)).toEqual(reused)
    expect(await sessions.refresh(second.refreshToken)).toEqual(unknown)
    expect(await sessions.refresh(first.refreshToken)).toEqual(unknown)
    expect(await sessions.findById(id)).toBeNull()
  })

  test('of 16 that use one token at once one refreshes, the next ends the session, and no later one does anything', async () => {
    const bystander = await issue()
    const { refreshToken, session } = await issue()
    const all = await Promise.all(Array.from({ length: 16 }, () => sessions.refresh(refreshToken)))
    const count = (status: string): number => all.filter((each) => each.status === status).length
    // The one that refreshed may find its session ended before it has read it.
    expect(count('refreshed')).toBeLessThanOrEqual(1)
    expect(count('reused')).toBe(1)
    expect(await sessions.findById(session.id)).toBeNull()
    expect(await sessions.findById(bystander.session.id)).not.toBeNull()
  })

  test('SC-15 the database holds no token', async () => {
    const first = await issue()
    const second = await refreshed(first.refreshToken)
    const text = JSON.stringify([await stored(), await opened.database.selectFrom('session').selectAll().execute()])
    for (const { refreshToken } of [first, second]) expect(text).not.toContain(refreshToken)
    for (const { token_hash: hash } of await stored()) expect(await sessions.refresh(hash)).toEqual(unknown)
  })

  test.each(['', 'x', "' or 1=1 --", 'A'.repeat(43), 'A'.repeat(10_000)])('%j refreshes nothing', async (text) => {
    expect(await sessions.refresh(text)).toEqual(unknown)
    expect(await sessions.endByRefreshToken(text)).toBeNull()
  })

  test('a session that nobody uses is over after a week, and every one after thirty days', async () => {
    const idle = await issue()
    now += idleMs
    expect(await sessions.findById(idle.session.id)).toBeNull()
    expect(await sessions.refresh(idle.refreshToken)).toEqual(unknown)
    const begun = now
    let used = await issue()
    for (now += idleMs - 1; now < begun + absoluteMs; now += idleMs - 1) used = await refreshed(used.refreshToken)
    now = begun + absoluteMs
    expect(await sessions.refresh(used.refreshToken)).toEqual(unknown)
    expect(await sessions.findById(used.session.id)).toBeNull()
  })

  test('a used token is remembered for a week, and then it is one that never was', async () => {
    const first = await issue()
    let last = await refreshed(first.refreshToken)
    now += idleMs / 2
    last = await refreshed(last.refreshToken)
    now += idleMs / 2 + 1
    last = await refreshed(last.refreshToken)
    expect(await sessions.refresh(first.refreshToken)).toEqual(unknown)
    expect(await sessions.findById(last.session.id)).not.toBeNull()
    const ofIt = (await stored()).filter((row) => row.session_id === last.session.id)
    expect(ofIt).toHaveLength(3)
  })

  test('SC-02 after a rotation the session has another id, and the refresh token is still good', async () => {
    const first = await issue()
    const rotation = sessions.rotate(first.session.id)
    expect(await rotation.apply()).toBe(true)
    expect(await sessions.findById(first.session.id)).toBeNull()
    // What would be the cookie of a browser opens nothing here.
    expect(await sessions.find(rotation.token)).toBeNull()
    expect((await refreshed(first.refreshToken)).session).toEqual({ ...first.session, id: rotation.id })
  })

  test('a rotation at the same moment does not cost the app its session', async () => {
    let { session, refreshToken } = await issue()
    for (let round = 0; round < 16; round += 1) {
      const [, next] = await Promise.all([sessions.rotate(session.id).apply(), sessions.refresh(refreshToken)])
      expect(next.status).toBe('refreshed')
      if (next.status === 'refreshed') ({ session, refreshToken } = await refreshed(next.refreshToken))
    }
    expect(await sessions.findById(session.id)).toEqual(session)
  })

  test('EN-01 SC-13 what ends sessions ends those of tokens: all, the others, one, and those of a disabled account', async () => {
    const person = await storedPerson(opened.database)
    const [own, other] = [await issue(person.id), await issue(person.id)]
    const browser = await sessions.issue(proofOf(person.id), client, null, null)
    const kept = await sessions.endOthers(own.session, now + 1)
    expect(await sessions.findById(kept?.id ?? '')).not.toBeNull()
    expect(await sessions.refresh(other.refreshToken)).toEqual(unknown)
    expect(await sessions.find(browser?.token ?? '')).toBeNull()
    now += 10
    await sessions.endAll(person.id, now)
    expect(await sessions.refresh(own.refreshToken)).toEqual(unknown)

    const third = await issue(person.id)
    expect(await sessions.endByRefreshToken(third.refreshToken)).toEqual({ id: third.session.id, accountId: person.id })
    expect(await sessions.endByRefreshToken(third.refreshToken)).toBeNull()

    const fourth = await issue(person.id)
    await opened.database.updateTable('account').set({ status: 'disabled' }).where('id', '=', person.id).execute()
    expect(await sessions.findById(fourth.session.id)).toBeNull()
    expect(await sessions.refresh(fourth.refreshToken)).toEqual(unknown)
    expect(await sessions.issueTokens(proofOf(person.id), client)).toBeNull()
  })

  test('a proof from before sessions were ended makes none', async () => {
    const person = await storedPerson(opened.database)
    const late = proofOf(person.id)
    await sessions.endAll(person.id, now + 1)
    expect(await sessions.issueTokens(late, client)).toBeNull()
    expect((await stored()).filter(({ session_id: id }) => id === '')).toEqual([])
  })

  test('its refresh tokens go with the session, also when that is purged', async () => {
    const { session } = await issue()
    now += absoluteMs
    await sessions.purge(1_000)
    expect((await stored()).filter((row) => row.session_id === session.id)).toEqual([])
  })

  test('neither kind of session is taken for the other', async () => {
    const person = await storedPerson(opened.database)
    const { token: cookie = '' } = (await sessions.issue(proofOf(person.id), client, null, null)) ?? {}
    const tokens = await issue(person.id)
    expect(await sessions.find(tokens.refreshToken)).toBeNull()
    expect(await sessions.refresh(cookie)).toEqual(unknown)
    expect((await sessions.find(cookie))?.kind).toBe('browser')
    expect((await sessions.findById(tokens.session.id))?.kind).toBe('tokens')
  })

  test('P6 refresh tokens outlive a rotation of the keys and end with their key', async () => {
    const { refreshToken } = await issue()
    const parts = { database: opened.database, clock: () => now, random: randomBytes }
    expect(await createSessions({ ...parts, keys: [newKey()] }).refresh(refreshToken)).toEqual(unknown)
    expect((await createSessions({ ...parts, keys: [newKey(), ...keys] }).refresh(refreshToken)).status).toBe(
      'refreshed',
    )
  })

  test.each([
    ['password', ['password', 'totp']],
    ['oidc', ['oidc']],
    ['sso', ['sso']],
    ['passkey', ['security_key']],
  ])('a first factor by %s is remembered as that', async (firstFactor, methods) => {
    expect((await issue(undefined, { methods })).session.firstFactor).toBe(firstFactor)
  })

  test('what no first factor was proved for makes no session', async () => {
    const { id } = await storedPerson(opened.database)
    for (const methods of [[], ['totp'], ['email']]) {
      await expect(sessions.issueTokens(proofOf(id, { methods }), client)).rejects.toThrow()
    }
  })

  test('E5 turning MFA on leaves how and when the person signed in as it was, and adds the second factor', async () => {
    const person = await storedPerson(opened.database)
    const login = proofOf(person.id, { methods: ['oidc'], amr: ['fed'] })
    const { token = '' } = (await sessions.issue(login, client, null, now - 1000)) ?? {}
    const session = await sessions.find(token)
    now += 60_000
    const enabled = { action: 'mfa.enable', methods: ['totp'], amr: ['otp'], challengeId: 'passed' }
    const next = await sessions.issue(proofOf(person.id, enabled), client, { token, session }, null)
    expect(await sessions.find(next?.token ?? '')).toMatchObject({
      firstFactor: 'oidc',
      authAt: session?.authAt,
      amr: ['fed', 'otp'],
      challengeId: 'passed',
    })
    const stranger = await storedPerson(opened.database)
    const others = await sessions.issue(proofOf(stranger.id, enabled), client, { token, session }, null)
    expect(await sessions.find(others?.token ?? '')).toMatchObject({
      firstFactor: 'password',
      authAt: now,
      amr: ['otp'],
    })
  })

  test('whoever has no password, or is signed in by their organisation, shows who they are by having signed in just now', async () => {
    const none = await storedPerson(opened.database, { password_hash: '' })
    const managed = await storedPerson(opened.database)
    const fresh = [await viaProvider(none.id, 'oidc', now), await viaProvider(managed.id, 'sso', now)]
    const byPassword = (await issue(managed.id)).session
    now += freshSignInMs
    for (const session of fresh) expect(await sessions.ownCheck(session)).toBe(true)
    now += 1
    for (const session of fresh) expect(await sessions.ownCheck(session)).toBe(false)
    expect(await sessions.ownCheck(byPassword)).toBe(false)
    const kept = await sessions.rotateChecked(byPassword.id)
    const checked = { ...byPassword, id: kept?.id ?? '' }
    expect([await sessions.ownCheck(checked), await sessions.ownCheck(checked)]).toEqual([true, false])
  })

  test.each(['oidc', 'sso'] as const)(
    'how long ago someone signed in by %s is what the provider says, and without a word of it never just now',
    async (by) => {
      const { id } = await storedPerson(opened.database, { password_hash: '' })
      const old = await viaProvider(id, by, now - freshSignInMs - 1)
      const silent = await viaProvider(id, by, null)
      expect([old.authAt, silent.authAt]).toEqual([now - freshSignInMs - 1, 0])
      expect([await sessions.ownCheck(old), await sessions.ownCheck(silent)]).toEqual([false, false])
      // Not even where the clock has only begun.
      const early = createSessions({ database: opened.database, clock: () => 1, random: randomBytes, keys })
      expect(await early.ownCheck(silent)).toBe(false)
      const answered = await viaProvider(id, by, null, { methods: [by, 'totp'], challengeId: 'passed' })
      expect(answered.authAt).toBe(now)
      const app = await issue(id, { methods: [by] })
      expect(await sessions.ownCheck(app.session)).toBe(false)
    },
  )

  test('no word of a provider changes when someone signed in by the password', async () => {
    const { id } = await storedPerson(opened.database)
    for (const said of [null, now - 60_000]) {
      const issued = await sessions.issue(proofOf(id), client, null, said)
      expect((await sessions.find(issued?.token ?? ''))?.authAt).toBe(now)
    }
  })
})
