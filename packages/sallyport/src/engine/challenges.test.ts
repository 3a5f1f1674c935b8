import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { EmailMessage } from 'sallyport'
import { email } from 'sallyport/methods/email'
import { securityKey } from 'sallyport/methods/security-key'
import { createAuthenticator, type CreationOptions, keptMessages } from 'sallyport/testing'
import { sqliteStore } from '../store/sqlite.ts'
import { KeyRing } from '../crypto/key-ring.ts'
import {
  ada,
  allowed,
  beginMethod,
  challenged,
  session,
  client,
  library,
  setUp,
  signIn,
} from '../../../../test/support/library.ts'

describe('a proof', () => {
  test('is as old as the answer that was judged', async () => {
    const running = await library({
      around: (store, clock) => ({
        async settleAttempt(input) {
          const outcome = await store.settleAttempt(input)
          clock.advance(10)
          return outcome
        },
      }),
    })
    const app = await setUp(running, 'totp')
    const { key } = await signIn(running)
    const judgedAt = running.clock()
    const result = await running.mfa.challenges.answer(
      key,
      'login',
      { enrollmentId: app.enrollmentId, answer: app.answer() },
      client,
    )
    expect(result.ok && result.proof.redeem('login')).toMatchObject({
      at: judgedAt,
      methods: ['password', 'totp'],
      amr: ['pwd', 'otp', 'mfa'],
    })
  })
})

describe('wrong answers', () => {
  test('at the door stay counted, whatever else is confirmed meanwhile', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const wrong = { enrollmentId: app.enrollmentId, answer: '000000' }
    let judged = 0
    for (let round = 0; round < 4; round += 1) {
      for (let login = 0; login < 3; login += 1) {
        const { key } = await signIn(running)
        for (let tries = 0; tries < 3; tries += 1) {
          const result = await running.mfa.challenges.answer(key, 'login', wrong, client)
          if (!result.ok && result.reason === 'wrong') judged += 1
        }
      }
      const own = `eve${round}@example.com`
      const { key, challenge } = await running.mfa.contacts.begin(
        { accountId: ada.id, method: 'email', destination: own },
        client,
      )
      const enrollmentId = challenge.active ?? ''
      const code = { enrollmentId, answer: challenge.code === null ? '000000' : running.emails.codeTo(own) }
      await running.mfa.challenges.answer(key, 'email.confirm', code, client)
    }
    expect(judged).toBeLessThan(10)
  })
})

describe('a challenge', () => {
  test('says why no code was sent, and when one can be', async () => {
    const running = await library()
    await setUp(running, 'email')
    const first = await signIn(running)
    expect(first.challenge).toMatchObject({ code: { delivered: true }, refused: null })
    running.clock.advance(10_000)
    const second = await signIn(running)
    expect(second.challenge).toMatchObject({
      code: null,
      refused: { enrollmentId: second.challenge.active, reason: 'too_soon', retryAt: running.clock() + 50_000 },
    })
  })

  test('whose key is another’s is no challenge, and that someone tried is in the audit log', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const { key } = await signIn(running)
    const forged = { id: key.id, binding: 'guessed' }
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    expect(await running.mfa.challenges.view(forged)).toBeNull()
    expect(await running.mfa.challenges.view({ ...key, id: 'none' })).toBeNull()
    expect(await running.mfa.challenges.answer(forged, 'login', typed, client)).toEqual({
      ok: false,
      reason: 'not_found',
    })
    const { ip, traceId } = client
    expect(running.audit('attempt.refused')).toMatchObject([
      {
        outcome: 'refused',
        account_id: ada.id,
        challenge_id: key.id,
        detail: '{"reason":"binding"}',
        ip,
        trace_id: traceId,
      },
    ])
  })
})

