import { describe, expect, test } from 'vitest'
import type { AuditEvent, ChallengeKey, MethodFactory, NoticeKind, Store } from 'sallyport'
import { recoveryCode } from 'sallyport/methods/recovery-code'
import { totp } from 'sallyport/methods/totp'
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
    const before = running.audit()
    for (let again = 1; again <= 20; again += 1) expect(await answer(wrongCode)).toEqual(limited)
    expect(await answer(app.answer())).toEqual(limited)
    const { account, enrollments } = await running.store.readAccount(ada.id)
    expect([account.failures, account.lockedUntil, enrollments[0]?.disabled]).toEqual([0, 0, false])
    expect(running.audit()).toEqual(before)
    running.clock.advance(60_000)
    expect(await answer(app.answer())).toMatchObject({ ok: true })
  })

  /** Six ways to have answers refused that are never judged, each as often as is liked. */
  const refusals = {
    malformed: (running: Library) => answering(running, { answer: 'no code' }),
    not_prompted: (running: Library) => answering(running, { method: 'email' }),
    not_allowed: (running: Library) => answering(running, { enrollmentId: 'none' }),
    not_found: (running: Library) => answering(running, { binding: 'guessed' }),
    async closed(running: Library) {
      const { key, answer } = await answering(running, {})
      await running.mfa.challenges.cancel(key, client)
      return { key, answer }
    },
    async locked(running: Library) {
      for (let again = 1; again <= 10; again += 1) await wrong(running)
      return await answering(running, {})
    },
  }

  async function answering(
    running: Library,
    typed: { answer?: string; method?: string; enrollmentId?: string; binding?: string },
  ) {
    const { key, challenge } = await signIn(running)
    const by = challenge.methods.find(({ method }) => method === (typed.method ?? 'totp'))?.enrollmentId ?? ''
    const { enrollmentId = by, answer = wrongCode, binding = key.binding } = typed
    const answers = () => running.mfa.challenges.answer({ ...key, binding }, 'login', { enrollmentId, answer }, client)
    return { key, answer: answers }
  }

  test.each(Object.entries(refusals))(
    'BF-09 · counts when it is refused unjudged as when it is wrong, and no longer fills the log: %s',
    async (reason, begin) => {
      const running = await library({ limits: { triesPerNetwork: 5 } })
      const app = await setUp(running, 'totp')
      await setUp(running, 'email')
      const { answer } = await begin(running)
      const own = await answering(running, {})
      const before = running.audit('attempt.refused').length
      const reasons: string[] = []
      for (let again = 1; again <= 10; again += 1) {
        const refused = await answer()
        reasons.push(refused.ok ? 'ok' : refused.reason)
      }
      // Another's challenge is none, whoever asks.
      const after = reason === 'not_found' ? reason : 'limited'
      expect(reasons).toEqual([...Array.from({ length: 5 }, () => reason), ...Array.from({ length: 5 }, () => after)])
      expect(running.audit('attempt.refused')).toHaveLength(before + 5)
      expect(running.audit('network.limited')).toHaveLength(1)
      const limited = { ok: false, reason: 'limited', retryAt: running.clock() + 60_000 }
      const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
      expect(await running.mfa.challenges.answer(own.key, 'login', typed, client)).toEqual(limited)
      running.clock.advance(60_000)
      expect(await answer()).toMatchObject({ reason })
      expect(running.audit('attempt.refused')).toHaveLength(before + 6)
    },
  )

  test('BF-09 · does not count when it is right, but for each time that it is sent again', async () => {
    const running = await library({ limits: { triesPerNetwork: 5 } })
    const app = await setUp(running, 'totp')
    const { key } = await signIn(running)
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    const again = () => running.mfa.challenges.answer(key, 'login', typed, client)
    const answers = await Promise.all([again(), again(), again()])
    for (let late = 4; late <= 7; late += 1) answers.push(await again())
    const reasons = answers.map((answer) => (answer.ok ? 'ok' : answer.reason))
    expect(reasons.toSorted()).toEqual([...Array.from({ length: 5 }, () => 'closed'), 'limited', 'ok'])
  })
})

