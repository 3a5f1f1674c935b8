import { describe, expect, test } from 'vitest'
import { ada, beginMethod, client, library, setUp, signIn } from '../../../../test/support/library.ts'

describe('turning MFA on', () => {
  test('leaves the session that is issued for it alive, also when the notice is delivered later', async () => {
    let now = Date.UTC(2026, 0, 5, 12)
    const running = await library({ clock: () => (now += 1) })
    const { enabled } = await setUp(
      { ...running, clock: Object.assign(() => now, { advance: () => undefined }) },
      'totp',
    )
    await running.mfa.notices.deliver()
    const { at } = enabled?.proof.redeem('mfa.enable') ?? { at: 0 }
    expect(running.ended.length).toBeGreaterThan(1)
    for (const before of running.ended) expect(before).toBeLessThanOrEqual(at)
  })

  test('ends a sign-in without MFA that was under way', async () => {
    let release = (): void => undefined
    const held = new Promise<void>((done) => {
      release = done
    })
    const running = await library({
      around: (store) => ({
        async beginSignIn(input) {
          const snapshot = await store.beginSignIn(input)
          await held
          return snapshot
        },
      }),
    })
    const underWay = running.mfa.signIn.begin({ accountId: ada.id, evidence: ['password'] }, client)
    running.clock.advance(5)
    await setUp(running, 'totp')
    release()
    const step = await underWay
    if (step.status !== 'clear') throw new Error('the sign-in was read before MFA was on')
    expect(step.proof.redeem('login').at).toBeLessThan(Math.max(...running.ended))
  })

  test('shows the recovery codes even when the host fails to end its sessions, and asks it again', async () => {
    let failing = true
    const ended: number[] = []
    const running = await library({
      accounts: {
        find: () => Promise.resolve(ada),
        endSessions: (_, before) =>
          failing ? Promise.reject(new Error('down')) : Promise.resolve(void ended.push(before)),
      },
    })
    const { enabled } = await setUp(running, 'totp')
    expect(enabled?.recoveryCodes).toHaveLength(10)
    await running.mfa.notices.deliver()
    for (let tries = 0; tries < 20; tries += 1) {
      running.clock.advance(3_600_000)
      await running.mfa.notices.deliver()
    }
    expect(ended).toEqual([])
    failing = false
    running.clock.advance(3_600_000)
    await running.mfa.notices.deliver()
    expect(ended).toHaveLength(1)
  })

  test('shows the recovery codes even when the host throws at once or never answers', async () => {
    const cutOff = new AbortController()
    const broken = (): never => {
      throw new Error('at once')
    }
    const hanging = (): Promise<void> => {
      queueMicrotask(() => cutOff.abort())
      return new Promise(() => undefined)
    }
    for (const endSessions of [broken, hanging]) {
      const accounts = { find: () => Promise.resolve(ada), endSessions }
      const deadline = () => (endSessions === hanging ? cutOff.signal : new AbortController().signal)
      const running = await library({ accounts, deadline })
      expect((await setUp(running, 'totp')).enabled?.recoveryCodes).toHaveLength(10)
      expect(running.faults.length).toBeGreaterThan(0)
    }
  })

  test('ends what another session was setting up', async () => {
    const running = await library()
    const stolen = await beginMethod(running, 'sms', { id: 'stolen', challengeId: null })
    const code = stolen.answer()
    await setUp(running, 'totp')
    expect(await stolen.confirm(code)).toMatchObject({ ok: false })
    expect((await running.mfa.enrollments.list(ada.id)).methods.map(({ method }) => method)).toEqual([
      'totp',
      'recovery_code',
    ])
  })

  test('is told at once', async () => {
    const running = await library()
    await setUp(running, 'totp')
    await running.mfa.notices.deliver()
    expect(running.emails.lastTo('ada@example.com').subject).toContain('second factor')
    expect(running.texts.messages).toHaveLength(1)
  })
})

