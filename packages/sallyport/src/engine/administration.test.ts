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

/** Ada administers, and is administered: who may is the host's matter. */
const about = { resource: { account: { id: ada.id, name: ada.label } } }
const reason = 'lost the phone, called back on the number we know'
const reset = async (running: Library) =>
  await allowed(running, (presented) =>
    running.mfa.actions.require('mfa.reset', { ...presented, ...about, parameters: { reason } }, client),
  )

describe('resetting the second factors of a person', () => {
  test('R2 · RV-09 · removes them all, ends the sessions, tells the person everywhere and says why in the log', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    await setUp(running, 'email')
    const grant = await reset(running)
    const [emails, texts] = [running.emails.messages.length, running.texts.messages.length]
    expect(await running.mfa.administration.reset(grant, client)).toBe(true)
    await running.mfa.notices.deliver()
    expect(running.ended).toContain(running.clock() + 1)
    expect(running.faults).toEqual([])
    expect(running.emails.messages.slice(emails).map(({ subject }) => subject)).toEqual([
      'Example: an administrator has reset your second factor',
    ])
    expect(running.texts.messages).toHaveLength(texts + 1)
    expect(await running.mfa.administration.state(ada.id)).toEqual({ enabledAt: null, lockedUntil: 0, methods: [] })
    const [entry] = running.audit('mfa.reset')
    expect([entry?.account_id, JSON.parse(entry?.detail ?? '')]).toEqual([ada.id, { by: ada.id, reason }])
    expect(entry?.challenge_id).toEqual(expect.any(String))
    expect(JSON.stringify(running.audit())).not.toContain(app.secret)
  })

  test('R2 · takes a second factor of the administrator’s own: no password stands in for it', async () => {
    const { mfa, audit } = await library()
    const asked = {
      accountId: ada.id,
      session,
      ...about,
      parameters: { reason },
      ownCheck: () => Promise.resolve(true),
    }
    expect(await mfa.actions.require('mfa.reset', asked, client)).toEqual({ status: 'too_weak' })
    expect(await mfa.actions.require('account.unlock', { ...asked, parameters: null }, client)).toEqual({
      status: 'too_weak',
    })
    expect(audit('action.refused')).toHaveLength(2)
  })

  test('a reset of who has MFA off changes nothing and tells nobody', async () => {
    const running = await library()
    await setUp(running, 'totp')
    const [grant, another] = [await reset(running), await reset(running)]
    await running.mfa.administration.reset(grant, client)
    await running.mfa.notices.deliver()
    const before = running.emails.messages.length
    expect(await running.mfa.administration.reset(another, client)).toBe(false)
    await running.mfa.notices.deliver()
    expect(running.emails.messages).toHaveLength(before)
  })

  test('the reason is part of what was confirmed', async () => {
    const running = await library()
    await setUp(running, 'totp')
    const asked = { accountId: ada.id, session, ...about }
    const first = await running.mfa.actions.require('mfa.reset', { ...asked, parameters: { reason } }, client)
    if (first.status !== 'challenge') throw new Error(first.status)
    expect(first.challenge.purpose).toBe('reset two-step sign-in of ada@example.com')
    const { id } = first.challenge
    const answer = running.answers.get(first.challenge.active ?? '')?.() ?? ''
    const typed = { enrollmentId: first.challenge.active ?? '', answer }
    await running.mfa.actions.answer({ id, binding: session.id }, typed, session.id, client)
    const other = { ...asked, parameters: { reason: 'no reason' }, challengeId: id }
    expect(await running.mfa.actions.require('mfa.reset', other, client)).toEqual({ status: 'mismatch' })
  })
})

describe('unlocking a person', () => {
  const unlocking = async (running: Library) =>
    await allowed(running, (presented) =>
      running.mfa.actions.require('account.unlock', { ...presented, ...about, parameters: null }, client),
    )

  test('lifts the lock, and is told and audited', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const grant = await unlocking(running)
    for (let wrong = 0; wrong < 10; wrong += 1) {
      const { key } = await signIn(running)
      await running.mfa.challenges.answer(key, 'login', { enrollmentId: app.enrollmentId, answer: '000000' }, client)
    }
    expect((await running.mfa.administration.state(ada.id)).lockedUntil).toBeGreaterThan(running.clock())
    expect(await running.mfa.administration.unlock(grant, client)).toBe(true)
    expect((await running.mfa.administration.state(ada.id)).lockedUntil).toBe(0)
    await running.mfa.notices.deliver()
    expect(running.emails.lastTo('ada@example.com').subject).toBe('Example: signing in is possible again')
    expect(running.audit('account.unlocked')).toMatchObject([{ account_id: ada.id }])
  })

  test('of who is not locked does nothing', async () => {
    const running = await library()
    await setUp(running, 'totp')
    expect(await running.mfa.administration.unlock(await unlocking(running), client)).toBe(false)
    expect(running.audit('account.unlocked')).toEqual([])
  })
})

