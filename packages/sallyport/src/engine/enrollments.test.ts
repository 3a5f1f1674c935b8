import { describe, expect, test } from 'vitest'
import {
  ada,
  allowed,
  answerStepUp,
  beginMethod,
  challenged,
  client,
  library,
  type Library,
  session,
  setUp,
  signIn,
} from '../../../../test/support/library.ts'

/** A grant to set up a method, past whatever stands in the way. */
const adding = (running: Library, method: string, parameters: { name?: string } | null = null, inSession = session) =>
  allowed(
    running,
    (presented) =>
      running.mfa.actions.require('mfa.method.add', { ...presented, resource: { method }, parameters }, client),
    inSession,
  )

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

  test('takes a second factor once MFA is on: what the host’s own check allowed before counts for nothing', async () => {
    const running = await library()
    const fromBefore = await adding(running, 'email')
    await setUp(running, 'totp')
    expect(await running.mfa.enrollments.begin(fromBefore, client)).toEqual({ ok: false, reason: 'unproved' })
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
    const begin = async (method: string) => running.mfa.enrollments.begin(await adding(running, method), client)
    expect(await begin('sms')).toEqual({ ok: false, reason: 'no_contact' })
    await setUp(running, 'email')
    expect(await begin('email')).toEqual({ ok: false, reason: 'full' })
    running.clock.advance(240_000)
    await expect(begin('recovery_code')).rejects.toMatchObject({ code: 'method_unavailable' })
    running.clock.advance(240_000)
    await expect(begin('carrier_pigeon')).rejects.toMatchObject({ code: 'method_not_found' })
  })

  test.each(['', ' ', 'x'.repeat(61), 'two\nlines', 'tricky\u202Ename'])('refuses the name %j', async (name) => {
    const running = await library()
    const grant = await adding(running, 'totp', { name })
    await expect(running.mfa.enrollments.begin(grant, client)).rejects.toMatchObject({ code: 'request_invalid' })
  })
})

describe('removing a method', () => {
  const ask = (running: Library, enrollmentId: string, challengeId: string | null = null) => {
    const resource = { method: { id: enrollmentId, name: 'Authenticator app' } }
    const asked = { accountId: ada.id, session, resource, challengeId }
    return running.mfa.actions.require('mfa.method.remove', asked, client)
  }
  const grantFor = async (running: Library, enrollmentId: string, by: string) => {
    const challenge = await challenged(await ask(running, enrollmentId))
    const answered = await answerStepUp(running, challenge, by)
    if (!answered.ok) return answered.reason
    const step = await ask(running, enrollmentId, challenge.id)
    if (step.status !== 'granted') throw new Error(step.status)
    running.clock.advance(30_000)
    return step.grant
  }
  const remove = async (running: Library, enrollmentId: string, by: { enrollmentId: string }) => {
    const grant = await grantFor(running, enrollmentId, by.enrollmentId)
    return typeof grant === 'string' ? grant : await running.mfa.enrollments.remove(grant, client)
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
    const challenge = await challenged(await ask(running, app.enrollmentId))
    expect(challenge.methods.map(({ method }) => method)).toEqual(['totp'])
    expect(challenge.purpose).toBe('remove Authenticator app from your second factors')
    expect(await remove(running, app.enrollmentId, email)).toBe('not_allowed')
  })

  test('is good for the very method that was confirmed, and once', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const email = await setUp(running, 'email')
    const challenge = await challenged(await ask(running, app.enrollmentId))
    const key = { id: challenge.id, binding: session.id }
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    expect(await running.mfa.challenges.answer(key, 'login', typed, client)).toEqual({ ok: false, reason: 'not_found' })
    expect(await running.mfa.actions.answer(key, typed, session.id, client)).toMatchObject({ ok: true })
    expect(await ask(running, email.enrollmentId, challenge.id)).toEqual({ status: 'mismatch' })
    const step = await ask(running, app.enrollmentId, challenge.id)
    if (step.status !== 'granted') throw new Error(step.status)
    expect(await running.mfa.enrollments.remove(step.grant, client)).toBe('removed')
    await expect(running.mfa.enrollments.remove(step.grant, client)).rejects.toMatchObject({ code: 'proof_spent' })
  })

  test('of another account’s method opens no challenge', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const asked = { session, resource: { method: app.enrollmentId } }
    expect(
      await running.mfa.actions.require('mfa.method.remove', { ...asked, accountId: 'eve' }, client),
    ).toMatchObject({
      status: 'own_check',
    })
    expect(await ask(running, 'another account’s')).toEqual({ status: 'too_weak' })
    expect((await signIn(running)).challenge.methods).toHaveLength(2)
  })
})

