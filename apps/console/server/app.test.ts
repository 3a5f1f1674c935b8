import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { authenticator } from 'sallyport/testing'
import { isOpen, openRoutes } from './protection/gate.ts'
import { codeSentTo, origin, testBrowser, testConsole } from '../../../test/support/quiet-console.ts'
import type { Answer, TestBrowser, TestConsole } from '../../../test/support/quiet-console.ts'

const ada = { email: 'ada@example.com', phone: '(202) 555-0141', country: 'US', password: 'harbour-lantern-41' }
const number = '+12025550141'

let home: TestConsole
let browser: TestBrowser
beforeEach(async () => {
  home = await testConsole()
  browser = testBrowser(home)
})
afterEach(() => home.remove())

const register = (person: object = ada, by = browser): Promise<Answer> => by.post('/api/registration', person)
const confirmBoth = async (person = ada): Promise<void> => {
  await browser.post('/api/confirmation/answer', { answer: codeSentTo(home, person.email) })
  await browser.post('/api/confirmation/answer', { answer: codeSentTo(home, number) })
}
const signIn = (by = browser, credentials: object = { email: ada.email, password: ada.password }): Promise<Answer> =>
  by.post('/api/sign-in', credentials)
const wrong = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

describe('registration', () => {
  test('L3 both contacts are confirmed by code and nobody is signed in by it', async () => {
    expect(await register()).toMatchObject({ status: 202, body: { next: 'email' } })
    expect((await browser.get('/api/confirmation')).body).toMatchObject({
      contact: 'email',
      challenge: { action: 'email.confirm' },
    })
    const afterEmail = await browser.post('/api/confirmation/answer', { answer: codeSentTo(home, ada.email) })
    expect(afterEmail).toMatchObject({ status: 200, body: { next: 'phone' } })
    const afterPhone = await browser.post('/api/confirmation/answer', { answer: codeSentTo(home, number) })
    expect(afterPhone).toMatchObject({ status: 200, body: { next: 'done' } })
    expect((await browser.get('/api/session')).body.account).toBeNull()
    expect(browser.cookies.has('__Host-console-confirmation')).toBe(false)
    expect((await signIn()).body).toEqual({ status: 'signed_in' })
    expect((await browser.get('/api/session')).body.account).toEqual({
      email: ada.email,
      phone: { number, confirmed: true },
      mfaEnabled: false,
      hasPassword: true,
      managed: null,
      ownCheck: 'password',
    })
  })

  test('every field that can’t be used is named with a sentence', async () => {
    const answer = await register({ email: 'ada', phone: '123', country: 'US', password: 'password' })
    expect(answer).toMatchObject({ status: 422, body: { code: 'fields_invalid' } })
    expect(answer.body.errors.map(({ field }: { field: string }) => field)).toEqual(['email', 'phone', 'password'])
    expect(JSON.stringify(answer.body)).not.toContain('123')
  })

  test('the number can be left for later, and confirmed once signed in', async () => {
    await register()
    expect((await browser.post('/api/confirmation/skip')).body.code).toBe('method_not_allowed')
    await browser.post('/api/confirmation/answer', { answer: codeSentTo(home, ada.email) })
    expect((await browser.post('/api/confirmation/skip')).body).toEqual({ next: 'done' })
    await signIn()
    expect((await browser.get('/api/session')).body.account.phone).toEqual({ number, confirmed: false })
    home.clock.advance(60_000)
    expect((await browser.post('/api/account/phone/confirmation')).body).toMatchObject({ contact: 'phone' })
    await browser.post('/api/confirmation/answer', { answer: codeSentTo(home, number) })
    expect((await browser.get('/api/session')).body.account.phone.confirmed).toBe(true)
  })

  test('TF-09 no text message goes out before the address is confirmed', async () => {
    await register()
    expect(home.outbox.list().map(({ channel }) => channel)).toEqual(['email'])
  })

  test('BF-11 wrong codes are counted and end the confirmation', async () => {
    await register()
    const code = codeSentTo(home, ada.email)
    for (let left = 4; left >= 0; left -= 1) {
      expect(await browser.post('/api/confirmation/answer', { answer: wrong(code) })).toMatchObject({
        status: 401,
        body: { code: 'answer_wrong', attemptsLeft: left },
      })
    }
    expect((await browser.post('/api/confirmation/answer', { answer: code })).status).toBe(401)
    expect((await signIn()).body.code).toBe('credentials_wrong')
  })

  test('EO-02 an address that has an account gets the same answers, no code, and a letter to its owner', async () => {
    await register()
    await confirmBoth()
    const [stranger, newcomer] = [testBrowser(home), testBrowser(home)]
    home.clock.advance(600_000)
    const taken = await register({ ...ada, email: 'ADA@example.com' }, stranger)
    const free = await register({ ...ada, email: 'eda@example.com' }, newcomer)
    expect(shape(taken)).toEqual(shape(free))
    expect([...stranger.cookies.keys()]).toEqual([...newcomer.cookies.keys()])
    expect(shape(await stranger.get('/api/confirmation'))).toEqual(shape(await newcomer.get('/api/confirmation')))
    home.clock.advance(60_000)
    expect(shape(await stranger.post('/api/confirmation/prompt'))).toEqual(
      shape(await newcomer.post('/api/confirmation/prompt')),
    )
    const toOwner = home.outbox.list().filter(({ subject }) => subject.includes('already have an account'))
    expect(toOwner).toHaveLength(2)
    for (const { text } of toOwner) expect(text).not.toMatch(/(?<!\d)\d{6}(?!\d)/)
    expect(shape(await stranger.post('/api/confirmation/answer', { answer: '000000' }))).toEqual(
      shape(await newcomer.post('/api/confirmation/answer', { answer: wrong(codeSentTo(home, 'eda@example.com')) })),
    )
  })

  test('a registration that is never confirmed is in nobody’s way and goes after a day', async () => {
    await register()
    const owner = testBrowser(home)
    home.clock.advance(600_000)
    await register({ ...ada, password: 'meadow-copper-72' }, owner)
    await owner.post('/api/confirmation/answer', { answer: codeSentTo(home, ada.email) })
    expect((await signIn(browser)).status).toBe(401)
    expect((await signIn(browser, { email: ada.email, password: 'meadow-copper-72' })).status).toBe(200)
    home.clock.advance(86_400_001)
    await home.app.purge()
    const left = await home.database.database.selectFrom('account').select('email_confirmed_at').execute()
    expect(left.map((row) => row.email_confirmed_at !== null)).toEqual([true])
  })

  test('XA-04 the key of another kind of challenge confirms nothing', async () => {
    await register()
    const cookie = browser.cookies.get('__Host-console-confirmation')!
    browser.cookies.set('__Host-sallyport-pending', cookie.split('.').slice(2).join('.'))
    const view = (await browser.get('/api/confirmation')).body.challenge
    const answer = { enrollmentId: view.active, answer: codeSentTo(home, ada.email) }
    const answered = await browser.post('/api/mfa/challenge/answer', answer)
    expect(answered.status).toBeGreaterThanOrEqual(400)
    expect((await browser.get('/api/session')).body.account).toBeNull()
  })
})

