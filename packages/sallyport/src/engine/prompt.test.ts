import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { client, library, type Library, setUp, signIn } from '../../../../test/support/library.ts'
import type { MethodFactory } from '../contract/method.ts'
import type { IssuePrompt, Store } from '../contract/store.ts'
import { KeyRing } from '../crypto/key-ring.ts'
import { email } from '../methods/email.ts'
import { sms } from '../methods/sms.ts'
import { totp } from '../methods/totp.ts'

/** A store, and what it was asked to send. */
function issuing() {
  const issued: IssuePrompt[] = []
  const around = (store: Store): Partial<Store> => ({
    issuePrompt(input) {
      issued.push(input)
      return store.issuePrompt(input)
    },
  })
  return { issued, around }
}

const sends = (running: Library) =>
  running
    .audit('code.sent', 'code.send_failed', 'code.send_refused')
    .map(({ event, outcome, action, method, detail }) => [event, outcome, action, method, JSON.parse(detail)])

const contact = { accountId: 'grace', method: 'email', destination: 'grace@navy.example' } as const

describe('a code that is sent', () => {
  test('is counted against every limit there is, for its destination and around it', async () => {
    const { issued, around } = issuing()
    const keys = [randomBytes(32).toString('base64url')]
    const running = await library({ keys, around })
    await setUp(running, 'sms')
    const { key, challenge } = await signIn(running)
    const now = running.clock()
    const ring = new KeyRing(keys)
    expect(issued.at(-1)).toMatchObject({
      challengeId: key.id,
      now,
      cooldownMs: 60_000,
      caps: [
        { sends: 3, withinMs: 600_000, countAnswered: false },
        { sends: 5, withinMs: 3_600_000, countAnswered: false },
        { sends: 10, withinMs: 86_400_000, countAnswered: true },
      ],
      rates: [
        { name: 'send network 192.0.2.7', count: 10, withinMs: 3_600_000 },
        { name: 'send account ada', count: 10, withinMs: 3_600_000 },
        { name: 'send dial +1', count: 500, withinMs: 3_600_000 },
        { name: `send range ${ring.hash('range', '+14155552')}`, count: 10, withinMs: 3_600_000 },
      ],
      lockAfterFailures: 10,
      prompt: {
        enrollmentId: challenge.active,
        destinationHash: ring.hash('destination', '+14155552671'),
        sentAt: now,
        expiresAt: now + 300_000,
      },
    })
    const code = running.texts.codeTo('+14155552671')
    expect(issued.at(-1)?.prompt.state).toBe(ring.hash(JSON.stringify(['prompt', key.id, challenge.active]), code))
    expect(challenge.code).toEqual({
      enrollmentId: challenge.active,
      delivered: true,
      expiresAt: now + 300_000,
      resendAt: now + 60_000,
    })
  })

  test('to a contact that is yet to be confirmed is counted apart from those at sign-in', async () => {
    const { issued, around } = issuing()
    const keys = [randomBytes(32).toString('base64url')]
    const running = await library({ keys, around })
    const phone = { ...contact, method: 'sms', destination: '+14155552671' } as const
    await running.mfa.contacts.begin(phone, client)
    await running.mfa.contacts.begin({ ...contact, destination: 'Grace@Navy.example' }, client)
    const ring = new KeyRing(keys)
    const [text, mail] = issued
    expect(text?.rates.map(({ name }) => name)).toEqual([
      'send network 192.0.2.7',
      'send account grace',
      'send dial unconfirmed +1',
      `send range ${ring.hash('unconfirmed range', '+14155552')}`,
    ])
    expect(text?.prompt.destinationHash).toBe(ring.hash('unconfirmed destination', '+14155552671'))
    expect(mail?.rates.map(({ name }) => name)).toEqual(['send network 192.0.2.7', 'send account grace'])
    expect(mail?.prompt.destinationHash).toBe(ring.hash('unconfirmed destination', 'grace@navy.example'))
  })

  test('to a contact of someone else is counted as one that is free', async () => {
    const { issued, around } = issuing()
    const running = await library({ around })
    const phone = { ...contact, method: 'sms', destination: '+14155552671' } as const
    for (const decoy of [false, true]) {
      await running.mfa.contacts.begin({ ...phone, accountId: `${decoy}`, decoy }, client)
      await running.mfa.contacts.begin({ ...contact, accountId: `${decoy}`, decoy }, client)
    }
    const counted = issued.map(({ rates, prompt }) => [
      prompt.destinationHash,
      rates.map(({ name }) => name.replace(/(true|false)$/, '')),
    ])
    expect(counted.slice(2)).toEqual(counted.slice(0, 2))
    expect(counted.map(([, names]) => names?.length)).toEqual([4, 2, 4, 2])
  })

  test('is none where a method sends none, and then nothing stands in the way', async () => {
    const { issued, around } = issuing()
    const running = await library({ around })
    const app = await setUp(running, 'totp')
    const { key } = await signIn(running)
    const prompted = await running.mfa.challenges.prompt(key, app.enrollmentId, client)
    expect(prompted).toMatchObject({ ok: true, challenge: { id: key.id, code: null } })
    expect(issued).toEqual([])
  })

  test('for a challenge that ends this very moment is none, and never will be', async () => {
    let ended = false
    const running = await library({
      around: (store) => ({
        issuePrompt: async (input) => (ended ? { result: 'closed' } : await store.issuePrompt(input)),
      }),
    })
    const mail = await setUp(running, 'email')
    ended = true
    const { key, challenge } = await signIn(running)
    expect(challenge).toMatchObject({ code: null, refused: null })
    expect(await running.mfa.challenges.prompt(key, mail.enrollmentId, client)).toEqual({
      ok: false,
      reason: 'closed',
      retryAt: 0,
    })
  })

  test('is good no longer than its challenge', async () => {
    const running = await library()
    const mail = await setUp(running, 'email')
    const { key } = await signIn(running)
    const end = running.clock() + 600_000
    running.clock.advance(400_000)
    expect(await running.mfa.challenges.prompt(key, mail.enrollmentId, client)).toMatchObject({
      challenge: { code: { expiresAt: end } },
    })
  })

  test('is shown as long as it is good, and no longer', async () => {
    const running = await library()
    await setUp(running, 'email')
    const { key } = await signIn(running)
    running.clock.advance(299_999)
    expect((await running.mfa.challenges.view(key))?.code).not.toBeNull()
    running.clock.advance(1)
    expect((await running.mfa.challenges.view(key))?.code).toBeNull()
  })

  test('says what for, and what to do about one that was not asked for', async () => {
    const running = await library()
    await setUp(running, 'email')
    await running.mfa.notices.deliver()
    await signIn(running)
    const login = running.emails.lastTo('ada@example.com').text
    expect(login).toContain('Your Example code to sign in is:')
    expect(login).toContain("If this wasn't you, someone knows your password: change it.")
    await running.mfa.contacts.begin(contact, client)
    expect(running.emails.lastTo(contact.destination).text).toContain("If this wasn't you, ignore this message")
  })
})

