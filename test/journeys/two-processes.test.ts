import { hash } from '@node-rs/argon2'
import { authenticator } from 'sallyport/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseEmailAddress } from '../../apps/console/server/accounts/email-address.ts'
import { newAddress } from '../support/address.ts'
import { App } from '../support/app.ts'
import { BalancedVisitor, type ConsoleProcesses, startProcesses } from '../support/console-process.ts'
import type { Answer } from '../support/visitor.ts'

const password = 'correct horse of two stables'

describe('two processes of the console on one PostgreSQL database', () => {
  let processes: ConsoleProcesses
  let one: string
  let other: string
  beforeAll(async () => {
    processes = await startProcesses(2)
    one = processes.places[0] ?? ''
    other = processes.places[1] ?? ''
  }, 240_000)
  afterAll(() => processes?.stop())

  async function person(): Promise<{ email: string; signIn: (place: string) => Promise<BalancedVisitor> }> {
    const email = parseEmailAddress(newAddress())!
    const passwordHash = await hash(password, { memoryCost: 8, timeCost: 1, parallelism: 1 })
    const id = await processes.accounts.create({ email, phone: null, passwordHash })
    await processes.accounts.confirmEmail(id, email.address)
    const signIn = async (place: string): Promise<BalancedVisitor> => {
      const browser = new BalancedVisitor(place)
      const begun = await browser.post('/api/sign-in', { email: email.address, password })
      expect(begun.status, begun.text).toBe(200)
      return browser
    }
    return { email: email.address, signIn }
  }

  const whoIs = async (browser: BalancedVisitor): Promise<string | undefined> =>
    (await browser.session()).body.account?.email
  const opened = async (browser: BalancedVisitor): Promise<number> => (await browser.get('/api/mfa/methods')).status

  /** Sets up an authenticator app; what can be answered with. */
  async function withApp(browser: BalancedVisitor): Promise<{ app: string; recoveryCodes: string[]; secret: string }> {
    expect((await browser.post('/api/password-check', { password })).status).toBe(204)
    const { enrollmentId, challenge, setup } = (await browser.post('/api/mfa/methods', { method: 'totp' })).body
    const done = await browser.post(`/api/mfa/methods/${enrollmentId}/confirm`, {
      challengeId: challenge.id,
      answer: authenticator(setup.secret).codeAt(Date.now()),
    })
    expect(done.status, done.text).toBe(200)
    return { app: enrollmentId, recoveryCodes: done.body.recoveryCodes, secret: setup.secret }
  }

  async function answerWith(browser: BalancedVisitor, method: string, answer: string): Promise<Answer> {
    const { methods } = (await browser.get('/api/mfa/challenge')).body
    const { enrollmentId } = methods.find((each: { method: string }) => each.method === method)
    return await browser.post('/api/mfa/challenge/answer', { enrollmentId, answer })
  }

  test('O1 a session that one made is good in the other', async () => {
    const { email, signIn } = await person()
    const browser = await signIn(one)
    expect(await whoIs(browser)).toBe(email)
    expect(await whoIs(browser.at(other))).toBe(email)
  })

  test('SC-05 a session that ends in one is dead in the other at its next request', async () => {
    const { signIn } = await person()
    const browser = await signIn(one)
    const there = browser.at(other)
    expect(await opened(there)).toBe(200)
    expect((await browser.post('/api/sign-out')).status).toBe(204)
    expect(await opened(there)).toBe(401)
    expect(await whoIs(there)).toBeUndefined()
  })

  test('SC-10 whoever signs out everywhere else in one has done so in the other', async () => {
    const { email, signIn } = await person()
    const [here, there] = [await signIn(one), await signIn(other)]
    expect((await here.post('/api/password-check', { password })).status).toBe(204)
    expect((await here.post('/api/sessions/end-others')).status).toBe(204)
    expect(await opened(there)).toBe(401)
    expect(await whoIs(here.at(other))).toBe(email)
  })

  test('SC-13 a password that is reset in one ends what was signed in in the other', async () => {
    const { email, signIn } = await person()
    const there = await signIn(other)
    const stranger = new BalancedVisitor(one)
    expect((await stranger.post('/api/password-reset', { email })).status).toBe(202)
    const mail = await processes.smtp.inbox.take(({ to }) => to.includes(email))
    const token = /reset-password#([\w-]+)/.exec(mail.text)?.[1]
    const next = { token, password: 'seven mild herons wade' }
    expect((await stranger.at(other).post('/api/password-reset/read', { token })).status).toBe(200)
    expect((await stranger.post('/api/password-reset/complete', next)).status).toBe(204)
    expect(await opened(there)).toBe(401)
    expect((await stranger.at(other).post('/api/password-reset/complete', next)).status).toBe(404)
  })

  test('MB-03 the tokens of an app are good in both, each refresh token once, and end in both together', async () => {
    const { email } = await person()
    const [here, there] = [new App(one), new App(other)]
    expect((await here.mobile('sign-in', { email, password })).body.status).toBe('tokens')
    there.tokens = here.tokens
    expect((await there.get('/api/account')).status).toBe(200)
    const used = here.tokens!
    expect((await there.refresh()).status).toBe(200)
    expect((await here.get('/api/account')).status).toBe(200)
    // What was used in one is used in the other, and who uses it again ends the session.
    expect((await here.refresh(used.refreshToken)).status).toBe(401)
    expect((await there.get('/api/account')).status).toBe(401)
    expect((await there.refresh()).status).toBe(401)
  })

  test('E5 MFA that is turned on in one is asked for in the other, and ends its sessions', async () => {
    const { email, signIn } = await person()
    const there = await signIn(other)
    const { recoveryCodes } = await withApp(await signIn(one))
    expect(await opened(there)).toBe(401)
    const begun = await signIn(other)
    expect(await opened(begun)).toBe(401)
    // The login goes on wherever the balancer leads it.
    const browser = begun.at(one)
    expect((await answerWith(browser, 'recovery_code', recoveryCodes[0] ?? '')).status).toBe(200)
    expect(await whoIs(browser.at(other))).toBe(email)
  })

  test('BF-02 wrong codes in both are counted together, and the lock that one trips holds in the other', async () => {
    const { signIn } = await person()
    const { app, recoveryCodes, secret } = await withApp(await signIn(one))
    const wrong = (browser: BalancedVisitor): Promise<Answer> =>
      browser.post('/api/mfa/challenge/answer', { enrollmentId: app, answer: wrongCode(secret) })
    for (const place of [one, other]) {
      const browser = await signIn(place)
      for (const tried of [one, other, one, other, place]) {
        const answered = await wrong(browser.at(tried))
        expect(['answer_wrong', 'account_locked', 'challenge_closed']).toContain(answered.body.code)
      }
    }
    for (const place of [other, one]) {
      const refused = await answerWith(await signIn(place), 'recovery_code', recoveryCodes[0] ?? '')
      expect([refused.status, refused.body.code]).toEqual([429, 'account_locked'])
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    }
  })
})

/** Neither the code of this half minute nor one that is near. */
function wrongCode(secret: string): string {
  const near = [-1, 0, 1].map((steps) => authenticator(secret).codeAt(Date.now() + steps * 30_000))
  return ['000000', '111111', '222222', '333333'].find((code) => !near.includes(code)) ?? ''
}
