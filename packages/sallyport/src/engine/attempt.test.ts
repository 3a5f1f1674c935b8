import { describe, expect, test } from 'vitest'
import type { NoticeKind, Store } from 'sallyport'
import {
  ada,
  allowed,
  challenged,
  client,
  library,
  type Library,
  session,
  setUp,
  signIn,
} from '../../../../test/support/library.ts'

/** The library, and the kinds of all notices that its owner was told by e-mail. */
async function watched(options: Parameters<typeof library>[0] = {}) {
  const told: NoticeKind[] = []
  const around = (store: Store): Partial<Store> => ({
    async leaseNotices(input) {
      const leased = await store.leaseNotices(input)
      told.push(...leased.flatMap(({ channel, kind }) => (channel === 'email' ? kind : [])))
      return leased
    },
  })
  const running = await library({ around, ...options })
  const tellings = async (): Promise<readonly NoticeKind[]> => {
    await running.mfa.notices.deliver()
    return told.splice(0)
  }
  return { running, tellings }
}

/** An address of its own for each, so that no network is in the way. */
let addresses = 0
const from = () => ({ ...client, ip: `2001:db8:${(addresses += 1).toString(16)}::1` })

const wrongCode = '000000'
/** Answers a login of ada’s, begun for it, wrongly; by whatever is asked for or by the named method. */
async function wrong(running: Library, enrollmentId?: string) {
  const { key, challenge } = await signIn(running)
  const typed = { enrollmentId: enrollmentId ?? challenge.active ?? '', answer: wrongCode }
  return await running.mfa.challenges.answer(key, 'login', typed, from())
}

async function right(running: Library, { enrollmentId, answer }: { enrollmentId: string; answer: () => string }) {
  const { key } = await signIn(running)
  return await running.mfa.challenges.answer(key, 'login', { enrollmentId, answer: answer() }, from())
}

describe('a right password that was followed by a wrong code', () => {
  test('N4 · is told to the owner, at most once in an hour, and not where a lock is told of', async () => {
    const { running, tellings } = await watched()
    const app = await setUp(running, 'totp')
    await tellings()
    await wrong(running)
    expect(await tellings()).toEqual(['sign_in.wrong_code'])
    for (let again = 2; again <= 9; again += 1) await wrong(running)
    expect(await tellings()).toEqual([])
    running.clock.advance(3_600_000)
    expect(await wrong(running)).toMatchObject({ reason: 'locked' })
    expect(await tellings()).toEqual(['account.locked'])
    running.clock.advance(900_000)
    await wrong(running)
    expect(await tellings()).toEqual(['sign_in.wrong_code'])
    running.clock.advance(3_599_999)
    expect(await right(running, app)).toMatchObject({ ok: true })
    await wrong(running)
    expect(await tellings()).toEqual([])
    running.clock.advance(1)
    await wrong(running)
    expect(await tellings()).toEqual(['sign_in.wrong_code'])
  })

  test('N4 · is none where it is mistyped in a session, or is of no form that a code has', async () => {
    const { running, tellings } = await watched()
    const app = await setUp(running, 'totp')
    await tellings()
    const asked = { accountId: ada.id, session, resource: {} }
    const challenge = await challenged(await running.mfa.actions.require('mfa.disable', asked, client))
    const typed = { enrollmentId: app.enrollmentId, answer: wrongCode }
    const key = { id: challenge.id, binding: session.id }
    expect(await running.mfa.actions.answer(key, typed, session.id, client)).toMatchObject({ reason: 'wrong' })
    const login = await signIn(running)
    const malformed = { enrollmentId: app.enrollmentId, answer: 'no code' }
    expect(await running.mfa.challenges.answer(login.key, 'login', malformed, client)).toMatchObject({
      reason: 'malformed',
    })
    expect(await tellings()).toEqual([])
  })
})

/** Has so many wrong answers given by one method that it is switched off; the lock is waited for each time. */
async function switchOff(running: Library, enrollmentId: string): Promise<void> {
  for (let answered = 0; answered < 100;) {
    const outcome = await wrong(running, enrollmentId)
    if (outcome.ok) throw new Error('that was right')
    answered += 1
    if (outcome.reason === 'locked') running.clock.advance(outcome.retryAt - running.clock())
  }
}