describe('what an answer leaves in the audit log', () => {
  const logged = (running: Library, ...events: readonly AuditEvent[]) =>
    running.audit(...events).map(({ event, outcome, action, enrollment_id: by, method, detail }) => {
      const which = running.answers.has(by ?? '') ? 'own' : by
      return [event, outcome, action, which, method, JSON.parse(detail)]
    })
  const refused = (by: string, method: string | null, reason: string) => [
    'attempt.refused',
    'refused',
    'login',
    by,
    method,
    { reason },
  ]

  test('is why it was refused, and what it was given for', async () => {
    const { running } = await watched()
    const app = await setUp(running, 'totp')
    const mail = await setUp(running, 'email')
    const { key } = await signIn(running)
    const answer = async (enrollmentId: string, typed: string) =>
      await running.mfa.challenges.answer(key, 'login', { enrollmentId, answer: typed }, client)
    expect(await answer(app.enrollmentId, 'no code')).toEqual({ ok: false, reason: 'malformed' })
    expect(await answer(mail.enrollmentId, wrongCode)).toEqual({ ok: false, reason: 'not_prompted' })
    expect(await answer('x'.repeat(65), wrongCode)).toEqual({ ok: false, reason: 'not_allowed' })
    expect(await answer(app.enrollmentId, wrongCode)).toEqual({ ok: false, reason: 'wrong', attemptsLeft: 4 })
    await running.mfa.challenges.cancel(key, client)
    expect(await answer(app.enrollmentId, app.answer())).toEqual({ ok: false, reason: 'closed' })
    expect(await answer('none', wrongCode)).toEqual({ ok: false, reason: 'closed' })
    expect(logged(running, 'attempt.refused')).toEqual([
      refused('own', 'totp', 'malformed'),
      refused('own', 'email', 'not_prompted'),
      refused('x'.repeat(64), null, 'not_allowed'),
      refused('own', 'totp', 'wrong'),
      refused('own', 'totp', 'cancelled'),
      refused('none', null, 'closed'),
    ])
  })

  test('is every wrong one, what has failed by it, and until when the account is locked by it', async () => {
    const { running } = await watched({
      limits: { triesPerChallenge: 2, triesPerAccount: 3, lockSeconds: 60 },
    })
    const app = await setUp(running, 'totp')
    const { key } = await signIn(running)
    const typed = { enrollmentId: app.enrollmentId, answer: wrongCode }
    for (const reason of ['wrong', 'wrong', 'closed'])
      expect(await running.mfa.challenges.answer(key, 'login', typed, from())).toMatchObject({ reason })
    const until = running.clock() + 60_000
    expect(await wrong(running)).toEqual({ ok: false, reason: 'locked', retryAt: until })
    expect(await wrong(running)).toEqual({ ok: false, reason: 'locked', retryAt: until })
    expect(logged(running, 'attempt.refused', 'challenge.failed', 'account.locked')).toEqual([
      refused('own', 'totp', 'wrong'),
      refused('own', 'totp', 'wrong'),
      ['challenge.failed', 'failed', 'login', 'own', 'totp', {}],
      refused('own', 'totp', 'failed'),
      refused('own', 'totp', 'wrong'),
      ['account.locked', 'refused', 'login', 'own', 'totp', { until }],
      refused('own', 'totp', 'locked'),
    ])
  })

  test('locks for twice as long each time, from the first lock to the longest', async () => {
    const running = await library({ limits: { triesPerAccount: 3, lockSeconds: 60, longestLockSeconds: 900 } })
    await setUp(running, 'totp')
    const pauses: number[] = []
    for (let again = 1; again <= 18; again += 1) {
      const answered = await wrong(running)
      if (answered.ok || answered.reason !== 'locked') continue
      pauses.push((answered.retryAt - running.clock()) / 1000)
      running.clock.advance(answered.retryAt - running.clock())
    }
    expect(pauses).toEqual([60, 120, 240, 480, 900, 900])
  })

  test('tells the owner for how many minutes signing in is paused, the last of them begun', async () => {
    for (const [lockSeconds, pause] of [
      [60, '1 minute'],
      [61, '2 minutes'],
      [120, '2 minutes'],
    ] as const) {
      const running = await library({ limits: { triesPerAccount: 3, lockSeconds } })
      await setUp(running, 'totp')
      for (let again = 1; again <= 3; again += 1) await wrong(running)
      await running.mfa.notices.deliver()
      expect(running.emails.lastTo('ada@example.com').text).toContain(`Signing in is paused for ${pause}.`)
    }
  })

  test('is what a right one has brought about, and the owner is told in the same words', async () => {
    const { running, tellings } = await watched()
    const app = await setUp(running, 'totp')
    expect(await tellings()).toEqual(['mfa.enabled'])
    expect(new Set(running.ended)).toEqual(new Set([running.clock() - 30_000 + 1]))
    await setUp(running, 'email')
    expect(await tellings()).toEqual(['method.added'])
    expect(running.emails.lastTo('ada@example.com').text).toContain('A second factor "E-mail" was added')
    const added = (method: string, name: string) => [
      'method.added',
      'ok',
      'mfa.method.confirm',
      'own',
      method,
      { name },
    ]
    expect(logged(running, 'method.added', 'mfa.enabled', 'recovery_codes.created')).toEqual([
      added('totp', 'Authenticator app'),
      ['mfa.enabled', 'ok', 'mfa.method.confirm', 'own', 'totp', {}],
      ['recovery_codes.created', 'ok', 'mfa.method.confirm', 'own', 'totp', {}],
      added('email', 'E-mail'),
    ])

    const { key, challenge } = await signIn(running)
    const backup = challenge.methods.find(({ method }) => method === 'recovery_code')?.enrollmentId ?? ''
    const typed = { enrollmentId: backup, answer: app.enabled?.recoveryCodes[0] ?? '' }
    expect(await running.mfa.challenges.answer(key, 'login', typed, client)).toMatchObject({ ok: true })
    expect(running.audit('challenge.passed').at(-1)).toMatchObject({ outcome: 'ok', method: 'recovery_code' })
    expect(logged(running, 'recovery_code.used')).toEqual([
      ['recovery_code.used', 'ok', 'login', backup, 'recovery_code', { left: 9 }],
    ])
    expect(await tellings()).toEqual(['recovery_code.used'])
    expect(running.emails.lastTo('ada@example.com').text).toContain('Recovery codes left: 9.')
  })

  test('is which contact was confirmed, masked, and of nothing else', async () => {
    const { running, tellings } = await watched()
    for (const [method, destination] of [
      ['email', 'grace@navy.example'],
      ['sms', '+14155552672'],
    ] as const) {
      const { key, challenge } = await running.mfa.contacts.begin({ accountId: ada.id, method, destination }, client)
      const code = method === 'email' ? running.emails.codeTo(destination) : running.texts.codeTo(destination)
      const typed = { enrollmentId: challenge.active ?? '', answer: code }
      const action = method === 'email' ? 'email.confirm' : 'phone.confirm'
      expect(await running.mfa.challenges.answer(key, action, typed, client)).toMatchObject({ ok: true })
    }
    await setUp(running, 'email')
    expect(running.audit('contact.confirmed').map(({ action, method, detail }) => [action, method, detail])).toEqual([
      ['email.confirm', 'email', '{"to":"g***@n***.example"}'],
      ['phone.confirm', 'sms', '{"to":"+1 *** *** **72"}'],
    ])
    expect(await tellings()).toEqual(['mfa.enabled'])
  })
})

