import type { AuditEvent, FirstFactor } from 'sallyport'
import { expect, test } from 'vitest'
import {
  ada,
  answerStepUp,
  challenged,
  client,
  library,
  session,
  setUp,
  signIn,
} from '../../../../test/support/library.ts'

const begin = (
  running: Awaited<ReturnType<typeof library>>,
  pending: { id: string; binding: string },
  accountId = ada.id,
) => running.mfa.signIn.begin({ accountId, evidence: ['password'], pending }, client)

test('a browser that signs in again takes up its open challenge: the code sent is still good, tries used stay used', async () => {
  const running = await library()
  const email = await setUp(running, 'email')
  const first = await signIn(running)
  const code = email.answer()
  await running.mfa.challenges.answer(
    first.key,
    'login',
    { enrollmentId: email.enrollmentId, answer: '000000' },
    client,
  )
  running.clock.advance(10_000)
  const again = await begin(running, first.key)
  expect(again).toMatchObject({
    status: 'challenge',
    key: first.key,
    challenge: { attemptsLeft: 4, code: { delivered: true }, refused: null },
  })
  const result = await running.mfa.challenges.answer(
    first.key,
    'login',
    { enrollmentId: email.enrollmentId, answer: code },
    client,
  )
  expect(result.ok).toBe(true)
})

test('a code that has expired meanwhile is sent anew', async () => {
  const running = await library()
  await setUp(running, 'email')
  const first = await signIn(running)
  running.clock.advance(301_000)
  const sent = running.emails.codeTo('ada@example.com')
  expect(await begin(running, first.key)).toMatchObject({ key: first.key, challenge: { code: { delivered: true } } })
  expect(running.emails.codeTo('ada@example.com')).not.toBe(sent)
})

test('another account’s, another browser’s, a closed or an expired challenge is not taken up', async () => {
  const running = await library()
  const app = await setUp(running, 'totp')
  const { key } = await signIn(running)
  expect((await begin(running, key, 'eve')).status).toBe('clear')
  for (const pending of [
    { ...key, binding: 'guessed' },
    { ...key, id: 'none' },
  ]) {
    const other = await begin(running, pending)
    expect(other.status === 'challenge' && other.key.id).not.toBe(pending.id)
  }
  const resource = { method: app.enrollmentId }
  const removing = await running.mfa.actions.require(
    'mfa.method.remove',
    { accountId: ada.id, session, resource },
    client,
  )
  const removal = await begin(running, { id: (await challenged(removing)).id, binding: session.id })
  expect(removal.status === 'challenge' && removal.challenge.action).toBe('login')
  running.clock.advance(600_000)
  const late = await begin(running, key)
  expect(late.status === 'challenge' && late.key.id).not.toBe(key.id)
})

test('so near its end that a code would die before it is read, a challenge is not taken up', async () => {
  const running = await library()
  await setUp(running, 'email')
  const { key } = await signIn(running)
  running.clock.advance(599_000)
  const late = await begin(running, key)
  expect(late).toMatchObject({
    status: 'challenge',
    challenge: { code: { delivered: true, expiresAt: running.clock() + 300_000 } },
  })
  expect(late.status === 'challenge' && late.key.id).not.toBe(key.id)
})

test('once MFA is off, a pending login is not taken up; once a method is gone, its code is not asked for', async () => {
  const running = await library()
  const email = await setUp(running, 'email')
  const app = await setUp(running, 'totp')
  const { key } = await signIn(running)
  const remove = async (enrollmentId: string): Promise<void> => {
    const asked = { accountId: ada.id, session, resource: { method: enrollmentId } }
    const challenge = await challenged(await running.mfa.actions.require('mfa.method.remove', asked, client))
    await answerStepUp(running, challenge, app.enrollmentId)
    const presented = { ...asked, challengeId: challenge.id }
    const step = await running.mfa.actions.require('mfa.method.remove', presented, client)
    if (step.status !== 'granted') throw new Error(step.status)
    await running.mfa.enrollments.remove(step.grant, client)
    running.clock.advance(30_000)
  }
  await remove(email.enrollmentId)
  expect(await begin(running, key)).toMatchObject({ key, challenge: { active: app.enrollmentId, code: null } })
  await remove(app.enrollmentId)
  expect((await begin(running, key)).status).toBe('clear')
})

