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
import { actions, namesIn } from '../contract/action.ts'
import type { Grant, OwnActions } from '../index.ts'

const team = { team: { id: 't1', name: 'Observatory' } }
const key = { key: { id: 'k1', name: 'prod-ci' } }
const other = { id: 'another session', challengeId: 'another' }
const ask = { accountId: ada.id, session }

interface Different {
  readonly accountId?: string
  readonly session?: { readonly id: string }
  readonly challengeId?: string | null
  readonly ownCheck?: () => Promise<boolean>
}

const revoke = ({ mfa }: Library, different: Different = {}, resource: typeof key = key) =>
  mfa.actions.require('api_key.revoke', { ...ask, resource, ...different }, client)

const adjust = ({ mfa }: Library, different: Different = {}, resource: typeof team = team) =>
  mfa.actions.require('team.adjust', { ...ask, resource, ...different }, client)

/** Opens the window of `team.adjust`, and gives the challenge that opened it. */
const opened = async (running: Library, inSession = session): Promise<string> => {
  running.clock.advance(30_000)
  const challenge = await challenged(await adjust(running, { session: inSession }))
  expect(await answerStepUp(running, challenge, undefined, inSession.id)).toMatchObject({ ok: true })
  return challenge.id
}

/** Passes a challenge for `api_key.revoke`, which is not used yet. */
const passed = async (running: Library): Promise<string> => {
  running.clock.advance(30_000)
  const challenge = await challenged(await revoke(running))
  expect(await answerStepUp(running, challenge)).toMatchObject({ ok: true })
  return challenge.id
}

const withApp = async <const Own extends OwnActions = {}>(options: Parameters<typeof library<Own>>[0] = {}) => {
  const running = await library<Own>(options)
  const app = await setUp(running, 'totp')
  return { running, app }
}

describe('a grant that is good once', () => {
  test('S5 · comes from a passed challenge, for exactly what was shown, once', async () => {
    const { running } = await withApp()
    const challenge = await challenged(await revoke(running))
    expect(challenge.purpose).toBe('invalidate API key prod-ci')
    expect(await answerStepUp(running, challenge)).toEqual({ ok: true, action: 'api_key.revoke' })
    const at = running.clock()
    const second = await revoke(running, { challengeId: challenge.id })
    if (second.status !== 'granted') throw new Error(second.status)
    expect(second.grant.redeem('api_key.revoke')).toEqual({
      accountId: 'ada',
      sessionId: 'session',
      action: 'api_key.revoke',
      resource: { key: 'k1' },
      parameters: null,
      methods: ['totp'],
      at,
      challengeId: challenge.id,
      reason: null,
    })
    expect((await revoke(running, { challengeId: challenge.id })).status).toBe('challenge')
  })

  test('S5 · asked for with another id, name, parameter or action is a mismatch, and keeps for its real use', async () => {
    const { running } = await withApp()
    const create = (challengeId: string | null, parameters: object, resource = key) =>
      running.mfa.actions.require('api_key.create', { ...ask, resource, parameters, challengeId }, client)
    const scopes = { scopes: ['read'], days: 30 }
    running.clock.advance(30_000)
    const challenge = await challenged(await create(null, scopes))
    await answerStepUp(running, challenge)
    const mismatch = { status: 'mismatch' }
    expect(await create(challenge.id, { ...scopes, scopes: ['write'] })).toEqual(mismatch)
    expect(await create(challenge.id, { ...scopes, days: '30' })).toEqual(mismatch)
    expect(await create(challenge.id, {})).toEqual(mismatch)
    expect(await create(challenge.id, scopes, { key: { id: 'k2', name: 'prod-ci' } })).toEqual(mismatch)
    expect(await create(challenge.id, scopes, { key: { id: 'k1', name: 'harmless' } })).toEqual(mismatch)
    expect(await revoke(running, { challengeId: challenge.id })).toEqual(mismatch)
    const step = await create(challenge.id, { days: 30, scopes: ['read'] })
    if (step.status !== 'granted') throw new Error(step.status)
    expect(step.grant.redeem('api_key.create').parameters).toEqual({ days: 30, scopes: ['read'] })
  })

  test('waits as long as the limit says, to the millisecond', async () => {
    for (const [waited, status] of [
      [9_999, 'granted'],
      [10_000, 'challenge'],
    ] as const) {
      const { running } = await withApp({ limits: { grantSeconds: 10 } })
      const challengeId = await passed(running)
      running.clock.advance(waited)
      expect((await revoke(running, { challengeId })).status).toBe(status)
    }
  })

  test('SU-04 · is the session’s alone: for any other its challenge is no mismatch but none at all', async () => {
    const { running } = await withApp()
    const challengeId = await passed(running)
    const elsewhere = await challenged(await revoke(running, { session: other, challengeId }))
    expect(elsewhere.id).not.toBe(challengeId)
    const differently = { key: { id: 'k2', name: 'prod-ci' } }
    expect((await revoke(running, { session: other, challengeId }, differently)).status).toBe('challenge')
    expect((await revoke(running, { accountId: 'eve', challengeId })).status).toBe('own_check')
    expect((await revoke(running, { challengeId: 'guessed' })).status).toBe('challenge')
    expect((await revoke(running, { challengeId })).status).toBe('granted')
  })

  test('SC-02 · is that of the session’s new id when it is renewed by the answer, and not of the old', async () => {
    const { running, app } = await withApp()
    const challenge = await challenged(await revoke(running))
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    const bound = { id: challenge.id, binding: session.id }
    expect(await running.mfa.actions.answer(bound, typed, 'renewed', client)).toMatchObject({ ok: true })
    expect((await revoke(running, { challengeId: challenge.id })).status).toBe('challenge')
    const renewed = { session: { id: 'renewed' }, challengeId: challenge.id }
    expect((await revoke(running, renewed)).status).toBe('granted')
  })

  test('is spent by one of 16 racers', async () => {
    const { running } = await withApp()
    const challengeId = await passed(running)
    const results = await Promise.all(Array.from({ length: 16 }, () => revoke(running, { challengeId })))
    expect(results.filter(({ status }) => status === 'granted')).toHaveLength(1)
    expect(results.filter(({ status }) => status === 'challenge')).toHaveLength(15)
  })

  test('does not come from a challenge that is open, cancelled, failed or over', async () => {
    const { running, app } = await withApp({ limits: { triesPerChallenge: 1 } })
    const first = await challenged(await revoke(running))
    expect(await challenged(await revoke(running, { challengeId: first.id }))).toMatchObject({ id: first.id })
    const bound = { id: first.id, binding: session.id }
    await running.mfa.challenges.cancel(bound, client)
    const right = { enrollmentId: app.enrollmentId, answer: app.answer() }
    expect(await running.mfa.actions.answer(bound, right, session.id, client)).toEqual({ ok: false, reason: 'closed' })
    const second = await challenged(await revoke(running, { challengeId: first.id }))
    expect(second.id).not.toBe(first.id)

    const failing = { id: second.id, binding: session.id }
    const wrong = { enrollmentId: app.enrollmentId, answer: '000000' }
    expect(await running.mfa.actions.answer(failing, wrong, session.id, client)).toMatchObject({ reason: 'wrong' })
    expect(await running.mfa.actions.answer(failing, right, session.id, client)).toEqual({
      ok: false,
      reason: 'closed',
    })
    const third = await challenged(await revoke(running, { challengeId: second.id }))
    expect(third.id).not.toBe(second.id)

    running.clock.advance(600_000)
    expect(await answerStepUp(running, third)).toEqual({ ok: false, reason: 'closed' })
    expect((await revoke(running, { challengeId: third.id })).status).toBe('challenge')
  })

  test('does not come from a code that was used to sign in', async () => {
    const { running, app } = await withApp()
    const login = await signIn(running)
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    expect(await running.mfa.challenges.answer(login.key, 'login', typed, client)).toMatchObject({ ok: true })
    const challenge = await challenged(await revoke(running))
    expect(await answerStepUp(running, challenge)).toMatchObject({ ok: false, reason: 'wrong' })
    running.clock.advance(30_000)
    expect(await answerStepUp(running, challenge)).toMatchObject({ ok: true })
  })
})