test('P1 · wrong answers and locks outlive a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'))
  const keys = [randomBytes(32).toString('base64url')]
  const start = () => library({ keys, store: sqliteStore({ file: join(folder, 'mfa.db') }) })
  try {
    let running = await start()
    const app = await setUp(running, 'totp')
    const wrong = { enrollmentId: app.enrollmentId, answer: '000000' }
    const reasons: string[] = []
    for (let tries = 0; tries < 12; tries += 1) {
      const { key } = await signIn(running)
      const result = await running.mfa.challenges.answer(key, 'login', wrong, client)
      reasons.push(result.ok ? 'ok' : result.reason)
      await running.mfa.close()
      running = await start()
    }
    await running.mfa.close()
    expect(reasons).toEqual([...Array.from({ length: 9 }, () => 'wrong'), 'locked', 'locked', 'locked'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

describe('a login that a key may answer', () => {
  test('sends no code until one is asked for, though the primary sends them', async () => {
    const emails = keptMessages<EmailMessage>()
    const running = { ...(await library({ methods: [email({ sender: emails }), securityKey()] })), emails }
    const { mfa } = running
    const { enrollmentId } = await setUp(running, 'email')
    running.clock.advance(240_000)
    const resource = { method: 'security_key' }
    const grant = await allowed(running, (presented) =>
      mfa.actions.require('mfa.method.add', { ...presented, resource }, client),
    )
    const begun = await mfa.enrollments.begin(grant, client)
    if (!begun.ok) throw new Error(begun.reason)
    const created = createAuthenticator({ origin: 'https://app.example' }).create(begun.setup as CreationOptions)
    const answer = { enrollmentId: begun.enrollmentId, answer: JSON.stringify(created) }
    expect(await mfa.enrollments.confirm(begun.key, answer, client)).toMatchObject({ ok: true })
    running.clock.advance(240_000)

    const { challenge, key } = await signIn(running)
    expect(challenge).toMatchObject({ active: enrollmentId, code: null, refused: null })
    expect(Object.keys(challenge.devices)).toEqual(['security_key'])
    expect(await mfa.challenges.prompt(key, enrollmentId, client)).toMatchObject({ ok: true })
  })
})

describe('what is done with a challenge', () => {
  const gone = { ok: false, reason: 'not_found', retryAt: 0 }

  test('is refused with its reason, and never to be tried again where it never works', async () => {
    const running = await library()
    const mail = await setUp(running, 'email')
    const { key } = await signIn(running)
    const prompt = (which: typeof key, enrollmentId = mail.enrollmentId) =>
      running.mfa.challenges.prompt(which, enrollmentId, client)
    expect(await prompt({ ...key, id: 'none' })).toEqual(gone)
    expect(await prompt({ ...key, binding: 'guessed' })).toEqual(gone)
    expect(await prompt(key, 'none')).toEqual({ ok: false, reason: 'not_allowed', retryAt: 0 })
    const retryAt = running.clock() + 60_000
    expect(await prompt(key)).toEqual({ ok: false, reason: 'too_soon', retryAt })
    running.clock.advance(60_000)
    expect(await prompt(key)).toMatchObject({ ok: true, challenge: { id: key.id, code: { delivered: true } } })
    running.clock.advance(540_000)
    expect(await prompt(key)).toEqual({ ok: false, reason: 'closed', retryAt: 0 })
    // What is over is not even tried.
    expect(running.audit('code.send_refused').map(({ detail }) => detail)).toEqual(['{"result":"too_soon"}'])
  })

  test('is answered as what it is for: anything else finds none, and uses nothing of it up', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const { key } = await signIn(running)
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    const { answer } = running.mfa.challenges
    const none = { ok: false, reason: 'not_found' }
    expect(await answer(key, 'email.confirm', typed, client)).toEqual(none)
    expect(await answer({ ...key, id: 'none' }, 'login', typed, client)).toEqual(none)
    const begun = await beginMethod(running, 'email')
    const confirming = { enrollmentId: begun.enrollmentId, answer: begun.answer() }
    expect(await answer(begun.key, 'mfa.method.confirm' as 'login', confirming, client)).toEqual(none)
    expect(await begun.confirm()).toMatchObject({ ok: true })
  })

  test('proves a login once it is passed, and a contact where it was one', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const begunAt = running.clock()
    const { key } = await signIn(running)
    running.clock.advance(5)
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    const login = await running.mfa.challenges.answer(key, 'login', typed, client)
    const proved = { accountId: 'ada', begunAt, at: begunAt + 5, reason: null, replaces: false }
    expect(login.ok && [login.browser, login.proof.redeem('login')]).toEqual([
      null,
      {
        ...proved,
        action: 'login',
        resource: '',
        challengeId: key.id,
        methods: ['password', 'totp'],
        amr: ['pwd', 'otp', 'mfa'],
      },
    ])
    const destination = 'grace@navy.example'
    const contact = await running.mfa.contacts.begin({ accountId: ada.id, method: 'email', destination }, client)
    expect(contact.challenge.purpose).toBe('confirm your e-mail address')
    const code = { enrollmentId: contact.challenge.active ?? '', answer: running.emails.codeTo(destination) }
    const confirmed = await running.mfa.challenges.answer(contact.key, 'email.confirm', code, client)
    expect(confirmed.ok && confirmed.proof.redeem('email.confirm')).toEqual({
      ...proved,
      action: 'email.confirm',
      resource: destination,
      begunAt: begunAt + 5,
      challengeId: contact.key.id,
      methods: ['email'],
      amr: ['otp'],
    })
  })

  test('keeps nothing in a browser for an answer that is none, nor for a contact', async () => {
    const running = await library()
    await setUp(running, 'totp')
    const browser = { tokens: { trusted: '', known: '' }, trust: true }
    const { key } = await signIn(running)
    const { answer } = running.mfa.challenges
    const typed = { enrollmentId: 'none', answer: '000000' }
    expect(await answer(key, 'login', typed, client, browser)).toEqual({ ok: false, reason: 'not_allowed' })
    const contact = await running.mfa.contacts.begin(
      { accountId: ada.id, method: 'email', destination: 'grace@navy.example' },
      client,
    )
    const code = {
      enrollmentId: contact.challenge.active ?? '',
      answer: running.emails.codeTo('grace@navy.example'),
    }
    expect(await answer(contact.key, 'email.confirm', code, client, browser)).toMatchObject({ ok: true, browser: null })
  })

  test('is cancelled by its opener, once, and all of an account’s by the host', async () => {
    const running = await library()
    await setUp(running, 'totp')
    const [first, second, third] = [await signIn(running), await signIn(running), await signIn(running)]
    const { cancel, cancelAll, view } = running.mfa.challenges
    expect(await cancel({ ...first.key, binding: 'guessed' }, client)).toBe(false)
    expect(await cancel({ ...first.key, id: 'none' }, client)).toBe(false)
    expect(await view(first.key)).not.toBeNull()
    expect([await cancel(first.key, client), await cancel(first.key, client)]).toEqual([true, false])
    expect([await cancelAll(ada.id, client), await cancelAll(ada.id, client)]).toEqual([2, 0])
    for (const { key } of [first, second, third]) expect(await view(key)).toBeNull()
    const logged = running.audit('challenge.cancelled')
    expect(logged.map(({ outcome, challenge_id: id, action, detail }) => [outcome, id, action, detail])).toEqual([
      ['ok', first.key.id, 'login', '{}'],
      ['ok', null, null, '{"count":2}'],
    ])
  })

  test('is stored without the secret that binds it, in the same way by every version', async () => {
    const keys = [randomBytes(32).toString('base64url')]
    const running = await library({ keys })
    await setUp(running, 'totp')
    const now = running.clock()
    const step = await running.mfa.signIn.begin({ accountId: ada.id, evidence: ['password'], at: now - 5 }, client)
    if (step.status !== 'challenge') throw new Error(step.status)
    const stored = await running.store.readChallenge(step.key.id)
    expect(stored?.challenge).toMatchObject({
      purpose: 'sign in',
      resource: {},
      bindingHash: new KeyRing(keys).hash(JSON.stringify(['binding', step.key.id]), step.key.binding),
      sessionHash: '',
      digest: '',
      evidence: ['password'],
      atLeast: null,
      maxTries: 5,
      createdAt: now - 5,
      expiresAt: now + 600_000,
      onlyEnrollmentId: null,
      knownBrowserId: null,
      mayTrust: false,
    })
    expect(JSON.stringify(stored)).not.toContain(step.key.binding)
    const asked = { accountId: ada.id, session, resource: { key: 'the key prod-ci' } }
    const confirming = await challenged(await running.mfa.actions.require('api_key.revoke', asked, client))
    const other = await running.store.readChallenge(confirming.id)
    expect(other?.challenge).toMatchObject({ resource: {}, evidence: [], createdAt: now, mayTrust: false })
    expect(other?.challenge.purpose).not.toContain('prod-ci')
  })

  test('of an account whose methods are configured no more asks for nothing, and is passed by nothing', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const { store, clock, emails } = running
    const without = await library({ store, clock, methods: [email({ sender: emails })] })
    const { key, challenge } = await signIn(without)
    expect(challenge).toMatchObject({ methods: [], active: null, code: null, refused: null })
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    expect(await without.mfa.challenges.answer(key, 'login', typed, client)).toEqual({
      ok: false,
      reason: 'not_allowed',
    })
  })
})
