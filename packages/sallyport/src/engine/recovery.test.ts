import { describe, expect, test } from 'vitest'
import {
  ada,
  allowed,
  client,
  library,
  type Library,
  session,
  setUp,
  signIn,
} from '../../../../test/support/library.ts'

const stored = () => Promise.resolve(true)
const methodsOf = async (running: Library) => (await signIn(running)).challenge.methods.map(({ method }) => method)

describe('a password that was reset by e-mail', () => {
  test('L5 · RV-08 · lets no e-mailed code alone complete a login while there is another method', async () => {
    const running = await library()
    const mail = await setUp(running, 'email')
    const app = await setUp(running, 'totp')
    expect(await running.mfa.recovery.passwordReset(ada, stored, client)).toBe(true)
    running.clock.advance(1)
    const { key, challenge } = await signIn(running)
    expect(challenge.methods.map(({ method }) => method)).toEqual(['totp', 'recovery_code'])
    expect(challenge.repeats).toEqual(['email'])
    running.clock.advance(240_000)
    const prompted = await running.mfa.challenges.prompt(key, mail.enrollmentId, client)
    expect(prompted).toMatchObject({ ok: false, reason: 'not_allowed' })
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    const answered = await running.mfa.challenges.answer(key, 'login', typed, client)
    if (!answered.ok) throw new Error(answered.reason)
    expect(answered.proof.redeem('login').methods).toEqual(['password', 'email', 'totp'])
    expect(await methodsOf(running)).toEqual(['email', 'totp', 'recovery_code'])
  })

  test('L5 · asks for a recovery code where that is the only other method, and for e-mail when none is left', async () => {
    const running = await library()
    const { enabled } = await setUp(running, 'email')
    const codes = enabled?.recoveryCodes ?? []
    for (const [index, answer] of codes.entries()) {
      await running.mfa.recovery.passwordReset(ada, stored, client)
      const { key, challenge } = await signIn(running)
      expect(challenge.methods.map(({ method }) => method)).toEqual(['recovery_code'])
      const enrollmentId = challenge.methods[0]?.enrollmentId ?? ''
      const answered = await running.mfa.challenges.answer(key, 'login', { enrollmentId, answer }, client)
      expect([index, answered.ok]).toEqual([index, true])
    }
    await running.mfa.recovery.passwordReset(ada, stored, client)
    expect(await methodsOf(running)).toContain('email')
  })

  test('L7 · ends what is pending and what was confirmed, and tells the owner on every channel, once', async () => {
    const running = await library()
    await setUp(running, 'totp')
    const { key } = await signIn(running)
    const presenting = { accountId: ada.id, session, resource: { team: 'a' } }
    await allowed(running, (presented) =>
      running.mfa.actions.require('team.adjust', { ...presented, ...presenting }, client),
    )
    expect(await running.mfa.actions.window('team.adjust', presenting)).not.toBeNull()
    const before = running.emails.messages.length + running.texts.messages.length
    await running.mfa.recovery.passwordReset(ada, stored, client)
    await running.mfa.notices.deliver()
    expect(await running.mfa.challenges.view(key)).toBeNull()
    expect(await running.mfa.actions.window('team.adjust', presenting)).toBeNull()
    expect(running.emails.messages.length + running.texts.messages.length).toBe(before + 2)
    expect(running.emails.lastTo('ada@example.com').text).toContain('Your password was reset')
    expect(running.ended.at(-1)).toBe(running.clock() + 1)
    expect(running.audit('password.reset')).toHaveLength(1)
    expect(await running.mfa.enrollments.enabledAt(ada.id)).not.toBeNull()
  })

  test('that the host did not store tells nobody anything, and stays on the safe side', async () => {
    const running = await library()
    await setUp(running, 'email')
    await setUp(running, 'totp')
    await running.mfa.notices.deliver()
    const before = running.emails.messages.length
    expect(await running.mfa.recovery.passwordReset(ada, () => Promise.resolve(false), client)).toBe(false)
    await running.mfa.notices.deliver()
    expect([running.emails.messages.length, running.audit('password.reset')]).toEqual([before, []])
    expect(await methodsOf(running)).toEqual(['totp', 'recovery_code'])
  })

  test('L5 · a crash while the host stores it leaves it known', async () => {
    const running = await library()
    await setUp(running, 'email')
    await setUp(running, 'totp')
    const crashing = running.mfa.recovery.passwordReset(ada, () => Promise.reject(new Error('power')), client)
    await expect(crashing).rejects.toThrow('power')
    expect(await methodsOf(running)).toEqual(['totp', 'recovery_code'])
  })

  test('L5 · is still known after a login that did not rest on it', async () => {
    const running = await library()
    const mail = await setUp(running, 'email')
    const app = await setUp(running, 'totp')
    await running.mfa.recovery.passwordReset(ada, stored, client)
    running.clock.advance(5)
    for (const evidence of ['email', 'oidc'] as const) {
      const step = await running.mfa.signIn.begin({ accountId: ada.id, evidence: [evidence] }, client)
      if (step.status !== 'challenge') throw new Error(step.status)
      const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
      expect(await running.mfa.challenges.answer(step.key, 'login', typed, client)).toMatchObject({ ok: true })
      running.clock.advance(30_000)
    }
    const methods = (await signIn(running)).challenge.methods.map(({ enrollmentId }) => enrollmentId)
    expect(methods).not.toContain(mail.enrollmentId)
  })

  test('L5 · is still known after a login that began before it, with the password from before', async () => {
    const running = await library()
    const mail = await setUp(running, 'email')
    const app = await setUp(running, 'totp')
    const at = running.clock()
    running.clock.advance(5)
    await running.mfa.recovery.passwordReset(ada, stored, client)
    running.clock.advance(5)
    const step = await running.mfa.signIn.begin({ accountId: ada.id, evidence: ['password'], at }, client)
    if (step.status !== 'challenge') throw new Error(step.status)
    running.clock.advance(30_000)
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    expect(await running.mfa.challenges.answer(step.key, 'login', typed, client)).toMatchObject({ ok: true })
    const methods = (await signIn(running)).challenge.methods.map(({ enrollmentId }) => enrollmentId)
    expect(methods).not.toContain(mail.enrollmentId)
  })
})

test('PR-04 · a reset is noted before the host stores it and again after, and the owner is told at once', async () => {
  const steps: unknown[] = []
  const running = await library({
    around: (store) => ({
      noteReset(input) {
        const { audit, notices = [] } = input.record('noted')
        const told = notices.map(({ kind, channel, at, subject }) => [kind, channel, at - input.now, subject])
        steps.push([input.accountId, input.by, audit.map(({ event, outcome }) => [event, outcome]), told])
        return store.noteReset(input)
      },
      leaseNotices(input) {
        steps.push('delivery')
        return store.leaseNotices(input)
      },
    }),
  })
  const store = () => Promise.resolve(void steps.push('stored')).then(() => true)
  expect(await running.mfa.recovery.passwordReset(ada, store, client)).toBe(true)
  await new Promise(setImmediate)
  const told = ['email', 'sms', 'sessions'].map((channel) => ['password.reset', channel, 1, ''])
  expect(steps).toEqual([
    ['ada', 'email', [], []],
    'stored',
    ['ada', 'email', [['password.reset', 'ok']], told],
    'delivery',
  ])
})