describe('a challenge that is asked for again', () => {
  test('goes on: the code that was sent is still good, and tries used stay used', async () => {
    const running = await library()
    const email = await setUp(running, 'email')
    const first = await challenged(await revoke(running))
    const code = email.answer()
    const sent = running.emails.messages.length
    const bound = { id: first.id, binding: session.id }
    const wrong = { enrollmentId: email.enrollmentId, answer: code === '000000' ? '000001' : '000000' }
    await running.mfa.actions.answer(bound, wrong, session.id, client)
    const again = await challenged(await revoke(running))
    expect(again).toMatchObject({ id: first.id, attemptsLeft: 4, code: { delivered: true } })
    expect(running.emails.messages).toHaveLength(sent)
    const typed = { enrollmentId: email.enrollmentId, answer: code }
    expect(await running.mfa.actions.answer(bound, typed, session.id, client)).toMatchObject({ ok: true })
  })

  test('for something else or in another session is another', async () => {
    const { running } = await withApp()
    const first = await challenged(await revoke(running))
    const differently = await challenged(await revoke(running, {}, { key: { id: 'k2', name: 'prod-ci' } }))
    const elsewhere = await challenged(await revoke(running, { session: other }))
    expect(new Set([first.id, differently.id, elsewhere.id]).size).toBe(3)
  })
})