describe('signing in', () => {
  beforeEach(async () => {
    await register()
    await confirmBoth()
  })

  test('EO-01 unknown, wrong, unconfirmed, disabled and malformed are one answer', async () => {
    await register({ ...ada, email: 'new@example.com' })
    await register({ ...ada, email: 'off@example.com', phone: '' })
    await browser.post('/api/confirmation/answer', { answer: codeSentTo(home, 'off@example.com') })
    await home.database.database
      .updateTable('account')
      .set({ status: 'disabled' })
      .where('email', '=', 'off@example.com')
      .execute()
    const tries = [
      { email: 'nobody@example.com', password: ada.password },
      { email: ada.email, password: 'wrong-lantern-41' },
      { email: 'new@example.com', password: ada.password },
      { email: 'off@example.com', password: ada.password },
      { email: 'no address', password: ada.password },
      { email: ada.email, password: '' },
    ]
    const answers = await Promise.all(
      tries.map(async (credentials) => shape(await signIn(testBrowser(home), credentials), true)),
    )
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]).toMatchObject({ status: 401, body: { code: 'credentials_wrong' } })
  })

  test('L1 with a second factor the password alone opens nothing but the challenge', async () => {
    await signIn()
    const { secret } = await enrollTotp()
    home.clock.advance(1)
    const other = testBrowser(home)
    const step = await signIn(other)
    expect(step.body).toMatchObject({
      status: 'challenge',
      challenge: { action: 'login', methods: [{ method: 'totp', primary: true }, { method: 'recovery_code' }] },
    })
    expect(other.cookies.has('__Host-console-session')).toBe(false)
    expect((await other.get('/api/session')).body.account).toBeNull()
    expect((await other.get('/api/mfa/methods')).status).toBe(401)
    expect((await other.post('/api/account/phone/confirmation')).status).toBe(401)
    home.clock.advance(30_000)
    const { enrollmentId } = step.body.challenge.methods[0]
    const answered = await other.post('/api/mfa/challenge/answer', {
      enrollmentId,
      answer: authenticator(secret).codeAt(home.clock()),
    })
    expect(answered).toMatchObject({ status: 200, body: { status: 'signed_in' } })
    expect((await other.get('/api/session')).body.account).toMatchObject({ email: ada.email, mfaEnabled: true })
  })

  test('EN-01 turning on MFA ends every earlier session, the cookie it was done with included', async () => {
    const other = testBrowser(home)
    await signIn(other)
    await signIn()
    const before = browser.cookies.get('__Host-console-session')!
    const token = (await browser.get('/api/session')).body.csrf
    await enrollTotp()
    expect((await browser.get('/api/session')).body.account).toMatchObject({ mfaEnabled: true })
    expect((await browser.get('/api/session')).body.csrf).not.toBe(token)
    expect((await other.get('/api/session')).body.account).toBeNull()
    browser.cookies.set('__Host-console-session', before)
    expect((await browser.get('/api/session')).body.account).toBeNull()
  })

  test('SC-05 signing out ends the session on the server and clears the browser', async () => {
    await signIn()
    const cookie = browser.cookies.get('__Host-console-session')!
    const csrf = (await browser.get('/api/session')).body.csrf
    const answer = await browser.post('/api/sign-out')
    expect(answer.status).toBe(204)
    expect(answer.headers.get('clear-site-data')).toBe('"cache", "storage"')
    expect(browser.cookies.has('__Host-console-session')).toBe(false)
    browser.cookies.set('__Host-console-session', cookie)
    expect((await browser.get('/api/session')).body.account).toBeNull()
    expect((await browser.post('/api/sign-out', {}, { 'x-csrf-token': csrf })).body.code).toBe('csrf_refused')
  })

  async function enrollTotp(): Promise<{ secret: string }> {
    expect((await browser.post('/api/password-check', { password: ada.password })).status).toBe(204)
    const begun = await browser.post('/api/mfa/methods', { method: 'totp' })
    expect(begun.status).toBe(201)
    const { enrollmentId, challenge, setup } = begun.body
    const body = { challengeId: challenge.id, answer: authenticator(setup.secret).codeAt(home.clock()) }
    const confirmed = await browser.post(`/api/mfa/methods/${enrollmentId}/confirm`, body)
    expect(confirmed).toMatchObject({ status: 200, body: { enabled: true } })
    return setup
  }
})

