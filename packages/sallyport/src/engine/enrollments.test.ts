import type { AuditEntry } from 'sallyport'
import { authenticator } from 'sallyport/testing'
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

test('AU-01 · whatever is done to a method is recorded with what kind of method it is', async () => {
  const running = await library()
  const { mfa } = running
  const app = await setUp(running, 'totp')
  const mail = await setUp(running, 'email')
  const text = await setUp(running, 'sms')
  const named = { resource: { method: mail.enrollmentId }, parameters: { name: 'At work' } }
  const renaming = await allowed(running, (given) =>
    mfa.actions.require('mfa.method.rename', { ...given, ...named }, client),
  )
  await mfa.enrollments.rename(renaming, client)
  const choosing = await allowed(running, (given) =>
    mfa.actions.require('mfa.method.set_primary', { ...given, resource: named.resource }, client),
  )
  await mfa.enrollments.setPrimary(choosing, client)
  const renewing = await allowed(running, (given) =>
    mfa.actions.require('recovery_codes.renew', { ...given, resource: {} }, client),
  )
  await mfa.enrollments.renewRecoveryCodes(renewing, client)
  const { methods } = await mfa.enrollments.list(ada.id)
  const backup = methods.find(({ method }) => method === 'recovery_code')
  for (const { enrollmentId } of [mail, text, app]) {
    running.clock.advance(600_000)
    const removing = await allowed(running, (given) =>
      mfa.actions.require('mfa.method.remove', { ...given, resource: { method: enrollmentId } }, client),
    )
    await mfa.enrollments.remove(removing, client)
  }
  const done = ['method.renamed', 'method.primary_changed', 'recovery_codes.renewed', 'method.removed'] as const
  const entries = running.audit(...done, 'mfa.disabled')
  expect(entries.map(({ event, method, enrollment_id: id }) => [event, method, id])).toEqual([
    ['method.renamed', 'email', mail.enrollmentId],
    ['method.primary_changed', 'email', mail.enrollmentId],
    ['recovery_codes.renewed', 'recovery_code', backup?.enrollmentId],
    ['method.removed', 'email', mail.enrollmentId],
    ['method.primary_changed', 'totp', app.enrollmentId],
    ['method.removed', 'sms', text.enrollmentId],
    ['method.removed', 'totp', app.enrollmentId],
    ['mfa.disabled', 'totp', app.enrollmentId],
  ])
  // Nor is there any other event of a method that does not say which.
  const ofMethods = running.audit().filter(({ event }) => event.startsWith('method.'))
  expect(ofMethods.filter(({ method, enrollment_id: id }) => method === null || id === null)).toEqual([])
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

describe('the methods of an account', () => {
  test('are listed with all that their owner may see, and so is what could be set up', async () => {
    let found: typeof ada | null = { ...ada, confirmedPhone: null as unknown as string }
    const running = await library({
      accounts: { find: () => Promise.resolve(found), endSessions: () => Promise.resolve() },
    })
    expect(await running.mfa.enrollments.list(ada.id)).toEqual({
      enabledAt: null,
      managed: false,
      methods: [],
      accepted: {},
      available: [
        { method: 'totp', label: 'Authenticator app', status: 'ready' },
        { method: 'email', label: 'E-mail', status: 'ready' },
        { method: 'sms', label: 'Text message', status: 'no_contact' },
      ],
    })
    const createdAt = running.clock() + 30_000
    const { enrollmentId } = await setUp(running, 'email')
    const { key } = await signIn(running)
    const lastUsedAt = running.clock()
    const typed = { enrollmentId, answer: running.emails.codeTo('ada@example.com') }
    await running.mfa.challenges.answer(key, 'login', typed, client)
    const { methods, available, enabledAt } = await running.mfa.enrollments.list(ada.id)
    const plain = { backup: false, codesLeft: null, disabled: false }
    expect(enabledAt).toBe(createdAt)
    expect(methods).toEqual([
      {
        ...plain,
        enrollmentId,
        method: 'email',
        name: 'E-mail',
        hint: 'a***@e***.com',
        primary: true,
        createdAt,
        lastUsedAt,
      },
      expect.objectContaining({
        method: 'recovery_code',
        name: 'Recovery codes',
        primary: false,
        backup: true,
        codesLeft: 10,
        lastUsedAt: null,
      }),
    ])
    expect(available.map(({ status }) => status)).toEqual(['ready', 'full', 'no_contact'])
    found = null
    const gone = await running.mfa.enrollments.list(ada.id)
    expect(gone.available.map(({ status }) => status)).toEqual(['no_contact', 'full', 'no_contact'])
  })

  test('are set up under the name that was given, in a challenge that says so, and the first turns MFA on', async () => {
    const running = await library()
    const begun = await running.mfa.enrollments.begin(await adding(running, 'totp', { name: 'My phone' }), client)
    if (!begun.ok) throw new Error(begun.reason)
    const { enrollmentId, key, challenge } = begun
    expect(challenge).toMatchObject({
      purpose: 'set up My phone as a second factor',
      active: enrollmentId,
      repeats: [],
    })
    expect(running.audit('method.enrolling')).toMatchObject([
      { outcome: 'ok', account_id: 'ada', method: 'totp', enrollment_id: enrollmentId, challenge_id: key.id },
    ])
    const stored = await running.store.readChallenge(key.id)
    expect(stored?.challenge.resource).toEqual({ method: enrollmentId })
    const secret = (begun.setup as { secret: string }).secret
    const answer = () => authenticator(secret).codeAt(running.clock())
    running.answers.set(enrollmentId, answer)
    const confirmed = await running.mfa.enrollments.confirm(key, { enrollmentId, answer: answer() }, client)
    if (!confirmed.ok || confirmed.enabled === null) throw new Error('it was not the first')
    const at = running.clock() + 1
    expect(running.ended[0]).toBe(at)
    expect(running.faults).toEqual([])
    expect(confirmed.enabled.recoveryCodes).toHaveLength(10)
    expect(confirmed.enabled.proof.redeem('mfa.enable')).toEqual({
      accountId: 'ada',
      action: 'mfa.enable',
      resource: enrollmentId,
      methods: ['totp'],
      amr: ['otp'],
      at,
      begunAt: at,
      challengeId: key.id,
      reason: null,
      replaces: false,
    })
    running.clock.advance(30_000)
    expect((await setUp(running, 'email')).enabled).toBeNull()
  })

  test('are not confirmed by what is no such challenge', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const { key } = await signIn(running)
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    const none = { ok: false, reason: 'not_found' }
    expect(await running.mfa.enrollments.confirm(key, typed, client)).toEqual(none)
    expect(await running.mfa.enrollments.confirm({ ...key, id: 'none' }, typed, client)).toEqual(none)
    expect(await running.mfa.challenges.answer(key, 'login', typed, client)).toMatchObject({ ok: true })
  })

  test('that can’t be set up are the host’s mistake where they are none of the account’s choosing', async () => {
    let found: typeof ada | null = ada
    const running = await library({
      accounts: { find: () => Promise.resolve(found), endSessions: () => Promise.resolve() },
    })
    const backup = await adding(running, 'recovery_code')
    await expect(running.mfa.enrollments.begin(backup, client)).rejects.toMatchObject({
      code: 'method_unavailable',
      message: 'a backup is made together with the first other method',
    })
    const grant = await adding(running, 'totp')
    found = null
    await expect(running.mfa.enrollments.begin(grant, client)).rejects.toMatchObject({ code: 'account_not_found' })
  })
})

test('a method that is not begun leaves nothing in the log, and one too many is an error', async () => {
  let outcome: 'full' | 'limit' = 'full'
  const recorded: AuditEntry[] = []
  const running = await library({
    around: () => ({
      beginEnrollment({ record }) {
        recorded.push(...record(outcome).audit)
        return Promise.resolve(outcome)
      },
    }),
  })
  const begin = async () => await running.mfa.enrollments.begin(await adding(running, 'totp'), client)
  expect(await begin()).toEqual({ ok: false, reason: 'full' })
  outcome = 'limit'
  await expect(begin()).rejects.toMatchObject({ code: 'send_limit' })
  expect(recorded).toEqual([])
})

test('S7 · a method that was added with a recovery code counts in full a day later, any other at once', async () => {
  const running = await library()
  const app = await setUp(running, 'totp')
  const { methods } = (await signIn(running)).challenge
  const backup = methods.find(({ method }) => method === 'recovery_code')?.enrollmentId ?? ''
  running.answers.set(backup, () => app.enabled?.recoveryCodes[0] ?? '')
  const asked = { accountId: ada.id, session, resource: { method: 'email' }, parameters: null }
  const challenge = await challenged(await running.mfa.actions.require('mfa.method.add', asked, client))
  expect(await answerStepUp(running, challenge, backup)).toMatchObject({ ok: true })
  const step = await running.mfa.actions.require('mfa.method.add', { ...asked, challengeId: challenge.id }, client)
  if (step.status !== 'granted') throw new Error(step.status)
  const begunAt = running.clock()
  const begun = await running.mfa.enrollments.begin(step.grant, client)
  if (!begun.ok) throw new Error(begun.reason)
  const answer = running.emails.codeTo('ada@example.com')
  await running.mfa.enrollments.confirm(begun.key, { enrollmentId: begun.enrollmentId, answer }, client)
  const { enrollments } = await running.store.readAccount(ada.id)
  expect(enrollments.map(({ method, fullStrengthFrom }) => [method, fullStrengthFrom])).toEqual([
    ['totp', 0],
    ['email', begunAt + 86_400_000],
    ['recovery_code', 0],
  ])
})

describe('a change of methods', () => {
  const removal = (running: Library, id: string) =>
    allowed(running, (given) =>
      running.mfa.actions.require('mfa.method.remove', { ...given, resource: { method: id } }, client),
    )
  const told = async (running: Library) => {
    const before = running.emails.messages.length
    await running.mfa.notices.deliver()
    return running.emails.messages.slice(before).map(({ text }) => text.split('\n')[0])
  }

  test('is told of by name, and recorded with the name and with what confirmed it', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const mail = await setUp(running, 'email')
    await told(running)
    expect(await running.mfa.enrollments.remove(await removal(running, mail.enrollmentId), client)).toBe('removed')
    expect(await told(running)).toContain('A second factor "E-mail" was removed from your account.')
    expect(await running.mfa.enrollments.remove(await removal(running, app.enrollmentId), client)).toBe('removed')
    expect(await told(running)).toContain(
      'Your account no longer asks for a second factor: the password alone opens it.',
    )
    const entries = running.audit('method.removed', 'mfa.disabled')
    expect(entries.map(({ event, outcome, detail }) => [event, outcome, detail])).toEqual([
      ['method.removed', 'ok', '{"name":"E-mail"}'],
      ['method.removed', 'ok', '{"name":"Authenticator app"}'],
      ['mfa.disabled', 'ok', '{"name":"Authenticator app"}'],
    ])
    const passed = running.audit('challenge.passed').map(({ challenge_id: id }) => id)
    for (const { challenge_id: id } of entries) expect(passed).toContain(id)
  })

  test('C5 · that removes the primary makes the strongest that is left the primary, in whatever order they came', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    await setUp(running, 'email')
    await setUp(running, 'sms')
    await running.mfa.enrollments.remove(await removal(running, app.enrollmentId), client)
    const { methods } = await running.mfa.enrollments.list(ada.id)
    expect(methods.find(({ primary }) => primary)?.method).toBe('sms')
  })

  test('of a name is recorded with the name', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const named = { resource: { method: app.enrollmentId }, parameters: { name: ' At work ' } }
    const renaming = await allowed(running, (given) =>
      running.mfa.actions.require('mfa.method.rename', { ...given, ...named }, client),
    )
    expect(await running.mfa.enrollments.rename(renaming, client)).toBe('renamed')
    expect(running.audit('method.renamed')).toMatchObject([{ outcome: 'ok', detail: '{"name":"At work"}' }])
  })

  test('that comes too late changes nothing, and leaves nothing in the log', async () => {
    const running = await library()
    await setUp(running, 'totp')
    const mail = await setUp(running, 'email')
    const named = { resource: { method: mail.enrollmentId }, parameters: { name: 'At work' } }
    const { require } = running.mfa.actions
    const choosing = await allowed(running, (given) =>
      require('mfa.method.set_primary', { ...given, resource: named.resource }, client),
    )
    const renaming = await allowed(running, (given) => require('mfa.method.rename', { ...given, ...named }, client))
    const removing = [await removal(running, mail.enrollmentId), await removal(running, mail.enrollmentId)]
    const { enrollments } = running.mfa
    const [first, second] = removing
    if (first === undefined || second === undefined) throw new Error('two were asked for')
    expect(await enrollments.remove(first, client)).toBe('removed')
    expect(await enrollments.remove(second, client)).toBe('absent')
    expect(await enrollments.setPrimary(choosing, client)).toBe(false)
    expect(await enrollments.rename(renaming, client)).toBe('absent')
    expect(running.audit('method.removed')).toHaveLength(1)
    expect(running.audit('method.primary_changed', 'method.renamed')).toEqual([])
  })
})