describe('a window', () => {
  test('S4 · is ridden any number of times and slides to its ceiling', async () => {
    const { running } = await withApp()
    const grant = await allowed(running, ({ challengeId }) => adjust(running, { challengeId }))
    expect(grant.redeem('team.adjust').resource).toEqual({ team: 't1' })
    for (let minutes = 0; minutes < 56; minutes += 4) {
      running.clock.advance(4 * 60_000)
      expect((await adjust(running)).status).toBe('granted')
    }
    running.clock.advance(4 * 60_000)
    expect((await adjust(running)).status).toBe('challenge')
  })

  test('SU-02 · is over at its end, to the millisecond, counted from the last time', async () => {
    const { running } = await withApp()
    await opened(running)
    running.clock.advance(299_999)
    expect((await adjust(running)).status).toBe('granted')
    running.clock.advance(299_999)
    expect((await adjust(running)).status).toBe('granted')
    running.clock.advance(300_000)
    expect((await adjust(running)).status).toBe('challenge')
  })

  test('that does not slide is over at its end, however often it is ridden, and whatever its ceiling', async () => {
    const lasts = { windowSeconds: 60, sliding: false, ceilingSeconds: 3600 }
    const { running } = await withApp({ policy: { 'team.adjust': { lasts } } })
    await opened(running)
    const asked = { ...ask, resource: team }
    const end = running.clock() + 60_000
    for (let seconds = 0; seconds < 50; seconds += 10) {
      expect((await adjust(running)).status).toBe('granted')
      running.clock.advance(10_000)
    }
    expect(await running.mfa.actions.window('team.adjust', asked)).toEqual({ expiresAt: end, ceilingAt: end })
    running.clock.advance(9_999)
    expect((await adjust(running)).status).toBe('granted')
    running.clock.advance(1)
    expect((await adjust(running)).status).toBe('challenge')
  })

  test('S4 · is that of one session and one team, whatever the team is called by now', async () => {
    const { running } = await withApp()
    await opened(running)
    expect((await adjust(running, { session: other })).status).toBe('challenge')
    expect((await adjust(running, {}, { team: { id: 't2', name: 'Observatory' } })).status).toBe('challenge')
    expect((await adjust(running, { accountId: 'eve' })).status).toBe('own_check')
    expect((await adjust(running, {}, { team: { id: 't1', name: 'Telescope' } })).status).toBe('granted')
  })

  test('is read without being slid', async () => {
    const { running } = await withApp()
    const asked = { ...ask, resource: team }
    const read = () => running.mfa.actions.window('team.adjust', asked)
    expect(await read()).toBeNull()
    await opened(running)
    const at = running.clock()
    for (let minutes = 0; minutes < 5; minutes += 1) {
      expect(await read()).toEqual({ expiresAt: at + 300_000, ceilingAt: at + 3_600_000 })
      await running.mfa.actions.explain('team.adjust', asked)
      running.clock.advance(60_000)
    }
    expect(await read()).toBeNull()
    expect((await adjust(running)).status).toBe('challenge')
  })

  test('passed for one team is a mismatch for another, when it is presented', async () => {
    const { running } = await withApp()
    const challengeId = await opened(running)
    expect(await adjust(running, { challengeId }, { team: { id: 't2', name: 'Observatory' } })).toEqual({
      status: 'mismatch',
    })
  })
})

describe('the host’s own check', () => {
  const counting = (answer: boolean) => {
    const check = Object.assign(() => ((check.asked += 1), Promise.resolve(answer)), { asked: 0 })
    return check
  }

  test('is asked exactly once, only while MFA is off, and only where something is asked for', async () => {
    const running = await library({ policy: { 'session.end_others': { needed: 'off' } } })
    const ownCheck = counting(true)
    const step = await revoke(running, { ownCheck })
    if (step.status !== 'granted') throw new Error(step.status)
    expect(step.grant.redeem('api_key.revoke')).toMatchObject({ reason: 'mfa_off', challengeId: null, methods: [] })
    expect(ownCheck.asked).toBe(1)
    // Once is once: the next time it is asked again.
    expect((await revoke(running, { ownCheck })).status).toBe('granted')
    expect(ownCheck.asked).toBe(2)
    expect(await running.mfa.actions.end({ accountId: ada.id }, client)).toBe(0)
    await running.mfa.actions.require('session.end_others', { ...ask, resource: {}, ownCheck }, client)
    expect(ownCheck.asked).toBe(2)
    await setUp(running, 'totp')
    expect((await revoke(running, { ownCheck })).status).toBe('challenge')
    expect(ownCheck.asked).toBe(2)
  })

  test('that is not passed, or that there is none of, refuses', async () => {
    const running = await library()
    const ownCheck = counting(false)
    const refused = { status: 'own_check', purpose: 'invalidate API key prod-ci', maxAgeSeconds: 120 }
    expect(await revoke(running, { ownCheck })).toEqual(refused)
    expect(ownCheck.asked).toBe(1)
    expect(await revoke(running)).toEqual(refused)
    const truthy = { ownCheck: () => Promise.resolve('yes' as never) }
    expect(await revoke(running, truthy)).toEqual(refused)
  })

  test('opens a window like a challenge would, which ends when MFA is turned on', async () => {
    const running = await library()
    const ownCheck = counting(true)
    expect((await adjust(running, { ownCheck })).status).toBe('granted')
    for (let minutes = 0; minutes < 56; minutes += 4) {
      running.clock.advance(4 * 60_000)
      const step = await adjust(running, { ownCheck })
      expect(step.status === 'granted' && step.grant.redeem('team.adjust')).toMatchObject({ reason: 'mfa_off' })
    }
    expect(ownCheck.asked).toBe(1)
    expect((await adjust(running, { session: other })).status).toBe('own_check')
    running.clock.advance(4 * 60_000)
    expect((await adjust(running, { ownCheck })).status).toBe('granted')
    expect(ownCheck.asked).toBe(2)
    await setUp(running, 'totp')
    expect((await adjust(running, { ownCheck })).status).toBe('challenge')
    expect(ownCheck.asked).toBe(2)
  })

  test('counts for nothing when MFA is turned on while it runs', async () => {
    for (const demand of [revoke, adjust]) {
      const running = await library()
      const ownCheck = async () => (await setUp(running, 'totp')).enabled !== null
      expect((await demand(running, { ownCheck })).status).toBe('challenge')
      expect((await demand(running)).status).toBe('challenge')
    }
  })

  test('that throws, throws', async () => {
    const running = await library()
    const ownCheck = () => Promise.reject(new Error('down'))
    await expect(revoke(running, { ownCheck })).rejects.toThrow('down')
  })
})