describe('a method that got 100 wrong answers in a row', () => {
  test('BF-16 · is switched off until it is set up anew; the owner is told, once, and nothing else changes', async () => {
    const { running, tellings } = await watched()
    const app = await setUp(running, 'totp')
    const mail = await setUp(running, 'email')
    await tellings()
    await switchOff(running, app.enrollmentId)
    const told = await tellings()
    expect(told.filter((kind) => kind === 'method.disabled')).toHaveLength(1)
    expect(told.filter((kind) => kind === 'account.locked')).toHaveLength(10)
    expect(running.audit('method.disabled')).toMatchObject([
      { outcome: 'refused', enrollment_id: app.enrollmentId, method: 'totp', detail: '{"name":"Authenticator app"}' },
    ])
    const { methods, enabledAt } = await running.mfa.enrollments.list(ada.id)
    expect(methods.map(({ method, disabled }) => [method, disabled])).toEqual([
      ['totp', true],
      ['email', false],
      ['recovery_code', false],
    ])
    expect(enabledAt).not.toBeNull()
    const { key, challenge } = await signIn(running)
    expect(challenge.methods.map(({ method }) => method)).toEqual(['email', 'recovery_code'])
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    expect(await running.mfa.challenges.answer(key, 'login', typed, from())).toEqual({
      ok: false,
      reason: 'not_allowed',
    })
    expect(await running.mfa.challenges.prompt(key, app.enrollmentId, from())).toMatchObject({ reason: 'not_allowed' })
    const other = { enrollmentId: mail.enrollmentId, answer: mail.answer() }
    expect(await running.mfa.challenges.answer(key, 'login', other, from())).toMatchObject({ ok: true })
  })

  test('BF-16 · was right in between, and stays on', async () => {
    const { running } = await watched({ limits: { triesPerMethod: 10, triesPerAccount: 50 } })
    const app = await setUp(running, 'totp')
    for (let round = 0; round < 3; round += 1) {
      for (let again = 1; again <= 9; again += 1) await wrong(running)
      expect(await right(running, app)).toMatchObject({ ok: true })
      running.clock.advance(30_000)
    }
    expect(running.audit('method.disabled')).toEqual([])
  })

  test('S7 · still takes as much to be rid of: whoever has a weaker one gains nothing by being wrong about it', async () => {
    const { running } = await watched({ limits: { triesPerMethod: 10, triesPerAccount: 50 } })
    const app = await setUp(running, 'totp')
    const mail = await setUp(running, 'email')
    for (let again = 1; again <= 10; again += 1) await wrong(running, app.enrollmentId)
    expect(running.audit('method.disabled')).toHaveLength(1)
    expect(await right(running, mail)).toMatchObject({ ok: true })
    const asked = { accountId: ada.id, session }
    const { require } = running.mfa.actions
    const removing = { ...asked, resource: { method: app.enrollmentId } }
    expect(await require('mfa.method.remove', removing, client)).toEqual({ status: 'too_weak' })
    expect(await require('mfa.disable', { ...asked, resource: {} }, client)).toEqual({ status: 'too_weak' })
    expect(await require('recovery_codes.renew', { ...asked, resource: {} }, client)).toEqual({ status: 'too_weak' })
    const adding = await challenged(await require('mfa.method.add', { ...asked, resource: { method: 'totp' } }, client))
    expect(adding.methods.map(({ method }) => method)).toEqual(['recovery_code'])
  })

  test('M10 · is still what a mandate holds the account to: a weaker one does not sign in because of it', async () => {
    const mandates = [{ because: 'you are an owner', from: 0, atLeast: 'totp' }]
    const { running } = await watched({
      limits: { triesPerMethod: 10, triesPerAccount: 50 },
      accounts: {
        find: (id) => Promise.resolve(id === ada.id ? ada : null),
        endSessions: () => Promise.resolve(),
        rules: () => Promise.resolve({ managed: false, privileged: true, mandates }),
      },
    })
    const app = await setUp(running, 'totp')
    await setUp(running, 'email')
    for (let again = 1; again <= 10; again += 1) await wrong(running, app.enrollmentId)
    expect((await signIn(running)).challenge.methods.map(({ method }) => method)).toEqual(['recovery_code'])
    const standing = { accountId: ada.id, session: { challengeId: 'challenge', sso: false } }
    expect(await running.mfa.enforcement.standing(standing)).toMatchObject({ status: 'required', atLeast: 'totp' })
  })

  test('R1 · is got back with a recovery code: another is added, and a day later takes it away', async () => {
    const { running } = await watched({ limits: { triesPerMethod: 10, triesPerAccount: 50 } })
    const app = await setUp(running, 'totp')
    const codes = [...(app.enabled?.recoveryCodes ?? [])]
    for (let again = 1; again <= 10; again += 1) await wrong(running, app.enrollmentId)
    const [backup] = (await signIn(running)).challenge.methods
    running.answers.set(backup?.enrollmentId ?? '', () => codes.shift() ?? '')
    const anew = await setUp(running, 'totp')
    running.clock.advance(86_400_000)
    const grant = await allowed(running, (presented) =>
      running.mfa.actions.require(
        'mfa.method.remove',
        { ...presented, resource: { method: app.enrollmentId } },
        client,
      ),
    )
    expect(await running.mfa.enrollments.remove(grant, client)).toBe('removed')
    const { methods } = await running.mfa.enrollments.list(ada.id)
    expect(methods.map(({ enrollmentId, disabled }) => [enrollmentId, disabled])).toEqual([
      [anew.enrollmentId, false],
      [backup?.enrollmentId, false],
    ])
  })
})

describe('an answer from a network that has been wrong too often', () => {
  test('BF-09 · one code over many accounts from one address is stopped, and no account pays for it', async () => {
    const running = await library({ limits: { triesPerNetwork: 5 } })
    const app = await setUp(running, 'totp')
    for (let stranger = 1; stranger <= 5; stranger += 1) {
      await running.mfa.network.guess(`stranger ${stranger}`, () => Promise.resolve(false), client)
    }
    const { key } = await signIn(running)
    const answer = (typed: string) =>
      running.mfa.challenges.answer(key, 'login', { enrollmentId: app.enrollmentId, answer: typed }, client)
    const limited = { ok: false, reason: 'limited', retryAt: running.clock() + 60_000 }
    for (let again = 1; again <= 20; again += 1) expect(await answer(wrongCode)).toEqual(limited)
    expect(await answer(app.answer())).toEqual(limited)
    const { account, enrollments } = await running.store.readAccount(ada.id)
    expect([account.failures, account.lockedUntil, enrollments[0]?.disabled]).toEqual([0, 0, false])
    expect(running.audit('attempt.refused')).toEqual([])
    running.clock.advance(60_000)
    expect(await answer(app.answer())).toMatchObject({ ok: true })
  })
})
