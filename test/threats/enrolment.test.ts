import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { authenticator } from 'sallyport/testing'
import { person } from '../support/account.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import {
  answer,
  codeFor,
  elsewhere,
  enroll,
  type Person,
  secrets,
  sentCode,
  signIn,
  confirmed,
  wrongCode,
} from '../support/person.ts'
import { accountIdOf, tablesOf } from '../support/tables.ts'
import type { Answer } from '../support/visitor.ts'

const hour = 61 * 60_000

describe('setting up a second factor', () => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole()
  })
  afterAll(() => running.close())

  async function begin(owner: Person, method = 'totp') {
    const begun = await confirmed(running, owner, 'POST', '/api/mfa/methods', { method })
    expect(begun.status, begun.text).toBe(201)
    const { enrollmentId, challenge, setup } = begun.body
    if (method === 'totp') secrets.set(enrollmentId, setup.secret)
    const confirm = (code: string) =>
      owner.browser.post(`/api/mfa/methods/${enrollmentId}/confirm`, { challengeId: challenge.id, answer: code })
    return { begun, enrollmentId, challenge, setup, confirm }
  }

  test.each(['totp', 'email', 'sms'] as const)(
    'EN-01 · turning MFA on by %s ends every earlier session, the very cookie it was done with included',
    async (method) => {
      const owner = await person(running)
      const others = [elsewhere(owner), elsewhere(owner)]
      for (const other of others) await signIn(other)
      const used = owner.browser.copy()
      await enroll(running, owner, method)
      for (const dead of [used, ...others.map(({ browser }) => browser)]) {
        expect((await dead.session()).body.account).toBeNull()
        expect((await dead.get('/api/mfa/methods')).status).toBe(401)
      }
      expect((await owner.browser.session()).body.account).toMatchObject({ mfaEnabled: true })
      const id = await accountIdOf(running, owner.email)
      expect((await tablesOf(running))['session']!.filter((row) => row['account_id'] === id)).toHaveLength(1)
    },
  )

  test('EN-01 · a sign-in that began before MFA was on, and only now gets its session, gets none', async () => {
    const owner = await person(running)
    const { enrollmentId, setup, confirm } = await begin(owner)
    const other = elsewhere(owner)
    await other.browser.session()
    // The clock stands still, so both rest on the same millisecond.
    const [late, done] = await Promise.all([signIn(other), confirm(codeFor(running, owner, 'totp', setup.secret))])
    expect(done.status).toBe(200)
    expect(late.status).toBeLessThan(500)
    expect((await other.browser.get('/api/mfa/methods')).status).toBe(401)
    expect(enrollmentId).toMatch(/^[\w-]+$/)
  })

  test('EN-02 RV-02 · the secret and the recovery codes are shown once and by no route again', async () => {
    const owner = await person(running)
    const { enrollmentId, setup, confirm, challenge } = await begin(owner)
    const done = await confirm(codeFor(running, owner, 'totp', setup.secret))
    const shownOnce = [setup.secret, setup.uri, ...done.body.recoveryCodes]
    const { paths } = (await owner.browser.get('/api/openapi.json')).body
    const answers = [await confirm(codeFor(running, owner, 'totp', setup.secret))]
    for (const [path, operations] of Object.entries<object>(paths)) {
      if ('get' in operations) answers.push(await owner.browser.get(path))
    }
    answers.push(await owner.browser.get(`/api/mfa/methods/${enrollmentId}`))
    answers.push(await owner.browser.post(`/api/mfa/methods/${enrollmentId}/prompt`, { challengeId: challenge.id }))
    answers.push(await owner.browser.post('/api/mfa/methods', { method: 'recovery_code' }))
    for (const { text, headers } of answers) {
      for (const secret of shownOnce) expect(text + JSON.stringify([...headers])).not.toContain(secret)
    }
  })

  test('EN-05 · the key URI holds at least 160 random bits of its own and the issuer, and oathtool makes codes of it that are accepted', async () => {
    const owner = await person(running)
    const seen = new Set<string>()
    for (let app = 0; app < 5; app += 1) {
      const { setup, confirm } = await begin(owner)
      const uri = new URL(setup.uri)
      expect(uri.protocol + uri.hostname).toBe('otpauth:totp')
      expect(decodeURIComponent(uri.pathname)).toBe(`/Sallyport Console:${owner.email}`)
      expect(Object.fromEntries(uri.searchParams)).toEqual({
        secret: setup.secret,
        issuer: 'Sallyport Console',
        algorithm: 'SHA1',
        digits: '6',
        period: '30',
      })
      expect(setup.secret).toMatch(/^[A-Z2-7]{32,}$/)
      seen.add(setup.secret)
      const now = new Date(running.clock()).toISOString().replace('T', ' ').replace(/\..*/, ' UTC')
      const code = execFileSync('oathtool', ['--totp', '-b', `--now=${now}`, setup.secret], { encoding: 'utf8' }).trim()
      expect((await confirm(code)).status).toBe(200)
      running.clock.advance(30_000)
    }
    expect(seen.size).toBe(5)
  })

  test.each(['email', 'sms'])('EN-06 · an unconfirmed %s can’t become a second factor', async (method) => {
    const owner = await person(running, { phoneConfirmed: false })
    const id = await accountIdOf(running, owner.email)
    if (method === 'sms') {
      const { available } = (await owner.browser.get('/api/mfa/methods')).body
      expect(available.find((each: { method: string }) => each.method === 'sms')).toMatchObject({ ready: false })
      const sent = running.texts.messages.length
      const refused = await owner.browser.post('/api/mfa/methods', { method })
      expect([refused.status, refused.body.code]).toEqual([409, 'method_unavailable'])
      expect(running.texts.messages).toHaveLength(sent)
      return
    }
    const { sallyport_enrollment: before = [] } = await tablesOf(running)
    const unconfirmed = {
      email: 'never-confirmed@example.com',
      phone: '',
      country: 'US',
      password: 'plain words about rivers',
    }
    const { browser } = elsewhere(owner)
    await browser.post('/api/registration', unconfirmed)
    expect((await browser.post('/api/mfa/methods', { method })).status).toBe(401)
    expect((await signIn({ ...unconfirmed, browser })).status).toBe(401)
    expect(before.some((row) => row['account_id'] === id)).toBe(false)
  })

  test('EN-08 · beginning again replaces what is pending, never what is set up, and the old secret confirms nothing', async () => {
    const owner = await person(running)
    const first = await begin(owner)
    const second = await begin(owner)
    expect(second.setup.secret).not.toBe(first.setup.secret)
    const stale = await first.confirm(authenticator(first.setup.secret).codeAt(running.clock()))
    expect(stale.status).toBeGreaterThanOrEqual(400)
    expect((await second.confirm(authenticator(second.setup.secret).codeAt(running.clock()))).status).toBe(200)
    running.clock.advance(30_000)
    await begin(owner)
    running.clock.advance(30_000)
    const there = elsewhere(owner)
    await signIn(there)
    const login = await answer(
      there.browser,
      second.enrollmentId,
      authenticator(second.setup.secret).codeAt(running.clock()),
    )
    expect(login.status).toBe(200)
  })

  test.each(['totp', 'email', 'sms'] as const)(
    'EN-08 · a %s that is not confirmed completes no login',
    async (method) => {
      const owner = await person(running)
      await enroll(running, owner, method === 'totp' ? 'email' : 'totp')
      running.clock.advance(10 * 60_000)
      const { enrollmentId, setup } = await begin(owner, method)
      running.clock.advance(10 * 60_000)
      const there = elsewhere(owner)
      const begun = await signIn(there)
      expect(begun.text).not.toContain(enrollmentId)
      const refused = await answer(there.browser, enrollmentId, codeFor(running, owner, method, setup.secret))
      expect([refused.status, refused.body.code]).toEqual([403, 'method_not_allowed'])
    },
  )

  test('EN-13 · what is shown once is not cached and stands in no address', async () => {
    const owner = await person(running)
    const { begun, setup, confirm } = await begin(owner)
    const done = await confirm(codeFor(running, owner, 'totp', setup.secret))
    for (const { headers, status } of [begun, done]) {
      expect([status, headers.get('cache-control')]).toEqual([status, 'no-store'])
      expect([headers.get('location'), headers.get('link'), headers.get('refresh')]).toEqual([null, null, null])
    }
    const { paths } = (await owner.browser.get('/api/openapi.json')).body
    const queries =
      JSON.stringify(paths).match(/\{[^{}]*"name":"[^"]*","in":"query"|"in":"query","name":"[^"]*"/g) ?? []
    // Whom a list goes on after.
    expect(queries.filter((query) => !query.includes('"name":"after"'))).toEqual([])
    expect(Object.keys(paths).join()).not.toMatch(/secret|code\}|token|answer\}/)
    expect(running.log.join('\n')).not.toContain(setup.secret)
  })

  test.each([
    ['totp', 5],
    ['email', 1],
    ['sms', 1],
  ] as const)('EN-15 · of %s an account can set up %i and no more, not even at once', async (method, most) => {
    const owner = await person(running)
    for (let count = 0; count < most; count += 1) await enroll(running, owner, method)
    running.clock.advance(20 * 60_000)
    const tries = await Promise.all(Array.from({ length: 5 }, () => owner.browser.post('/api/mfa/methods', { method })))
    expect(tries.map(({ status, body }) => [status, body.code])).toEqual(tries.map(() => [409, 'method_unavailable']))
    const { methods } = (await owner.browser.get('/api/mfa/methods')).body
    expect(methods.filter((each: { method: string }) => each.method === method)).toHaveLength(most)
  })

  test('EN-15 · a set-up begun before the last place was taken can’t take one more', async () => {
    const owner = await person(running)
    const early = await begin(owner, 'email')
    const code = sentCode(running, owner.email)
    running.clock.advance(5 * 60_000 - 1)
    const late = await begin(owner, 'email')
    expect((await late.confirm(sentCode(running, owner.email))).status).toBe(200)
    expect((await early.confirm(code)).status).toBeGreaterThanOrEqual(400)
    running.clock.advance(hour)
  })

  test('EN-11 · every confirmed channel is told of each method that is added', async () => {
    const owner = await person(running)
    await enroll(running, owner, 'totp')
    await enroll(running, owner, 'email')
    await running.console.mfa.notices.deliver()
    const told = (messages: readonly { to: string; text: string }[], to: string) =>
      messages.filter(
        (message) => message.to === to && message.text.includes("If this wasn't you, change your password"),
      ).length
    expect(told(running.emails.messages, owner.email)).toBe(2)
    expect(told(running.texts.messages, owner.phone)).toBe(2)
  })
})