describe('the policy', () => {
  test('S3 · that switches an action off asks for nothing, and says so in the grant and the audit log', async () => {
    const running = await library({ policy: { 'api_key.revoke': { needed: 'off' } } })
    for (const mfa of ['off', 'on']) {
      if (mfa === 'on') await setUp(running, 'totp')
      const step = await revoke(running)
      if (step.status !== 'granted') throw new Error(step.status)
      expect(step.grant.redeem('api_key.revoke')).toMatchObject({ reason: 'switched_off', resource: { key: 'k1' } })
    }
    const entries = running.audit('action.allowed').filter(({ action }) => action === 'api_key.revoke')
    expect(entries).toHaveLength(2)
    for (const { detail } of entries) expect(JSON.parse(detail)).toMatchObject({ reason: 'switched_off' })
  })

  test('S1 · has the host’s own actions, confirmed like any other', async () => {
    const { running } = await withApp({ actions: { 'team.delete': { purpose: 'delete team {team}' } } })
    const demand = (challengeId: string | null) =>
      running.mfa.actions.require('team.delete', { ...ask, resource: team, challengeId }, client)
    running.clock.advance(30_000)
    const challenge = await challenged(await demand(null))
    expect(challenge).toMatchObject({ action: 'team.delete', purpose: 'delete team Observatory' })
    expect(await answerStepUp(running, challenge)).toEqual({ ok: true, action: 'team.delete' })
    const step = await demand(challenge.id)
    if (step.status !== 'granted') throw new Error(step.status)
    expect(step.grant.redeem('team.delete').resource.team).toBe('t1')
  })

  test('C3, SU-11 · no switch reaches a weaker method than it names, not by name and not by a code', async () => {
    const own = { 'vault.open': { purpose: 'open vault {vault}', atLeast: 'totp' } }
    const running = await library({ actions: own })
    const email = await setUp(running, 'email')
    const demand = () => running.mfa.actions.require('vault.open', { ...ask, resource: { vault: 'v1' } }, client)
    expect(await demand()).toEqual({ status: 'too_weak' })
    const app = await setUp(running, 'totp')
    const challenge = await challenged(await demand())
    expect(challenge.methods.map(({ method }) => method)).toEqual(['totp'])
    expect(challenge.active).toBe(app.enrollmentId)
    const bound = { id: challenge.id, binding: session.id }
    await running.mfa.notices.deliver()
    const sent = running.emails.messages.length
    const notAllowed = { ok: false, reason: 'not_allowed' }
    expect(await running.mfa.challenges.prompt(bound, email.enrollmentId, client)).toMatchObject(notAllowed)
    expect(running.emails.messages).toHaveLength(sent)
    const codes = email.enabled?.recoveryCodes ?? []
    const { methods } = await running.mfa.enrollments.list(ada.id)
    const backup = methods.find((method) => method.backup)?.enrollmentId ?? ''
    for (const typed of [
      { enrollmentId: email.enrollmentId, answer: '123456' },
      { enrollmentId: backup, answer: codes[0] ?? '' },
    ]) {
      expect(await running.mfa.actions.answer(bound, typed, session.id, client)).toEqual(notAllowed)
    }
    expect(await answerStepUp(running, challenge)).toMatchObject({ ok: true })
  })

  test('C3 · that names a floor for adding a method keeps recovery codes out too', async () => {
    const running = await library({ policy: { 'mfa.method.add': { atLeast: 'sms' } } })
    await setUp(running, 'sms')
    const asked = { ...ask, resource: { method: 'totp' } }
    const challenge = await challenged(await running.mfa.actions.require('mfa.method.add', asked, client))
    expect(challenge.methods.map(({ method }) => method)).toEqual(['sms'])
  })

  test('SU-14 · lets a recovery code confirm the adding of a method, and nothing else', async () => {
    const { running, app } = await withApp()
    const codes = [...(app.enabled?.recoveryCodes ?? [])]
    const { methods } = await running.mfa.enrollments.list(ada.id)
    const backup = methods.find((method) => method.backup)?.enrollmentId ?? ''
    for (const [name, { purpose, gives }] of Object.entries(actions)) {
      if (gives !== 'grant') continue
      const resource = Object.fromEntries(namesIn(purpose).map((thing) => [thing, app.enrollmentId]))
      const step = await running.mfa.actions.require(name as 'mfa.disable', { ...ask, resource }, client)
      const challenge = await challenged(step)
      const typed = { enrollmentId: backup, answer: codes.pop() ?? '' }
      const bound = { id: challenge.id, binding: session.id }
      const answered = await running.mfa.actions.answer(bound, typed, session.id, client)
      expect([name, answered]).toEqual([
        name,
        name === 'mfa.method.add' ? { ok: true, action: name } : { ok: false, reason: 'not_allowed' },
      ])
      if (!answered.ok) codes.push(typed.answer)
    }
  })

  test('S7 · lets no weaker method answer for what it would take away or move', async () => {
    const running = await library()
    const email = await setUp(running, 'email')
    const sms = await setUp(running, 'sms')
    const methodsFor = async (name: string, resource: object) => {
      const step = await running.mfa.actions.require(name as 'mfa.disable', { ...ask, resource }, client)
      return (await challenged(step)).methods.map(({ method }) => method)
    }
    expect(await methodsFor('mfa.disable', {})).toEqual(['sms'])
    expect(await methodsFor('phone.change', { phone: '+14155550000' })).toEqual(['sms'])
    expect(await methodsFor('email.change', { email: 'new@example.com' })).toEqual(['email', 'sms'])
    expect(await methodsFor('mfa.method.remove', { method: sms.enrollmentId })).toEqual(['sms'])
    expect(await methodsFor('mfa.method.remove', { method: email.enrollmentId })).toEqual(['email', 'sms'])
  })
})