describe('setting up a method', () => {
  test('is bound to the session that began it', async () => {
    const running = await library()
    const begun = await beginMethod(running, 'totp', { id: 'one', challengeId: null })
    const answer = { enrollmentId: begun.enrollmentId, answer: begun.answer() }
    const elsewhere = await running.mfa.enrollments.confirm({ ...begun.key, binding: 'another' }, answer, client)
    expect(elsewhere).toEqual({ ok: false, reason: 'not_found' })
  })

  test('takes a session that rests on a second factor, once MFA is on', async () => {
    const running = await library()
    await setUp(running, 'totp')
    const input = { accountId: ada.id, session: { id: 'from before', challengeId: null }, method: 'email' }
    expect(await running.mfa.enrollments.begin(input, client)).toEqual({ ok: false, reason: 'unproved' })
  })

  test('is not disturbed by an address that is being confirmed', async () => {
    const running = await library()
    const begun = await beginMethod(running, 'email')
    const code = begun.answer()
    await running.mfa.contacts.begin({ accountId: ada.id, method: 'email', destination: 'new@example.com' }, client)
    expect(await begun.confirm(code)).toMatchObject({ ok: true })
  })

  test('takes a confirmed address or number, and no more of a kind than allowed', async () => {
    const nobody = { ...ada, confirmedPhone: null }
    const running = await library({
      accounts: { find: () => Promise.resolve(nobody), endSessions: () => Promise.resolve() },
    })
    const begin = (method: string) =>
      running.mfa.enrollments.begin({ accountId: ada.id, session: { id: 's', challengeId: 'c' }, method }, client)
    expect(await begin('sms')).toEqual({ ok: false, reason: 'no_contact' })
    await setUp(running, 'email')
    expect(await begin('email')).toEqual({ ok: false, reason: 'full' })
    await expect(begin('recovery_code')).rejects.toMatchObject({ code: 'method_unavailable' })
    await expect(begin('carrier_pigeon')).rejects.toMatchObject({ code: 'method_not_found' })
  })

  test.each(['', ' ', 'x'.repeat(61), 'two\nlines', 'tricky\u202Ename'])('refuses the name %j', async (name) => {
    const running = await library()
    const input = { accountId: ada.id, session: { id: 's', challengeId: null }, method: 'totp', name }
    await expect(running.mfa.enrollments.begin(input, client)).rejects.toMatchObject({ code: 'request_invalid' })
  })
})

describe('removing a method', () => {
  const remove = async (
    running: Awaited<ReturnType<typeof library>>,
    enrollmentId: string,
    by: { enrollmentId: string; answer: () => string },
  ) => {
    const { key } = await running.mfa.challenges.openRemoval(
      { accountId: ada.id, enrollmentId, binding: 'session' },
      client,
    )
    const typed = { enrollmentId: by.enrollmentId, answer: by.answer() }
    const result = await running.mfa.challenges.answer(key, 'mfa.method.remove', typed, client)
    running.clock.advance(30_000)
    return result.ok ? await running.mfa.enrollments.remove(result.proof, client) : result.reason
  }

  test('C5 · of the primary promotes the strongest that is left, and removing the last turns MFA off', async () => {
    const running = await library()
    const sms = await setUp(running, 'sms')
    const email = await setUp(running, 'email')
    const app = await setUp(running, 'totp')
    expect(await remove(running, sms.enrollmentId, app)).toBe('removed')
    const { methods } = await running.mfa.enrollments.list(ada.id)
    expect(methods.map(({ method, primary }) => [method, primary])).toEqual([
      ['totp', true],
      ['email', false],
      ['recovery_code', false],
    ])
    expect(await remove(running, email.enrollmentId, app)).toBe('removed')
    expect(await remove(running, app.enrollmentId, app)).toBe('removed')
    expect(await running.mfa.enrollments.list(ada.id)).toMatchObject({ enabledAt: null, methods: [] })
    expect((await running.mfa.signIn.begin({ accountId: ada.id, evidence: ['password'] }, client)).status).toBe('clear')
  })

  test('S7 · takes an answer by one at least as strong, and a recovery code never answers', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const email = await setUp(running, 'email')
    const { challenge } = await running.mfa.challenges.openRemoval(
      { accountId: ada.id, enrollmentId: app.enrollmentId, binding: 's' },
      client,
    )
    expect(challenge.methods.map(({ method }) => method)).toEqual(['totp'])
    expect(challenge.purpose).toBe('remove Authenticator app from your second factors')
    expect(await remove(running, app.enrollmentId, email)).toBe('not_allowed')
  })

  test('is good for the very method that was confirmed, and once', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const { key } = await running.mfa.challenges.openRemoval(
      { accountId: ada.id, enrollmentId: app.enrollmentId, binding: 's' },
      client,
    )
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    expect(await running.mfa.challenges.answer(key, 'login', typed, client)).toEqual({ ok: false, reason: 'not_found' })
    const result = await running.mfa.challenges.answer(key, 'mfa.method.remove', typed, client)
    if (!result.ok) throw new Error(result.reason)
    expect(await running.mfa.enrollments.remove(result.proof, client)).toBe('removed')
    await expect(running.mfa.enrollments.remove(result.proof, client)).rejects.toMatchObject({ code: 'proof_spent' })
  })

  test('of another account’s method opens no challenge', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const input = { accountId: 'eve', enrollmentId: app.enrollmentId, binding: 's' }
    await expect(running.mfa.challenges.openRemoval(input, client)).rejects.toMatchObject({ code: 'method_not_found' })
    expect((await signIn(running)).challenge.methods).toHaveLength(2)
  })
})