describe('turning MFA off', () => {
  const disabling = (running: Library, inSession = session) =>
    allowed(
      running,
      (given) => running.mfa.actions.require('mfa.disable', { ...given, resource: {} }, client),
      inSession,
    )

  test('removes every method and every code, and is told and recorded with the challenge that allowed it', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    await setUp(running, 'email')
    await running.mfa.notices.deliver()
    const grant = await disabling(running)
    const opened = running.audit('challenge.passed').at(-1)?.challenge_id
    expect(await running.mfa.enrollments.disable(grant, client)).toBe(true)
    expect(await running.mfa.enrollments.list(ada.id)).toMatchObject({ enabledAt: null, methods: [] })
    expect(await running.mfa.enrollments.enabledAt(ada.id)).toBeNull()
    expect((await running.mfa.signIn.begin({ accountId: ada.id, evidence: ['password'] }, client)).status).toBe('clear')
    expect(running.audit('mfa.disabled')).toMatchObject([{ account_id: ada.id, challenge_id: opened }])
    await running.mfa.notices.deliver()
    expect(running.emails.lastTo('ada@example.com').subject).toContain('your second factor was turned off')
    expect(running.texts.lastTo('+14155552671').text).toContain('no longer asks for a second factor')
    await expect(running.mfa.enrollments.disable(grant, client)).rejects.toMatchObject({ code: 'proof_spent' })
    const again = await setUp(running, 'totp')
    expect(again.enabled?.recoveryCodes).not.toEqual(app.enabled?.recoveryCodes)
  })

  test('where it is off already is nothing to be told of', async () => {
    const running = await library()
    expect(await running.mfa.enrollments.disable(await disabling(running), client)).toBe(false)
    expect(running.audit('mfa.disabled')).toEqual([])
    await running.mfa.notices.deliver()
    expect(running.emails.messages).toEqual([])
  })

  test('takes a second factor once MFA is on: what the host’s own check allowed before counts for nothing', async () => {
    const running = await library()
    const fromBefore = await disabling(running)
    await setUp(running, 'totp')
    await running.mfa.enrollments.disable(fromBefore, client)
    expect(await running.mfa.enrollments.enabledAt(ada.id)).not.toBeNull()
  })

  test('and every other change of methods is out of reach of a grant from while it was off', async () => {
    const running = await library()
    const { mfa } = running
    const given = { accountId: ada.id, session, ownCheck: () => Promise.resolve(true) }
    const begun = await beginMethod(running, 'totp')
    const resource = { method: begun.enrollmentId }
    const removing = await mfa.actions.require('mfa.method.remove', { ...given, resource }, client)
    const renaming = await mfa.actions.require(
      'mfa.method.rename',
      { ...given, resource, parameters: { name: 'Mine' } },
      client,
    )
    const choosing = await mfa.actions.require('mfa.method.set_primary', { ...given, resource }, client)
    const renewing = await mfa.actions.require('recovery_codes.renew', { ...given, resource: {} }, client)
    await begun.confirm()
    const before = await mfa.enrollments.list(ada.id)
    for (const step of [removing, renaming, choosing, renewing]) expect(step.status).toBe('granted')
    if (removing.status === 'granted') expect(await mfa.enrollments.remove(removing.grant, client)).toBe('absent')
    if (renaming.status === 'granted') expect(await mfa.enrollments.rename(renaming.grant, client)).toBe('absent')
    if (choosing.status === 'granted') expect(await mfa.enrollments.setPrimary(choosing.grant, client)).toBe(false)
    if (renewing.status === 'granted') {
      expect(await mfa.enrollments.renewRecoveryCodes(renewing.grant, client)).toBeNull()
    }
    expect(await mfa.enrollments.list(ada.id)).toEqual(before)
  })

  test('ends what was being set up', async () => {
    const running = await library()
    await setUp(running, 'totp')
    const begun = await beginMethod(running, 'email', { id: 'another', challengeId: 'c' })
    const code = begun.answer()
    await running.mfa.enrollments.disable(await disabling(running), client)
    expect(await begun.confirm(code)).toMatchObject({ ok: false })
    expect(await running.mfa.enrollments.enabledAt(ada.id)).toBeNull()
  })
})