describe('answering', () => {
  test('takes a challenge that confirms an action, and no other', async () => {
    const { running, app } = await withApp()
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    const login = await signIn(running)
    const contact = { accountId: ada.id, method: 'email', destination: 'new@example.com' } as const
    const confirming = await running.mfa.contacts.begin(contact, client)
    const adding = await beginMethod(running, 'email')
    const notFound = { ok: false, reason: 'not_found' }
    for (const challenge of [login.key, confirming.key, adding.key, { id: 'none', binding: session.id }]) {
      expect(await running.mfa.actions.answer(challenge, typed, session.id, client)).toEqual(notFound)
    }
    expect((await running.mfa.challenges.view(login.key))?.attemptsLeft).toBe(5)
  })

  test('takes its session, and leaves a note of any other', async () => {
    const { running } = await withApp()
    const challenge = await challenged(await revoke(running))
    expect(await answerStepUp(running, challenge, undefined, other.id)).toEqual({ ok: false, reason: 'not_found' })
    const [entry] = running.audit('attempt.refused')
    expect(JSON.parse(entry?.detail ?? '')).toEqual({ reason: 'binding' })
    expect(entry).toMatchObject({ challenge_id: challenge.id, action: 'api_key.revoke' })
  })

  test('gives no proof: neither a session nor a contact nor a method comes of it', async () => {
    const { running, app } = await withApp()
    const challenge = await challenged(await revoke(running))
    const bound = { id: challenge.id, binding: session.id }
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    const notFound = { ok: false, reason: 'not_found' }
    for (const action of ['login', 'email.confirm', 'phone.confirm', 'api_key.revoke'] as const) {
      const asLogin = action as 'login'
      const answered = await running.mfa.challenges.answer(bound, asLogin, typed, client)
      expect(answered).toEqual(notFound)
    }
    expect(await running.mfa.enrollments.confirm(bound, typed, client)).toEqual(notFound)
    expect((await revoke(running, { challengeId: challenge.id })).status).toBe('challenge')
  })
})

describe('explaining', () => {
  const statuses = { granted: 'allowed', challenge: 'challenge', own_check: 'own_check', too_weak: 'too_weak' } as const

  test('S10 · agrees with what is then demanded, in every situation', async () => {
    const { running, app } = await withApp({
      policy: { 'session.end_others': { needed: 'off' }, 'api_key.create': { atLeast: 'sms' } },
    })
    const agree = async (expected: string, accountId: string, challengeId: string | null = null): Promise<void> => {
      for (const [name, resource] of Object.entries({ 'api_key.revoke': key, 'team.adjust': team })) {
        const asked = { ...ask, accountId, resource, challengeId } as never
        const { decision } = await running.mfa.actions.explain(name as 'team.adjust', asked)
        const { status } = await running.mfa.actions.require(name as 'team.adjust', asked, client)
        expect([name, decision]).toEqual([name, statuses[status as keyof typeof statuses]])
        if (name === 'api_key.revoke') expect(decision).toBe(expected)
      }
    }
    await agree('own_check', 'eve')
    await agree('challenge', ada.id)
    const challengeId = await passed(running)
    await agree('challenge', ada.id, 'another')
    await agree('allowed', ada.id, challengeId)
    await agree('challenge', ada.id, challengeId)
    await opened(running)
    await agree('challenge', ada.id)
    running.clock.advance(300_000)
    await agree('challenge', ada.id)
    const off = { ...ask, resource: {} }
    expect(await running.mfa.actions.explain('session.end_others', off)).toMatchObject({
      decision: 'allowed',
      reasons: [{ rule: 'switched_off' }],
    })
    expect((await running.mfa.actions.require('session.end_others', off, client)).status).toBe('granted')
    const gone = { ...ask, resource: { method: 'gone' } }
    expect(await running.mfa.actions.explain('mfa.method.remove', gone)).toMatchObject({ decision: 'too_weak' })
    expect((await running.mfa.actions.require('mfa.method.remove', gone, client)).status).toBe('too_weak')
    const own = { ...ask, resource: { method: app.enrollmentId } }
    expect(await running.mfa.actions.explain('mfa.method.remove', own)).toMatchObject({ decision: 'challenge' })
  })

  test('agrees also where two challenges were passed for one thing', async () => {
    const { running } = await withApp()
    const [first, second] = [await passed(running), await passed(running)]
    for (const challengeId of [first, second]) {
      const explained = await running.mfa.actions.explain('api_key.revoke', { ...ask, resource: key, challengeId })
      expect(explained.decision).toBe('allowed')
    }
    for (const challengeId of [first, second]) expect((await revoke(running, { challengeId })).status).toBe('granted')
  })

  test('says of every method whether it may answer, and why not', async () => {
    const own = { 'vault.open': { purpose: 'open vault {vault}', atLeast: 'sms' } }
    const running = await library({ actions: own })
    await setUp(running, 'totp')
    await setUp(running, 'email')
    const said = async (name: 'vault.open' | 'mfa.disable', resource: object) => {
      const { methods } = await running.mfa.actions.explain(name as 'mfa.disable', { ...ask, resource })
      for (const { sentence } of methods) expect(sentence).toMatch(/^[A-Z].*\.$/)
      return methods.map(({ method, mayAnswer, reason }) => [method, mayAnswer, reason])
    }
    expect(await said('vault.open', { vault: 'v1' })).toEqual([
      ['totp', true, null],
      ['email', false, 'below_floor'],
      ['recovery_code', false, 'backup'],
    ])
    expect(await said('mfa.disable', {})).toEqual([
      ['totp', true, null],
      ['email', false, 'weaker_than_lost'],
      ['recovery_code', false, 'backup'],
    ])
  })

  test('changes nothing: it spends, slides, opens, sends and writes nothing, and asks for no own check', async () => {
    const { running } = await withApp()
    const challengeId = await passed(running)
    await opened(running)
    const before = [running.audit().length, running.emails.messages.length]
    const window = await running.mfa.actions.window('team.adjust', { ...ask, resource: team })
    for (let times = 0; times < 3; times += 1) {
      await running.mfa.actions.explain('api_key.revoke', { ...ask, resource: key, challengeId })
      await running.mfa.actions.explain('team.adjust', { ...ask, resource: team })
      await running.mfa.actions.explain('mfa.disable', { ...ask, resource: {} })
    }
    expect([running.audit().length, running.emails.messages.length]).toEqual(before)
    expect(await running.mfa.actions.window('team.adjust', { ...ask, resource: team })).toEqual(window)
    expect((await revoke(running, { challengeId })).status).toBe('granted')
  })
})