describe('an answer', () => {
  test('is judged until the challenge expires, and no longer', async () => {
    const { running } = await watched()
    const app = await setUp(running, 'totp')
    const early = await signIn(running)
    const late = await signIn(running)
    const answer = (key: typeof early.key) =>
      running.mfa.challenges.answer(key, 'login', { enrollmentId: app.enrollmentId, answer: app.answer() }, client)
    running.clock.advance(599_999)
    expect(await running.mfa.challenges.view(late.key)).not.toBeNull()
    expect(await answer(early.key)).toMatchObject({ ok: true })
    running.clock.advance(1)
    expect(await running.mfa.challenges.view(late.key)).toBeNull()
    expect(await answer(late.key)).toEqual({ ok: false, reason: 'closed' })
    expect(running.audit('attempt.refused').at(-1)?.detail).toBe('{"reason":"expired"}')
  })

  test('by a method that was sent no code is not judged by one that was', async () => {
    const { running } = await watched()
    await setUp(running, 'email')
    const text = await setUp(running, 'sms')
    const { key } = await signIn(running)
    const typed = { enrollmentId: text.enrollmentId, answer: running.emails.codeTo('ada@example.com') }
    expect(await running.mfa.challenges.answer(key, 'login', typed, client)).toEqual({
      ok: false,
      reason: 'not_prompted',
    })
  })

  test('is not even looked at where it counts for nothing: cancelled, expired or locked', async () => {
    let looked = 0
    const method: MethodFactory = (settings) => {
      const app = totp()(settings)
      return { ...app, check: (...given) => ((looked += 1), app.check(...given)) }
    }
    const { running } = await watched({ methods: [method, recoveryCode()], limits: { triesPerAccount: 3 } })
    const app = await setUp(running, 'totp')
    const answer = async (key: ChallengeKey): Promise<string> => {
      looked = 0
      const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
      const answered = await running.mfa.challenges.answer(key, 'login', typed, from())
      return answered.ok ? 'ok' : answered.reason
    }
    const [cancelled, expired] = [await signIn(running), await signIn(running)]
    await running.mfa.challenges.cancel(cancelled.key, client)
    expect([await answer(cancelled.key), looked]).toEqual(['closed', 0])
    running.clock.advance(600_000)
    expect([await answer(expired.key), looked]).toEqual(['closed', 0])
    const locked = await signIn(running)
    for (let again = 1; again <= 3; again += 1) await wrong(running)
    expect([await answer(locked.key), looked]).toEqual(['locked', 0])
    running.clock.advance(900_000)
    expect([await answer((await signIn(running)).key), looked]).toEqual(['ok', 1])
  })

  test('has the owner told at once, where there is anything to tell', async () => {
    let looked = 0
    const running = await library({
      around: (store) => ({
        leaseNotices: (input) => {
          looked += 1
          return store.leaseNotices(input)
        },
      }),
    })
    const app = await setUp(running, 'totp')
    await running.mfa.notices.deliver()
    const { key } = await signIn(running)
    const lookedAfter = async (answer: string): Promise<number> => {
      looked = 0
      await running.mfa.challenges.answer(key, 'login', { enrollmentId: app.enrollmentId, answer }, client)
      await new Promise(setImmediate)
      return looked
    }
    expect(await lookedAfter(wrongCode)).toBe(1)
    expect(await lookedAfter(wrongCode)).toBe(0)
    expect(await lookedAfter(app.answer())).toBe(0)
  })
})