describe('new recovery codes', () => {
  const renewing = (running: Library) =>
    allowed(running, (given) => running.mfa.actions.require('recovery_codes.renew', { ...given, resource: {} }, client))

  const recover = async (running: Library, answer: string) => {
    const { key, challenge } = await signIn(running)
    const enrollmentId = challenge.methods.find(({ method }) => method === 'recovery_code')?.enrollmentId ?? ''
    return await running.mfa.challenges.answer(key, 'login', { enrollmentId, answer }, client)
  }

  test('work, and the old ones no longer do', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    await running.mfa.notices.deliver()
    const old = app.enabled?.recoveryCodes ?? []
    expect(await recover(running, old[0] ?? '')).toMatchObject({ ok: true })
    const renewed = await running.mfa.enrollments.renewRecoveryCodes(await renewing(running), client)
    const codes = renewed?.codes ?? []
    expect(new Set([...codes, ...old]).size).toBe(20)
    expect(await recover(running, old[1] ?? '')).toMatchObject({ ok: false, reason: 'wrong' })
    expect(await recover(running, codes[0] ?? '')).toMatchObject({ ok: true })
    expect(await recover(running, codes[0] ?? '')).toMatchObject({ ok: false, reason: 'wrong' })
    const { methods } = await running.mfa.enrollments.list(ada.id)
    expect(methods.map(({ method, codesLeft, primary }) => [method, codesLeft, primary])).toEqual([
      ['totp', null, true],
      ['recovery_code', 9, false],
    ])
  })

  test('are told of and recorded, and shown nowhere else', async () => {
    const running = await library()
    await setUp(running, 'totp')
    const grant = await renewing(running)
    const opened = running.audit('challenge.passed').at(-1)?.challenge_id
    const renewed = await running.mfa.enrollments.renewRecoveryCodes(grant, client)
    await running.mfa.notices.deliver()
    expect(running.emails.lastTo('ada@example.com').subject).toContain('you have new recovery codes')
    expect(running.audit('recovery_codes.renewed')).toMatchObject([{ account_id: ada.id, challenge_id: opened }])
    const told = JSON.stringify([running.audit(), running.emails.messages, running.texts.messages])
    for (const code of renewed?.codes ?? []) expect(told).not.toContain(code)
  })

  test('are not made while MFA is off', async () => {
    const running = await library()
    expect(await running.mfa.enrollments.renewRecoveryCodes(await renewing(running), client)).toBeNull()
    expect(running.audit('recovery_codes.renewed')).toEqual([])
    expect((await running.mfa.enrollments.list(ada.id)).methods).toEqual([])
  })
})

describe('a method', () => {
  test('is renamed to what was confirmed, unless another has the name', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    await setUp(running, 'email')
    const rename = async (name: string) => {
      const grant = await allowed(running, (given) => {
        const resource = { method: app.enrollmentId }
        return running.mfa.actions.require('mfa.method.rename', { ...given, resource, parameters: { name } }, client)
      })
      return await running.mfa.enrollments.rename(grant, client)
    }
    expect(await rename('E-mail')).toBe('taken')
    expect(await rename('  Work phone ')).toBe('renamed')
    await expect(rename('two\nlines')).rejects.toMatchObject({ code: 'request_invalid' })
    const { methods } = await running.mfa.enrollments.list(ada.id)
    expect(methods.map(({ name }) => name)).toEqual(['Work phone', 'E-mail', 'Recovery codes'])
  })

  test('is asked for first once that was confirmed, a backup never', async () => {
    const running = await library()
    await setUp(running, 'totp')
    const email = await setUp(running, 'email')
    const choose = async (enrollmentId: string) => {
      const resource = { method: enrollmentId }
      const grant = await allowed(running, (given) =>
        running.mfa.actions.require('mfa.method.set_primary', { ...given, resource }, client),
      )
      return await running.mfa.enrollments.setPrimary(grant, client)
    }
    const { methods } = await running.mfa.enrollments.list(ada.id)
    expect(await choose(methods.find(({ backup }) => backup)?.enrollmentId ?? '')).toBe(false)
    expect(await choose(email.enrollmentId)).toBe(true)
    running.clock.advance(600_000)
    expect((await signIn(running)).challenge.active).toBe(email.enrollmentId)
  })
})

describe('erasing an account', () => {
  test('SC-14 · leaves nothing that signs in, answers or is inherited, but the audit log', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const { key } = await signIn(running)
    const before = running.audit().length
    await running.mfa.erase(ada.id, client)
    expect(await running.mfa.enrollments.list(ada.id)).toMatchObject({ enabledAt: null, methods: [] })
    expect(await running.mfa.challenges.view(key)).toBeNull()
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    expect(await running.mfa.challenges.answer(key, 'login', typed, client)).toEqual({ ok: false, reason: 'not_found' })
    const entries = running.audit()
    expect(entries).toHaveLength(before + 1)
    expect(entries.at(-1)).toMatchObject({ event: 'account.erased', account_id: ada.id })
    const again = await setUp(running, 'totp')
    expect(again.enabled?.recoveryCodes).toHaveLength(10)
  })
})