describe('ending', () => {
  const state = async (running: Library, challengeId: string, inSession = session) => ({
    window: (await running.mfa.actions.window('team.adjust', { ...ask, session: inSession, resource: team })) !== null,
    once: (await running.mfa.actions.explain('api_key.revoke', { ...ask, resource: key, challengeId })).decision,
  })

  test('S6 · of one session leaves another’s, and ends the challenges that are open in it', async () => {
    const { running } = await withApp({ limits: { grantSeconds: 600 } })
    const challengeId = await passed(running)
    await opened(running)
    await opened(running, other)
    const login = await signIn(running)
    const asked = await challenged(await revoke(running, {}, { key: { id: 'k2', name: 'open' } }))
    expect(await running.mfa.actions.end({ accountId: ada.id, sessionId: session.id }, client)).toBe(3)
    expect(await state(running, challengeId)).toEqual({ window: false, once: 'challenge' })
    expect((await state(running, challengeId, other)).window).toBe(true)
    expect(await running.mfa.challenges.view({ id: asked.id, binding: session.id })).toBeNull()
    expect(await running.mfa.challenges.view(login.key)).not.toBeNull()
    const [entry] = running.audit('grants.ended')
    expect(entry).toMatchObject({ account_id: ada.id, detail: '{"count":3}' })
    expect(await running.mfa.actions.end({ accountId: ada.id, sessionId: session.id }, client)).toBe(0)
    expect(running.audit('grants.ended')).toHaveLength(1)
  })

  test('S6 · of all sessions, as when a role changes, ends them all and no pending login', async () => {
    const { running } = await withApp({ limits: { grantSeconds: 600 } })
    const challengeId = await passed(running)
    await opened(running, other)
    const login = await signIn(running)
    expect(await running.mfa.actions.end({ accountId: ada.id }, client)).toBe(2)
    expect(await state(running, challengeId, other)).toEqual({ window: false, once: 'challenge' })
    expect(await running.mfa.challenges.view(login.key)).not.toBeNull()
  })

  test('SC-13 · of every challenge, as when the password changes, ends pending logins as well', async () => {
    const { running } = await withApp({ limits: { grantSeconds: 600 } })
    const challengeId = await passed(running)
    await opened(running)
    const login = await signIn(running)
    const asked = await challenged(await revoke(running, {}, { key: { id: 'k2', name: 'open' } }))
    expect(await running.mfa.challenges.cancelAll(ada.id, client)).toBe(4)
    expect(await state(running, challengeId)).toEqual({ window: false, once: 'challenge' })
    expect(await running.mfa.challenges.view(login.key)).toBeNull()
    expect(await answerStepUp(running, asked)).toMatchObject({ ok: false })
  })

  const changes: Readonly<Record<string, (running: Library, enrollmentId: string) => Promise<unknown>>> = {
    'a method is added': (running) => setUp(running, 'sms'),
    async 'a method is removed'(running, enrollmentId) {
      const resource = { method: enrollmentId }
      const grant = await allowed(
        running,
        (given) => running.mfa.actions.require('mfa.method.remove', { ...given, session: other, resource }, client),
        other,
      )
      return await running.mfa.enrollments.remove(grant, client)
    },
    async 'another method is asked for first'(running, enrollmentId) {
      const resource = { method: enrollmentId }
      const grant = await allowed(
        running,
        (given) => running.mfa.actions.require('mfa.method.set_primary', { ...given, resource }, client),
        other,
      )
      return await running.mfa.enrollments.setPrimary(grant, client)
    },
    async 'the recovery codes are renewed'(running) {
      const grant = await allowed(
        running,
        (given) => running.mfa.actions.require('recovery_codes.renew', { ...given, resource: {} }, client),
        other,
      )
      return await running.mfa.enrollments.renewRecoveryCodes(grant, client)
    },
    async 'MFA is turned off'(running) {
      const grant = await allowed(
        running,
        (given) => running.mfa.actions.require('mfa.disable', { ...given, resource: {} }, client),
        other,
      )
      return await running.mfa.enrollments.disable(grant, client)
    },
    async 'the e-mail address moves'(running) {
      const resource = { email: 'new@example.com' }
      const grant = await allowed(
        running,
        (given) => running.mfa.actions.require('email.change', { ...given, resource }, client),
        other,
      )
      const confirmedBy = grant.redeem('email.change')
      const begin = { accountId: ada.id, method: 'email', destination: 'new@example.com', confirmedBy } as const
      const { key: confirming, challenge } = await running.mfa.contacts.begin(begin, client)
      const typed = { enrollmentId: challenge.active ?? '', answer: running.emails.codeTo('new@example.com') }
      const answered = await running.mfa.challenges.answer(confirming, 'email.confirm', typed, client)
      if (!answered.ok) throw new Error(answered.reason)
      return await running.mfa.contacts.apply(answered.proof, () => Promise.resolve(true), client)
    },
  }

  test.each(Object.keys(changes))('S6 · happens by itself when %s', async (name) => {
    const { running } = await withApp({ limits: { grantSeconds: 600 } })
    const email = await setUp(running, 'email')
    const challengeId = await passed(running)
    await opened(running)
    expect(await state(running, challengeId)).toEqual({ window: true, once: 'allowed' })
    await changes[name]?.(running, email.enrollmentId)
    expect(await state(running, challengeId)).toMatchObject({
      window: false,
      once: expect.not.stringMatching('allowed'),
    })
  })

  test('does not happen when a method is only called something else', async () => {
    const { running, app } = await withApp({ limits: { grantSeconds: 600 } })
    const challengeId = await passed(running)
    await opened(running)
    const parameters = { name: 'Phone' }
    const grant = await allowed(running, (given) =>
      running.mfa.actions.require(
        'mfa.method.rename',
        { ...given, resource: { method: app.enrollmentId }, parameters },
        client,
      ),
    )
    expect(await running.mfa.enrollments.rename(grant, client)).toBe('renamed')
    expect(await state(running, challengeId)).toEqual({ window: true, once: 'allowed' })
  })
})

