import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAddress, person } from '../support/account.ts'
import { withApp } from '../support/app.ts'
import { runConsole, type RunningConsole } from '../support/console.ts'
import {
  answer,
  codeFor,
  elsewhere,
  enroll,
  type Enrolled,
  type Person,
  sentCode,
  signIn,
  wrongCode,
} from '../support/person.ts'
import { pageHeaders, rawRequest } from '../support/raw.ts'
import { everyRoute, filled, nobodys } from '../support/routes.ts'
import { execute, stateOf } from '../support/tables.ts'
import { Visitor } from '../support/visitor.ts'

const pendingCookie = '__Host-sallyport-pending'
const confirmationCookie = '__Host-console-confirmation'
describe('going round the flow', () => {
  let running: RunningConsole
  let owner: Person
  let app: Enrolled
  beforeAll(async () => {
    running = await runConsole()
    owner = await person(running)
    app = await enroll(running, owner, 'totp')
  })
  afterAll(() => running.close())

  async function pending(): Promise<Visitor> {
    running.clock.advance(30_000)
    const there = elsewhere(owner)
    expect((await signIn(there)).body.status).toBe('challenge')
    return there.browser
  }

  async function confirming(): Promise<Visitor> {
    const browser = new Visitor(running.origin)
    const form = { email: newAddress(), phone: '', country: 'US', password: 'plain words about rivers' }
    expect((await browser.post('/api/registration', form)).status).toBe(202)
    return browser
  }

  test('FB-02 · a pending login can’t set up, rename, choose or read methods, and changes nothing', async () => {
    const browser = await pending()
    await browser.session()
    const before = await stateOf(running)
    for (const [route, body] of Object.entries(everyRoute).filter(([name]) =>
      /^\w+ \/api\/(mfa\/methods|account|sessions|api-keys|teams|mfa\/disable|mfa\/recovery-codes|mfa\/step-up|password-check)/.test(
        name,
      ),
    )) {
      const [method = '', path = ''] = route.split(' ')
      const there = filled(path, { enrollmentId: app.enrollmentId })
      const refused = method === 'GET' ? await browser.get(there) : await browser.send(method, there, body)
      expect([route, refused.status, refused.body.code]).toEqual([route, 401, 'not_signed_in'])
    }
    expect(await stateOf(running)).toBe(before)
  })

  test('FB-02 · a key put into another’s cookie opens nothing: login, confirmation and set-up stay apart', async () => {
    const login = await pending()
    const contact = await confirming()
    const parts = contact.cookies.get(confirmationCookie)!.split('.')
    const [id, binding] = parts.slice(-2)
    const [email] = running.emails.messages.slice(-1)

    const asLogin = new Visitor(running.origin)
    asLogin.cookies.set(pendingCookie, `${id}.${binding}`)
    const { methods } = (await asLogin.get('/api/mfa/challenge')).body
    const code = sentCode(running, email!.to)
    const crossed = await answer(asLogin, methods?.[0].enrollmentId ?? nobodys, code)
    expect(crossed.status).toBeGreaterThanOrEqual(400)
    expect((await asLogin.session()).body.account).toBeNull()

    const totp = codeFor(running, owner, 'totp', app.secret)
    const prefixes = [parts.slice(0, -2).join('.'), `email.${app.enrollmentId}`, `phone.${app.enrollmentId}`]
    for (const prefix of prefixes) {
      const asContact = new Visitor(running.origin)
      asContact.cookies.set(confirmationCookie, `${prefix}.${login.cookies.get(pendingCookie)!}`)
      expect((await asContact.get('/api/confirmation')).status).toBe(404)
      expect((await asContact.post('/api/confirmation/prompt')).status).toBeGreaterThanOrEqual(400)
      expect((await asContact.post('/api/confirmation/answer', { answer: totp })).status).toBeGreaterThanOrEqual(400)
      expect((await asContact.session()).body.account).toBeNull()
    }
    expect((await answer(login, app.enrollmentId, totp)).status).toBe(200)
  })

  test('FB-05 · a code without the password, or after a wrong one, opens nothing', async () => {
    running.clock.advance(60_000)
    const code = codeFor(running, owner, 'totp', app.secret)
    const stranger = new Visitor(running.origin)
    expect((await answer(stranger, app.enrollmentId, code)).body.code).toBe('challenge_not_found')
    expect((await signIn({ ...owner, browser: stranger, password: 'wrong password' })).body.code).toBe(
      'credentials_wrong',
    )
    expect(stranger.cookies.has(pendingCookie)).toBe(false)
    expect((await answer(stranger, app.enrollmentId, code)).body.code).toBe('challenge_not_found')
    expect((await stranger.session()).body.account).toBeNull()
  })

  test('FB-07 · nothing that the first step hands out authenticates, under any name and in any header', async () => {
    const there = elsewhere(owner)
    const csrf = (await there.browser.session()).body.csrf
    const step = await signIn(there)
    const names = [...there.browser.cookies.keys()].sort()
    expect(names).toEqual(['__Host-console-browser', pendingCookie])
    const values = [...there.browser.cookies.values()]
    const tokens = [...values, ...values.flatMap((value) => value.split('.')), csrf, step.body.challenge.id]
    for (const token of tokens) {
      const cookie = `__Host-console-session=${token}`
      const authorization = [`Bearer ${token}`, `Basic ${Buffer.from(`${owner.email}:${token}`).toString('base64')}`]
      for (const headers of [{ cookie }, ...authorization.map((value) => ({ authorization: value }))]) {
        const refused = await rawRequest(running.origin, { path: '/api/mfa/methods', headers })
        expect(refused.status).toBe(401)
        // What a bearer is told is the same for every token, API keys included: here it takes a person.
        if (refused.headers['www-authenticate'] !== undefined)
          expect(refused.headers['www-authenticate']).toContain('error="insufficient_user_authentication"')
      }
    }
  })

  test('FB-19 · Basic authentication with the right password opens nothing', async () => {
    const authorization = `Basic ${Buffer.from(`${owner.email}:${owner.password}`).toString('base64')}`
    const refused = await rawRequest(running.origin, { path: '/api/mfa/methods', headers: { authorization } })
    expect(refused.status).toBe(401)
  })

  test.each([
    '/api/dev/outbox',
    '/api/dev',
    '/api/debug',
    '/api/test',
    '/api/v1/sign-in',
    '/api/v0/session',
    '/api/admin',
    '/api/health',
    '/api/mfa',
    '/api/mfa/dev',
    '/api/accounts',
    '/api/users',
    '/api/login',
    '/api/token',
    '/api/oauth/token',
    '/metrics',
    '/debug/pprof',
    '/.env',
    '/.git/config',
    '/api/../server/app.ts',
    '/%2e%2e/package.json',
    '/assets/..%2f..%2fpackage.json',
    '/actuator',
    '/graphql',
    '/dev/outbox',
  ])('FB-19 · there is nothing at %s', async (path) => {
    const signedIn = elsewhere(await person(running)).browser
    for (const method of ['GET', 'POST']) {
      const headers = await pageHeaders(signedIn)
      const refused = await rawRequest(running.origin, { method, path, headers, body: method === 'POST' ? '{}' : '' })
      expect([method, refused.status]).toEqual([method, 404])
      expect(refused.text).not.toMatch(/"dependencies"|createConsole|\[core\]/)
    }
  })

  test.each(['TRACE', 'OPTIONS', 'PROPFIND', 'DELETE', 'PUT'])('FB-19 · no route answers %s', async (method) => {
    const headers = { ...(await pageHeaders(owner.browser)), 'x-secret': 'not to be echoed' }
    for (const path of ['/api/session', '/api/sign-in', '/api/mfa/methods', '/api/mfa/challenge/answer']) {
      const refused = await rawRequest(running.origin, { method, path, headers, body: '{}' })
      expect([path, refused.status >= 400]).toEqual([path, true])
      expect(refused.text).not.toContain('not to be echoed')
      expect(refused.headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  test('FB-06 · whatever the browser is made to believe, a wrong code leaves every route shut', async () => {
    const browser = await pending()
    expect(
      (await answer(browser, app.enrollmentId, wrongCode(codeFor(running, owner, 'totp', app.secret)))).status,
    ).toBe(401)
    expect((await browser.get('/api/mfa/methods')).status).toBe(401)
    expect((await browser.post('/api/mfa/methods', { method: 'totp' })).status).toBe(401)
  })
})

test('FB-17 · an account that is disabled, deleted or locked between the steps gets no tokens for its app', async () => {
  const running = await runConsole()
  const statements = [
    (email: string) => ['account', `UPDATE account SET status = 'disabled' WHERE email = '${email}'`],
    (email: string) => ['account', `DELETE FROM account WHERE email = '${email}'`],
    () => ['sallyport_account', `UPDATE sallyport_account SET locked_until = ${running.clock() + 3_600_000}`],
  ] as const
  for (const statement of statements) {
    const owner = await person(running)
    const { enrollmentId, recoveryCodes } = await enroll(running, owner, 'totp')
    const { browser, email, password } = withApp(owner)
    const { challengeToken, challenge } = (await browser.mobile('sign-in', { email, password })).body
    const backup = challenge.methods.find((each: { method: string }) => each.method === 'recovery_code')
    const [table = '', sql = ''] = statement(email)
    await execute(running, table, sql)
    const typed = { challengeToken, enrollmentId: backup.enrollmentId, answer: recoveryCodes[0] }
    const refused = await browser.mobile('challenge/answer', typed)
    expect(refused.status, sql).toBeGreaterThanOrEqual(400)
    expect([browser.tokens, enrollmentId === backup.enrollmentId]).toEqual([null, false])
  }
  await running.close()
})