describe.each(databases)('one phone number of many accounts on %s', (on) => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on })
  })
  afterAll(() => running.close())

  const phone = '+13035559001'
  /** What differs from one challenge to the next is no part of it. */
  const said = ({ status, text }: Answer) => [status, text.replaceAll(/"[\w-]{22}"/g, '"id"')]
  const confirmedOf = async ({ browser }: Person): Promise<boolean> => {
    const { number, confirmed: isConfirmed } = (await browser.get('/api/account')).body.phone
    return number === phone && isConfirmed
  }

  test('EN-15 · three accounts can confirm a number and no fourth, at registration or later, and only whoever has the phone learns of it', async () => {
    const asked: unknown[] = []
    const taken: unknown[] = []
    for (let count = 1; count <= 4; count += 1) {
      const owner = await person(running, { phone, phoneConfirmed: false })
      asked.push(said(await owner.browser.post('/api/account/phone/confirmation')))
      const right = sentCode(running, phone)
      asked.push(said(await owner.browser.post('/api/confirmation/answer', { answer: wrongCode(right) })))
      taken.push((await owner.browser.post('/api/confirmation/answer', { answer: right })).body.code ?? 'confirmed')
      expect(await confirmedOf(owner)).toBe(count <= 3)
      const begun = await confirmed(running, owner, 'POST', '/api/mfa/methods', { method: 'sms' })
      expect(begun.body.code).toBe(count <= 3 ? undefined : 'method_unavailable')
      running.clock.advance(25 * hour)
    }
    expect(taken).toEqual(['confirmed', 'confirmed', 'confirmed', 'contact_taken'])
    for (const [index, each] of asked.entries()) expect(each).toEqual(asked[index % 2])

    const moving = await person(running)
    const begun = await confirmed(running, moving, 'POST', '/api/account/phone', { phone, country: 'US' })
    expect(begun.status, begun.text).toBe(202)
    const right = sentCode(running, phone)
    expect((await moving.browser.post('/api/confirmation/answer', { answer: right })).body.code).toBe('contact_taken')
    expect((await moving.browser.get('/api/account')).body).toMatchObject({
      phone: { number: moving.phone, confirmed: true },
      changes: [],
    })
  })
})