const entries = (running: Awaited<ReturnType<typeof library>>, ...events: readonly AuditEvent[]) =>
  running
    .audit(...events)
    .map(({ event, outcome, account_id: account, action, detail }) => [event, outcome, account, action, detail])

test('an account without MFA is let through at once, with a proof of what the host has checked', async () => {
  const running = await library()
  const now = running.clock()
  for (const [at, begunAt] of [
    [now - 5, now - 5],
    [now + 5, now],
    [undefined, now],
  ] as const) {
    const asked = { accountId: ada.id, evidence: ['password'] as const, amr: ['face', 'no such word'] }
    const step = await running.mfa.signIn.begin({ ...asked, ...(at === undefined ? {} : { at }) }, client)
    if (step.status !== 'clear') throw new Error(step.status)
    expect(step.browser).toBeNull()
    expect(step.proof.redeem('login')).toEqual({
      accountId: 'ada',
      action: 'login',
      resource: '',
      challengeId: null,
      replaces: false,
      methods: ['password'],
      amr: ['pwd', 'face'],
      at: begunAt,
      begunAt,
      reason: 'mfa_off',
    })
  }
  const passed = ['sign_in.not_required', 'ok', 'ada', null, '{}']
  expect(entries(running)).toEqual([passed, passed, passed])
})

test('what signs in elsewhere is refused with what it came with, and what does sign in is told apart', async () => {
  let managed = true
  const running = await library({
    accounts: {
      find: () => Promise.resolve(ada),
      endSessions: () => Promise.resolve(),
      rules: () => Promise.resolve({ managed, privileged: false, mandates: [] }),
    },
  })
  const status = async (...evidence: readonly [FirstFactor, ...FirstFactor[]]) =>
    (await running.mfa.signIn.begin({ accountId: ada.id, evidence }, client)).status
  expect([await status('password', 'oidc'), await status('sso')]).toEqual(['elsewhere', 'clear'])
  managed = false
  expect([await status('sso'), await status('oidc')]).toEqual(['elsewhere', 'clear'])
  expect(entries(running)).toEqual([
    ['sign_in.elsewhere', 'refused', 'ada', null, '{"evidence":"password oidc"}'],
    ['sign_in.not_required', 'ok', 'ada', null, '{"reason":"sso"}'],
    ['sign_in.elsewhere', 'refused', 'ada', null, '{"evidence":"sso"}'],
    ['sign_in.not_required', 'ok', 'ada', null, '{}'],
  ])
})

test('each login that is opened or taken up stands in the audit log, and one that is taken up keeps its evidence', async () => {
  const running = await library()
  const app = await setUp(running, 'totp')
  const before = running.audit().length
  const { key } = await signIn(running)
  const step = await running.mfa.signIn.begin({ accountId: ada.id, evidence: ['oidc'], pending: key }, client)
  expect(step).toMatchObject({ status: 'challenge', key, browser: null, challenge: { trustSeconds: null } })
  expect(entries(running).slice(before)).toEqual([
    ['challenge.opened', 'ok', 'ada', 'login', '{}'],
    ['challenge.resumed', 'ok', 'ada', 'login', '{}'],
  ])
  const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
  const answered = await running.mfa.challenges.answer(key, 'login', typed, client)
  expect(answered.ok && answered.proof.redeem('login').methods).toEqual(['password', 'totp'])
})

test('a challenge is taken up while there is time for another code, or one is still good', async () => {
  for (const [leftMs, sentLater, takenUp] of [
    [60_000, 0, true],
    [59_999, 0, false],
    [59_999, 300_000, true],
  ] as const) {
    const running = await library()
    const email = await setUp(running, 'email')
    running.clock.advance(3_600_000)
    const { key } = await signIn(running)
    running.clock.advance(sentLater)
    if (sentLater > 0) await running.mfa.challenges.prompt(key, email.enrollmentId, client)
    running.clock.advance(600_000 - leftMs - sentLater)
    const step = await begin(running, key)
    expect([leftMs, step.status === 'challenge' && step.key.id === key.id]).toEqual([leftMs, takenUp])
  }
})