describe('the audit log', () => {
  test('has where each code went, masked, and by whose service, or that it went nowhere', async () => {
    let fails = false
    const sender = {
      name: 'post',
      send: () => (fails ? Promise.reject(new Error('down')) : Promise.resolve()),
    }
    const running = await library({ sender })
    const { challenge: sent } = await running.mfa.contacts.begin(contact, client)
    fails = true
    const { challenge: failed } = await running.mfa.contacts.begin({ ...contact, destination: 'eve@a.example' }, client)
    expect([sent.code?.delivered, failed.code?.delivered]).toEqual([true, false])
    const kept = async (id: string) => (await running.store.readChallenge(id))?.challenge.prompt?.failed
    expect([await kept(sent.id), await kept(failed.id)]).toEqual([false, true])
    const about = ['email.confirm', 'email']
    expect(sends(running)).toEqual([
      ['code.sent', 'ok', ...about, { provider: 'post', to: 'g***@n***.example' }],
      ['code.send_failed', 'failed', ...about, { provider: 'post', to: 'e***@a***.example' }],
    ])
    expect(running.faults).toEqual([new Error('down')])
    const entry = running.audit('code.sent')[0]
    expect([entry?.challenge_id, entry?.enrollment_id]).toEqual([sent.id, sent.active])
  })

  test('has a decoy as what it is, and nobody else is told', async () => {
    const running = await library()
    const { challenge } = await running.mfa.contacts.begin({ ...contact, decoy: true }, client)
    expect(challenge.code?.delivered).toBe(true)
    expect(sends(running)).toEqual([
      [
        'code.send_refused',
        'refused',
        'email.confirm',
        'email',
        { provider: running.emails.name, to: 'g***@n***.example', result: 'decoy' },
      ],
    ])
  })

  test('says a decoy was sent also where its method can tell nobody anything', async () => {
    const silent: MethodFactory = (settings) => {
      const { notify: _, ...method } = email({ sender: { name: 'post', send: () => Promise.resolve() } })(settings)
      return method
    }
    for (const methods of [
      [totp(), silent],
      [totp(), silent, sms({ sender: { name: 'post', send: () => Promise.resolve() } })],
    ]) {
      const running = await library({ methods })
      const { challenge } = await running.mfa.contacts.begin({ ...contact, decoy: true }, client)
      expect(challenge.code?.delivered).toBe(true)
      expect(running.faults).toEqual([])
    }
  })

  test('names which limit was reached, and not whose', async () => {
    const running = await library({ limits: { sendsPerAccount: 4 } })
    for (let number = 1; number <= 5; number += 1)
      await running.mfa.contacts.begin({ ...contact, destination: `grace${number}@navy.example` }, client)
    expect(running.audit('code.send_refused')).toMatchObject([{ detail: '{"result":"limit","by":"send account"}' }])
  })

  test('has why a code was not sent: too soon, too many and what of, or locked', async () => {
    const running = await library({ limits: { triesPerAccount: 3 } })
    const mail = await setUp(running, 'email')
    const refusal = async () => {
      const { challenge } = await signIn(running)
      return challenge.refused === null
        ? null
        : [challenge.refused.reason, (challenge.refused.retryAt - running.clock()) / 1000]
    }
    running.clock.advance(3_600_000)
    expect(await refusal()).toBeNull()
    expect(await refusal()).toEqual(['too_soon', 60])
    running.clock.advance(60_000)
    expect(await refusal()).toBeNull()
    running.clock.advance(120_000)
    expect(await refusal()).toBeNull()
    running.clock.advance(240_000)
    expect(await refusal()).toEqual(['limit', 180])
    running.clock.advance(1_200_000)
    const { key } = await signIn(running)
    for (let again = 1; again <= 3; again += 1) {
      const typed = { enrollmentId: mail.enrollmentId, answer: '000000' }
      await running.mfa.challenges.answer(key, 'login', typed, client)
    }
    expect(await refusal()).toEqual(['locked', 900])
    expect(sends(running).filter(([event]) => event === 'code.send_refused')).toEqual(
      [{ result: 'too_soon' }, { result: 'limit', by: 'destination' }, { result: 'locked' }].map((detail) => [
        'code.send_refused',
        'refused',
        'login',
        'email',
        detail,
      ]),
    )
  })
})