describe('the audit log', () => {
  test('S4 · has every ride, with the challenge that opened the window', async () => {
    const { running } = await withApp()
    const challengeId = await opened(running)
    for (let rides = 0; rides < 3; rides += 1) await adjust(running)
    const rides = running.audit('action.allowed').filter(({ action }) => action === 'team.adjust')
    expect(rides).toHaveLength(3)
    for (const ride of rides) {
      expect(ride).toMatchObject({ challenge_id: challengeId, account_id: ada.id, outcome: 'ok' })
      expect(JSON.parse(ride.detail)).toEqual({ purpose: 'change who is in team Observatory' })
    }
  })

  test('has how each was allowed, with what the host adds to it, and what every challenge was for', async () => {
    const running = await library({ policy: { 'session.end_others': { needed: 'off' } } })
    const { require } = running.mfa.actions
    const asked = { ...ask, resource: key, detail: { scopes: 2 }, ownCheck: () => Promise.resolve(true) }
    await require('api_key.revoke', asked, client)
    await require('session.end_others', { ...asked, resource: {} }, client)
    await setUp(running, 'totp')
    const before = running.audit().length
    const first = await require('api_key.revoke', asked, client)
    expect(first).toMatchObject({ status: 'challenge', maxAgeSeconds: 120 })
    expect(await adjust(running)).toMatchObject({ status: 'challenge', maxAgeSeconds: 300 })
    const { id } = await challenged(await require('api_key.revoke', asked, client))
    await answerStepUp(running, await challenged(first))
    expect(await require('api_key.revoke', { ...asked, challengeId: id }, client)).toMatchObject({ status: 'granted' })
    const purpose = 'invalidate API key prod-ci'
    const about = (entries: ReturnType<typeof running.audit>) =>
      entries.map(({ event, outcome, action, challenge_id: challenge, detail }) => [
        event,
        outcome,
        action,
        challenge === id ? 'its own' : challenge,
        JSON.parse(detail),
      ])
    expect(about(running.audit('action.allowed')).slice(0, 2)).toEqual([
      ['action.allowed', 'ok', 'api_key.revoke', null, { scopes: 2, reason: 'mfa_off', purpose }],
      [
        'action.allowed',
        'ok',
        'session.end_others',
        null,
        { scopes: 2, reason: 'switched_off', purpose: 'end your other sessions' },
      ],
    ])
    const since = running.audit().slice(before)
    expect(about(since.filter(({ action }) => action === 'api_key.revoke'))).toEqual([
      ['challenge.opened', 'ok', 'api_key.revoke', 'its own', { purpose }],
      ['challenge.resumed', 'ok', 'api_key.revoke', 'its own', { purpose }],
      ['challenge.passed', 'ok', 'api_key.revoke', 'its own', {}],
      ['action.allowed', 'ok', 'api_key.revoke', 'its own', { scopes: 2, purpose }],
    ])
  })

  test('has every refusal, with its reason', async () => {
    const { running } = await withApp()
    const challengeId = await passed(running)
    await revoke(running, { challengeId }, { key: { id: 'k2', name: 'other' } })
    await revoke(running, { accountId: 'eve' })
    const gone = { ...ask, resource: { method: 'gone' } }
    await running.mfa.actions.require('mfa.method.remove', gone, client)
    const entries = running.audit('action.refused')
    expect(entries.map(({ account_id: account, action, outcome }) => [account, action, outcome])).toEqual([
      ['ada', 'api_key.revoke', 'refused'],
      ['eve', 'api_key.revoke', 'refused'],
      ['ada', 'mfa.method.remove', 'refused'],
    ])
    expect(entries.map(({ detail }) => JSON.parse(detail) as unknown)).toEqual([
      { reason: 'mismatch', purpose: 'invalidate API key other' },
      { reason: 'own_check', purpose: 'invalidate API key prod-ci' },
      { reason: 'too_weak', purpose: 'remove gone from your second factors' },
    ])
  })

  test('names what was confirmed, and no address or number as it is', async () => {
    const { running } = await withApp()
    const changed = ['grace.hopper@navy.example', '+14155550123', '+1 415 555 0123']
    for (const to of changed) {
      const demand = (given: Different) =>
        to.includes('@')
          ? running.mfa.actions.require('email.change', { ...ask, ...given, resource: { email: to } }, client)
          : running.mfa.actions.require('phone.change', { ...ask, ...given, resource: { phone: to } }, client)
      await demand({ accountId: 'eve' })
      const grant: Grant<'email.change'> | Grant<'phone.change'> = await allowed<
        Grant<'email.change'> | Grant<'phone.change'>
      >(running, demand)
      expect(grant).toBeDefined()
    }
    const log = JSON.stringify(running.audit())
    expect(log).toContain('change your e-mail address to g***@n***')
    expect(log).not.toMatch(/grace|hopper|navy/)
    expect(log).not.toMatch(/415 ?555|5550123/)
  })
})