test('an administrator sees which methods there are and when they were used, and nothing of where they lead', async () => {
  const running = await library()
  await setUp(running, 'email')
  const { methods, enabledAt } = await running.mfa.administration.state(ada.id)
  expect(enabledAt).not.toBeNull()
  expect(methods.map(({ method, backup, codesLeft }) => [method, backup, codesLeft])).toEqual([
    ['email', false, null],
    ['recovery_code', true, 10],
  ])
  expect(JSON.stringify(methods)).not.toContain('@')
})

describe('what an administrator has done', () => {
  test('R2 · lifts the lock as well, says nothing of that, and stands although the host fails to end sessions', async () => {
    let asked = 0
    const down = new Error('down')
    const running = await library({
      limits: { triesPerAccount: 3 },
      accounts: {
        find: () => Promise.resolve(ada),
        endSessions: () => ((asked += 1) > 2 ? Promise.reject(down) : Promise.resolve()),
      },
    })
    const app = await setUp(running, 'totp')
    await running.mfa.notices.deliver()
    const grant = await reset(running)
    for (let wrong = 0; wrong < 3; wrong += 1) {
      const { key } = await signIn(running)
      await running.mfa.challenges.answer(key, 'login', { enrollmentId: app.enrollmentId, answer: '000000' }, client)
    }
    await running.mfa.notices.deliver()
    const { lockedUntil } = await running.mfa.administration.state(ada.id)
    expect(lockedUntil).toBe(running.clock() + 900_000)
    const before = running.emails.messages.length
    expect(await running.mfa.administration.reset(grant, client)).toBe(true)
    expect(running.faults).toContain(down)
    expect((await running.store.readAccount(ada.id)).account.lockedUntil).toBe(0)
    expect(running.audit('account.unlocked')).toEqual([])
    expect(running.audit('mfa.reset')).toMatchObject([{ outcome: 'ok', action: 'mfa.reset', account_id: 'ada' }])
    // Nobody had to ask for it.
    await new Promise(setImmediate)
    expect(running.emails.messages.length).toBe(before + 1)
    expect(asked).toBe(4)
  })

  test('is shown as a lock only while it lasts', async () => {
    const running = await library({ limits: { triesPerAccount: 3, lockSeconds: 60 } })
    const app = await setUp(running, 'totp')
    for (let wrong = 0; wrong < 3; wrong += 1) {
      const { key } = await signIn(running)
      await running.mfa.challenges.answer(key, 'login', { enrollmentId: app.enrollmentId, answer: '000000' }, client)
    }
    const until = running.clock() + 60_000
    const lockedUntil = async () => (await running.mfa.administration.state(ada.id)).lockedUntil
    running.clock.advance(59_999)
    expect(await lockedUntil()).toBe(until)
    running.clock.advance(1)
    expect(await lockedUntil()).toBe(0)
  })

  test('stands in the log with who did it and what confirmed it, and is told at once', async () => {
    const running = await library({ limits: { triesPerAccount: 3 } })
    const app = await setUp(running, 'totp')
    const grant = await allowed(running, (presented) =>
      running.mfa.actions.require('account.unlock', { ...presented, ...about, parameters: null }, client),
    )
    for (let wrong = 0; wrong < 3; wrong += 1) {
      const { key } = await signIn(running)
      await running.mfa.challenges.answer(key, 'login', { enrollmentId: app.enrollmentId, answer: '000000' }, client)
    }
    await running.mfa.notices.deliver()
    const before = running.emails.messages.length
    await running.mfa.administration.unlock(grant, client)
    const confirmed = running.audit('action.allowed').find(({ action }) => action === 'account.unlock')
    expect(running.audit('account.unlocked')).toMatchObject([
      { outcome: 'ok', detail: '{"by":"ada"}', challenge_id: confirmed?.challenge_id },
    ])
    await new Promise(setImmediate)
    expect(running.emails.messages.slice(before).map(({ subject }) => subject)).toEqual([
      'Example: signing in is possible again',
    ])
  })
})