describe('protection', () => {
  test('SC-01 every cookie is ultimate', async () => {
    await register()
    await confirmBoth()
    const answers = [
      await browser.get('/api/session'),
      await register({ ...ada, email: 'b@example.com' }, testBrowser(home)),
      await signIn(),
    ]
    const lines = answers.flatMap(({ headers }) => headers.getSetCookie())
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) {
      expect(line).toMatch(/^__Host-/)
      for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/'])
        expect(line).toContain(`; ${attribute}`)
      expect(line).not.toMatch(/domain/i)
    }
  })

  test.each([
    ['no token', { 'x-csrf-token': null }],
    ['a foreign token', { 'x-csrf-token': 'A'.repeat(43) }],
    ['no origin', { origin: null }],
    ['the origin null', { origin: 'null' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['the origin on another port', { origin: 'http://localhost:3001' }],
    ['a request from another site', { 'sec-fetch-site': 'cross-site' }],
    ['a request from a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['text/plain and no token', { 'content-type': 'text/plain', 'x-csrf-token': null }],
  ])('SC-07 %s is refused on every unsafe route', async (_what, headers) => {
    const document = (await browser.get('/api/openapi.json')).body
    const unsafe = Object.entries<object>(document.paths).filter(([, methods]) => 'post' in methods)
    expect(unsafe.length).toBeGreaterThan(25)
    // Where an app signs in no cookie counts, so there is nothing that another site could make a browser add.
    for (const [path] of unsafe.filter(([each]) => !each.startsWith('/api/mobile/'))) {
      const route = path.replaceAll(/\{\w+\}/g, 'x')
      const answer = await browser.post(route, {}, headers)
      expect({ route, status: answer.status, code: answer.body.code }).toEqual({
        route,
        status: 403,
        code: 'csrf_refused',
      })
    }
  })

  test('V4 what is no small JSON of the right form is refused as a problem', async () => {
    const tries: readonly (readonly [status: number, body: unknown, headers?: Record<string, string>])[] = [
      [400, '{'],
      [400, '[]'],
      [400, 'null'],
      [400, { email: ada.email }],
      [400, { email: ada.email, password: ada.password, extra: 1 }],
      [400, '{"email":"a@example.com","password":"x","__proto__":{"admin":true}}'],
      [400, { email: [ada.email], password: ada.password }],
      [400, { email: { $ne: null }, password: ada.password }],
      [400, { email: ada.email, password: 12345678 }],
      [400, `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
      [413, { email: ada.email, password: 'x'.repeat(70_000) }],
      [415, 'email=a', { 'content-type': 'application/x-www-form-urlencoded' }],
      [415, '{}', { 'content-type': 'text/plain' }],
      [415, '{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
    ]
    for (const [status, body, headers] of tries) {
      const answer = await browser.post('/api/sign-in', body, headers)
      expect({ body: JSON.stringify(body).slice(0, 60), status: answer.status }).toEqual({
        body: JSON.stringify(body).slice(0, 60),
        status,
      })
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
    }
  })

  test('FB-01 everything under /api but the open routes needs a session', async () => {
    const document = (await browser.get('/api/openapi.json')).body
    const declared = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(declared.length).toBeGreaterThan(15)
    const filled = (route: string): string => route.replaceAll(/\{\w+\}/g, 'x')
    for (const route of declared.map(filled).filter((candidate) => !isOpen(candidate))) {
      const [method, path] = route.split(' ') as [string, string]
      const { csrf } = (await browser.get('/api/session')).body
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { cookie, origin, 'x-csrf-token': csrf, 'content-type': 'application/json' }
      const response = await home.app.fetch(
        new Request(`${origin}${path}`, { method, headers, ...(method === 'GET' ? {} : { body: '{}' }) }),
      )
      expect({ route, status: response.status }).toEqual({ route, status: 401 })
    }
    for (const route of openRoutes) if (!route.endsWith('openapi.json')) expect(declared).toContain(route)
  })

  test('SC-08 SC-11 SC-17 every answer carries the headers', async () => {
    for (const path of ['/api/session', '/api/nothing', '/', '/nothing', '/api/mfa/challenge', '/api/mfa/nothing']) {
      const { headers } = await browser.get(path)
      expect(headers.get('content-security-policy')).toContain(`frame-ancestors 'none'`)
      expect(headers.get('strict-transport-security')).toMatch(/max-age=\d{8}/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      if (path.startsWith('/api/')) expect(headers.get('cache-control')).toBe('no-store')
    }
  })

  test('FS-06 what does not exist is a problem document, for whoever asks, by whatever method', async () => {
    for (const method of ['GET', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
      const response = await home.app.fetch(new Request(`${origin}/api/nothing`, { method }))
      expect([403, 404]).toContain(response.status)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
    }
    expect((await browser.get('/api/session/../../etc/passwd')).status).toBe(404)
  })

  test('FS-01 a database that is gone is a problem and no session', async () => {
    await register()
    await confirmBoth()
    await home.database.database.schema.dropTable('session').execute()
    const answer = await signIn()
    expect(answer.status).toBe(503)
    expect(answer.body).toMatchObject({ code: 'store_failed' })
    expect(browser.cookies.has('__Host-console-session')).toBe(false)
    expect(JSON.stringify(answer.body)).not.toMatch(/session|table|sql/i)
  })

  test('AU-02 P9 nothing of a person, no code and no token is logged', async () => {
    await register()
    const code = codeSentTo(home, ada.email)
    await confirmBoth()
    await signIn()
    const log = home.logged.join('\n')
    expect(home.logged.length).toBeGreaterThan(5)
    for (const secret of [ada.email, 'harbour', number, '2025550141', code, ...browser.cookies.values()])
      expect(log).not.toContain(secret)
  })

  test('U3 the outbox is there in development and in production it is like any other path that is not', async () => {
    await register()
    expect((await browser.get('/api/dev/outbox')).body.messages[0]).toMatchObject({ channel: 'email', to: ada.email })
    const production = await testConsole({ outbox: null })
    const visitor = testBrowser(production)
    expect(shape(await visitor.get('/api/dev/outbox'), true)).toEqual(
      shape(await visitor.get('/api/dev/nothing'), true),
    )
    expect((await visitor.get('/api/session')).body.development).toBe(false)
    await production.remove()
  })
})

/** What can be told from an answer, without what is random in any. */
function shape({ status, headers, body }: Answer, whole = false): object {
  const names = [...headers.keys()].filter((name) => name !== 'content-length').toSorted()
  const text = JSON.stringify(body)
    .replaceAll(/"(id|enrollmentId|active)":"[^"]*"/g, '"$1":"…"')
    .replaceAll(/"hint":"[^"]*"/g, '"hint":"…"')
  return {
    status,
    names,
    body: JSON.parse(text) as unknown,
    ...(whole ? { length: headers.get('content-length') } : {}),
  }
}