describe('a message with a code', () => {
  test('S8 · names the action and the thing, by e-mail and by text message', async () => {
    const running = await library()
    await setUp(running, 'email')
    await running.mfa.notices.deliver()
    await revoke(running)
    const mail = running.emails.lastTo('ada@example.com')
    expect(mail.subject).toBe('Example: your code to invalidate API key prod-ci')
    expect(mail.text).toContain('Your Example code to invalidate API key prod-ci is:')
    expect(mail.text).toContain("If this wasn't you, someone is signed in to your account: change your password.")
    const sms = await setUp(running, 'sms')
    await running.mfa.notices.deliver()
    const asked = { ...ask, resource: { account: 'ada@example.com' } }
    const challenge = await challenged(await running.mfa.actions.require('account.delete', asked, client))
    // It takes every method away, so the strongest has to answer.
    expect(challenge.methods.map(({ method }) => method)).toEqual(['sms'])
    running.clock.advance(240_000)
    await running.mfa.challenges.prompt({ id: challenge.id, binding: session.id }, sms.enrollmentId, client)
    const { text } = running.texts.lastTo('+14155552671')
    expect(text).toMatch(
      /^\d{6} is your Example code to delete account ada at example\. com\.\n\n@app\.example #\d{6}$/,
    )
  })
})

test('what is no action to be confirmed is the host’s mistake, wherever it is named', async () => {
  const { mfa } = await library()
  for (const name of ['fly', 'login', 'mfa.method.confirm', 'toString']) {
    const missing = { code: 'action_invalid', message: `there is no action ${name} to be confirmed` }
    const asked = { ...ask, resource: {} }
    await expect(mfa.actions.require(name as 'mfa.disable', asked, client)).rejects.toMatchObject(missing)
    await expect(mfa.actions.window(name as 'mfa.disable', asked)).rejects.toMatchObject(missing)
    await expect(mfa.actions.explain(name as 'mfa.disable', asked)).rejects.toMatchObject(missing)
  }
})

test('what the types rule out does not compile', () => {
  // Never run: that it needs each of these comments is the test.
  const neverRun = async (): Promise<void> => {
    const { mfa } = await library({ actions: { 'team.delete': { purpose: 'delete team {team} of {owner}' } } })
    // @ts-expect-error -- what the action acts on is missing
    await mfa.actions.require('api_key.revoke', ask, client)
    // @ts-expect-error -- it is misnamed
    await mfa.actions.require('api_key.revoke', { ...ask, resource: { kee: 'k1' } }, client)
    // @ts-expect-error -- one of two is missing
    await mfa.actions.require('team.delete', { ...ask, resource: { team: 't1' } }, client)
    // @ts-expect-error -- there is no such action
    await mfa.actions.require('team.destroy', { ...ask, resource: { team: 't1' } }, client)
    // @ts-expect-error -- this is no action that is confirmed in a session
    await mfa.actions.require('login', { ...ask, resource: {} }, client)
    // @ts-expect-error -- what must be asked for can't be switched off
    await library({ policy: { 'password.change': { needed: 'off' } } })
    // @ts-expect-error -- what is good once has no window
    await library({ policy: { 'api_key.revoke': { lasts: { windowSeconds: 60, sliding: true, ceilingSeconds: 60 } } } })
    const step = await mfa.actions.require('mfa.method.rename', { ...ask, resource: { method: 'm' } }, client)
    if (step.status !== 'granted') return
    // @ts-expect-error -- a grant to rename a method is none to remove it
    await mfa.enrollments.remove(step.grant, client)
    // @ts-expect-error -- a grant that no name was bound to can't name anything
    await mfa.enrollments.rename(step.grant, client)
    const own = await mfa.actions.require('team.delete', { ...ask, resource: { team: 't', owner: 'o' } }, client)
    if (own.status !== 'granted') return
    // @ts-expect-error -- the ids are those of the action's own things
    void own.grant.redeem('team.delete').resource.key
    void own.grant.redeem('team.delete').resource.owner
  }
  expect(neverRun).toBeTypeOf('function')
})
