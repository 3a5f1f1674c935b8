import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAddress, person } from '../support/account.ts'
import { signInApp, withApp } from '../support/app.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { answer, codeFor, confirmed, elsewhere, enroll, type Enrolled, type Person, signIn } from '../support/person.ts'
import { rawRequest } from '../support/raw.ts'
import { everyRoute, filled } from '../support/routes.ts'
import { audit, bytesOf, stateOf, tablesOf } from '../support/tables.ts'
import { Visitor } from '../support/visitor.ts'

const sessionCookie = '__Host-console-session'
const pendingCookie = '__Host-sallyport-pending'

describe('sessions, cookies and cross-site requests', () => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole()
  })
  afterAll(() => running.close())

  async function withMfa(): Promise<{
    owner: Person
    app: Enrolled
    complete: (browser: Visitor) => ReturnType<typeof answer>
  }> {
    const owner = await person(running)
    const app = await enroll(running, owner, 'totp')
    const complete = (browser: Visitor) =>
      answer(browser, app.enrollmentId, codeFor(running, owner, 'totp', app.secret))
    return { owner, app, complete }
  }

  test('SC-01 HS-06 · every cookie that is ever set is for this host, TLS, no script and no other site, whatever the headers say', async () => {
    const set: string[] = []
    class Watching extends Visitor {
      override async request(path: string, sent: Parameters<Visitor['request']>[1] = {}) {
        const headers = {
          'x-forwarded-proto': 'http',
          forwarded: 'proto=http',
          'x-forwarded-ssl': 'off',
          ...sent.headers,
        }
        const answered = await super.request(path, { ...sent, headers })
        set.push(...answered.headers.getSetCookie())
        return answered
      }
    }
    const { owner, complete } = await withMfa()
    const browser = new Watching(running.origin)
    await browser.post('/api/registration', {
      email: newAddress(),
      phone: '',
      country: 'US',
      password: 'plain words about rivers',
    })
    await signIn({ ...owner, browser })
    expect((await complete(browser)).status).toBe(200)
    await browser.post('/api/sign-out')
    expect(new Set(set.map((line) => line.split('=')[0]))).toEqual(
      new Set([
        '__Host-console-browser',
        '__Host-console-confirmation',
        '__Host-sallyport-known',
        pendingCookie,
        sessionCookie,
      ]),
    )
    for (const line of set) {
      expect(line).toMatch(/^__Host-/)
      expect(line).toContain('; Secure')
      expect(line).toContain('; HttpOnly')
      expect(line).toContain('; SameSite=Strict')
      expect(line).toContain('; Path=/')
      expect(line).not.toMatch(/domain=/i)
    }
  })

  test('SC-02 · each step up has a session id of its own, and the one before it is dead', async () => {
    const owner = await person(running)
    const first = owner.browser.copy()
    await signIn(owner)
    expect(owner.browser.cookies.get(sessionCookie)).not.toBe(first.cookies.get(sessionCookie))
    expect((await first.session()).body.account).toBeNull()
    const second = owner.browser.copy()
    const { enrollmentId, secret } = await enroll(running, owner, 'totp')
    expect((await second.session()).body.account).toBeNull()
    const third = owner.browser.copy()
    await signIn(owner)
    await answer(owner.browser, enrollmentId, codeFor(running, owner, 'totp', secret))
    expect((await owner.browser.session()).body.account).not.toBeNull()
    expect((await third.session()).body.account).toBeNull()
  })

  test('SC-02 · a session id that someone else chose is never taken over', async () => {
    const { owner, complete } = await withMfa()
    const there = elsewhere(owner)
    const planted = 'A'.repeat(43)
    there.browser.cookies.set(sessionCookie, planted)
    await signIn(there)
    expect((await complete(there.browser)).status).toBe(200)
    expect(there.browser.cookies.get(sessionCookie)).not.toBe(planted)
    const attacker = new Visitor(running.origin)
    attacker.cookies.set(sessionCookie, planted)
    expect((await attacker.session()).body.account).toBeNull()
  })

  test('SC-04 · the cookie of the pending login has a name of its own and is worthless after the login', async () => {
    const { owner, complete } = await withMfa()
    const there = elsewhere(owner)
    await signIn(there)
    expect(there.browser.cookies.has(sessionCookie)).toBe(false)
    const before = there.browser.copy()
    await complete(there.browser)
    expect(there.browser.cookies.has(pendingCookie)).toBe(false)
    expect((await before.get('/api/mfa/challenge')).status).toBe(404)
    running.clock.advance(30_000)
    expect((await complete(before)).body.code).toBe('challenge_closed')
    before.cookies.set(sessionCookie, before.cookies.get(pendingCookie)!)
    expect((await before.session()).body.account).toBeNull()
  })

  test('SC-05 · signing out in one tab signs out all tabs, and says so to the browser', async () => {
    const { owner } = await withMfa()
    const otherTab = owner.browser.copy()
    const out = await owner.browser.post('/api/sign-out')
    expect(out.headers.get('clear-site-data')).toMatch(/"storage"/)
    expect((await otherTab.get('/api/mfa/methods')).status).toBe(401)
  })

  test('SC-05 · signing out gives up a pending login too', async () => {
    const { owner } = await withMfa()
    const there = elsewhere(owner)
    await signIn(there)
    await there.browser.post('/api/sign-out')
    expect([...there.browser.cookies.keys()]).toEqual(['__Host-console-browser'])
  })

  describe('SC-07 · a request that no page of this console sent', () => {
    let owner: Person
    let app: Enrolled
    let bodies: Readonly<Record<string, unknown>>
    let unsafe: string[]
    /** Those that a browser adds something to by itself: what an app signs in with is in the body, and no cookie counts there. */
    let byCookie: string[]
    beforeAll(async () => {
      const made = await withMfa()
      owner = made.owner
      app = made.app
      await owner.browser.session()
      bodies = Object.fromEntries(Object.entries(everyRoute).filter(([route]) => !route.startsWith('GET ')))
      const { paths } = (await owner.browser.get('/api/openapi.json')).body
      unsafe = Object.entries<object>(paths).flatMap(([path, operations]) =>
        Object.keys(operations)
          .filter((method) => method !== 'get')
          .map((method) => `${method.toUpperCase()} ${path}`),
      )
      byCookie = unsafe.filter((route) => !route.startsWith('POST /api/mobile/'))
    })

    const foreign: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
      'without a token': { 'x-csrf-token': null },
      'with an empty token': { 'x-csrf-token': '' },
      'with a made-up token': { 'x-csrf-token': 'A'.repeat(43) },
      'from no origin': { origin: null },
      'from the origin null': { origin: 'null' },
      'from another origin': { origin: 'https://evil.example' },
      'from an origin that begins like ours': { origin: 'http://localhost.evil.example' },
      'from our host on another port': { origin: 'http://localhost:1' },
      'from another site, by the browser’s word': { 'sec-fetch-site': 'cross-site' },
      'from a sister site, by the browser’s word': { 'sec-fetch-site': 'same-site' },
      'typed into the address bar': { 'sec-fetch-site': 'none' },
    }

    test('every unsafe route of the document is tried', () => {
      expect(unsafe.sort()).toEqual(Object.keys(bodies).sort())
    })

    test.each(Object.keys(foreign))(
      'SC-07 · %s it is refused on every unsafe route, audited, and changes nothing',
      async (how) => {
        const before = await stateOf(running)
        const audited = (await audit(running, 'request.refused')).length
        for (const route of byCookie) {
          const [method = '', path = ''] = route.split(' ')
          const refused = await owner.browser.send(
            method,
            filled(path, { enrollmentId: app.enrollmentId }),
            bodies[route],
            foreign[how],
          )
          expect([route, refused.status, refused.body.code]).toEqual([route, 403, 'csrf_refused'])
          expect(refused.headers.getSetCookie()).toEqual([])
        }
        expect(await stateOf(running)).toBe(before)
        expect((await audit(running, 'request.refused')).length - audited).toBe(byCookie.length)
      },
    )

    test('SC-07 · with another session’s or another browser’s token it is refused', async () => {
      const stranger = await person(running)
      const { csrf } = (await stranger.browser.session()).body
      const anonymous = (await new Visitor(running.origin).session()).body.csrf
      const before = await stateOf(running)
      for (const token of [csrf, anonymous]) {
        for (const route of byCookie) {
          const [method = '', path = ''] = route.split(' ')
          const there = filled(path, { enrollmentId: app.enrollmentId })
          const refused = await owner.browser.send(method, there, bodies[route], { 'x-csrf-token': token })
          expect([route, refused.status]).toEqual([route, 403])
        }
      }
      expect(await stateOf(running)).toBe(before)
    })

    test.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonp',
      null,
    ])('SC-07 · as %s it is refused on every unsafe route and changes nothing', async (type) => {
      const before = await stateOf(running)
      for (const route of unsafe) {
        const [method = '', path = ''] = route.split(' ')
        const there = filled(path, { enrollmentId: app.enrollmentId })
        const { csrf } = (await owner.browser.session()).body
        const headers = { 'x-csrf-token': csrf, 'content-type': type }
        const body = new TextEncoder().encode(JSON.stringify(bodies[route]))
        const page = {
          cookie: [...owner.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          origin: running.origin,
        }
        const given = Object.fromEntries(
          Object.entries({ ...page, ...headers }).filter(([, value]) => value !== null),
        ) as Record<string, string>
        const refused = await rawRequest(running.origin, { method, path: there, headers: given, body })
        expect([route, refused.status]).toEqual([route, 415])
      }
      expect(await stateOf(running)).toBe(before)
    })

    test('SC-07 EN-09 · no unsafe route does anything under GET', async () => {
      const before = await stateOf(running)
      for (const route of unsafe) {
        const [, path = ''] = route.split(' ')
        const asked = await owner.browser.get(
          `${filled(path, { enrollmentId: app.enrollmentId })}?method=totp&answer=000000&_method=POST`,
        )
        if (everyRoute[`GET ${path}`] === undefined) expect([route, asked.status >= 400]).toEqual([route, true])
      }
      expect(await stateOf(running)).toBe(before)
    })
  })

  test('SC-08 SC-11 SC-17 · every answer forbids frames, sniffing, referrers, plain HTTP and caching', async () => {
    const { owner, app } = await withMfa()
    const paths = [
      '/',
      '/sign-in',
      '/security',
      '/nothing/here',
      '/api/session',
      '/api/mfa/methods',
      '/api/mfa/challenge',
      '/api/nothing',
      '/api/openapi.json',
      `/api/mfa/methods/${app.enrollmentId}`,
    ]
    const answers = await Promise.all(paths.map((path) => owner.browser.get(path)))
    answers.push(await owner.browser.post('/api/sign-in', { email: owner.email, password: 'wrong password' }))
    answers.push(await signIn(elsewhere(owner)))
    answers.push(await owner.browser.send('POST', '/api/sign-in', {}, { origin: 'https://evil.example' }))
    answers.push(await owner.browser.send('POST', '/api/sign-in', 'x'.repeat(100_000)))
    answers.push(await owner.browser.post('/api/sign-out'))
    for (const { headers, status } of answers) {
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain(`default-src 'none'`)
      expect(policy).toContain(`frame-ancestors 'none'`)
      expect(policy).toContain(`base-uri 'none'`)
      expect(policy).not.toMatch(/unsafe-|\*|http:/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('strict-transport-security')).toMatch(/max-age=\d{8,}; includeSubDomains/)
      expect([status, headers.get('cache-control')]).toEqual([status, 'no-store'])
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  test('SC-10 · every session can be seen and ended from every other, but not without the second factor', async () => {
    const { owner, app } = await withMfa()
    const there = elsewhere(owner)
    running.clock.advance(30_000)
    await signIn(there)
    await answer(there.browser, app.enrollmentId, codeFor(running, owner, 'totp', app.secret))
    const inApp = withApp(owner)
    await signInApp(running, inApp)
    type Listed = { sessionId: string; current: boolean; kind: string }
    const listed = async (browser: Visitor): Promise<Listed[]> => (await browser.get('/api/sessions')).body.sessions
    const seen = await listed(owner.browser)
    expect(seen.map(({ kind }) => kind)).toEqual(['app', 'browser', 'browser'])
    for (const browser of [there.browser, inApp.browser])
      expect((await listed(browser)).map(({ sessionId }) => sessionId)).toEqual(seen.map(({ sessionId }) => sessionId))
    // No answer has what opens a session, and no id does.
    const thief = new Visitor(running.origin)
    for (const { sessionId } of seen) {
      thief.cookies.set(sessionCookie, sessionId)
      expect((await thief.get('/api/sessions')).status).toBe(401)
    }
    // Whoever has copied the cookie has no second factor.
    const stolen = owner.browser.copy()
    for (const { sessionId } of seen.filter(({ current }) => !current)) {
      const refused = await stolen.post(`/api/sessions/${sessionId}/end`)
      expect([refused.status, refused.body.code]).toEqual([403, 'step_up_required'])
    }
    expect(await listed(there.browser)).toHaveLength(3)
    for (const { sessionId } of seen.filter(({ current }) => !current)) {
      const path = `/api/sessions/${sessionId}/end`
      expect((await confirmed(running, owner, 'POST', path)).status).toBe(204)
    }
    expect((await there.browser.get('/api/sessions')).status).toBe(401)
    expect((await inApp.browser.request('/api/sessions')).status).toBe(401)
    expect((await inApp.browser.refresh()).status).toBe(401)
    expect((await listed(owner.browser)).map(({ current }) => current)).toEqual([true])
  })

  test('SC-17 · a session ends when it is not used, and at last however much it is used', async () => {
    const idle = await person(running)
    running.clock.advance(30 * 60_000 + 1)
    expect((await idle.browser.session()).body.account).toBeNull()
    const busy = await person(running)
    for (let quarter = 0; quarter < 47; quarter += 1) {
      running.clock.advance(15 * 60_000)
      expect((await busy.browser.get('/api/mfa/methods')).status).toBe(200)
    }
    running.clock.advance(15 * 60_000 + 1)
    expect((await busy.browser.get('/api/mfa/methods')).status).toBe(401)
  })
})

describe.each(databases)('a stolen database on %s', (on) => {
  test('SC-15 · holds nothing that opens a session or a pending login', async () => {
    const running = await runConsole({ on })
    const owner = await person(running)
    await enroll(running, owner, 'totp')
    const there = elsewhere(owner)
    await signIn(there)
    const tokens = [
      owner.browser.cookies.get(sessionCookie)!,
      ...there.browser.cookies.get(pendingCookie)!.split('.').slice(1),
    ]
    const dump = JSON.stringify(await tablesOf(running)) + bytesOf(running)
    for (const token of tokens) expect(dump).not.toContain(token)
    const { session = [], sallyport_challenge: challenges = [] } = await tablesOf(running)
    const stored = [...session.map((row) => row['id_hash']), ...challenges.map((row) => row['binding_hash'])]
    expect([session.length, challenges.length]).toEqual([1, 2])
    for (const value of [...stored, ...challenges.map((row) => `${row['id']}.${row['binding_hash'].split('.')[1]}`)]) {
      const thief = new Visitor(running.origin)
      thief.cookies.set(sessionCookie, value)
      thief.cookies.set(pendingCookie, value)
      expect((await thief.get('/api/mfa/methods')).status).toBe(401)
      expect((await thief.get('/api/mfa/challenge')).status).toBe(404)
    }
    await running.close()
  })
})
