import { randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createAccessTokens } from '../../apps/console/server/tokens/access-token.ts'
import type { Session } from '../../apps/console/server/sessions/sessions.ts'
import { type AppPerson, signInApp, withApp } from '../support/app.ts'
import { person } from '../support/account.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import {
  answerStepUp,
  codeFor,
  confirmed,
  elsewhere,
  enroll,
  type Person,
  sentCode,
  signIn,
} from '../support/person.ts'
import { rawRequest } from '../support/raw.ts'
import { everyRoute, filled } from '../support/routes.ts'
import { accountIdOf, audit, bytesOf, execute, stateOf, tablesOf } from '../support/tables.ts'
import type { Answer } from '../support/visitor.ts'

const minute = 60_000
const day = 24 * 60 * minute
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const json = { 'content-type': 'application/json' }
const key = { name: 'prod-ci', scopes: ['account:read'], expiresInDays: 7 }

describe.each(databases)('tokens of apps, on %s', (on) => {
  let running: RunningConsole
  let known: Person
  let owner: AppPerson
  const keys = [randomBytes(32).toString('base64url')]
  beforeAll(async () => {
    running = await runConsole({ on, keys })
  })
  afterAll(() => running.close())
  beforeEach(async () => {
    // What was sent and tried in one test limits nothing in the next.
    running.clock.advance(day)
    known = await person(running)
    owner = withApp(known)
  })

  /** A sign-in of the app that has its first factor only. */
  async function pending(): Promise<{ challengeToken: string; challenge: Answer['body'] }> {
    const { email, password } = known
    const { body } = await owner.browser.mobile('sign-in', { email, password })
    expect(body.status).toBe('mfa_required')
    return body
  }

  const refusals = async (): Promise<readonly string[]> =>
    (await audit(running, 'request.refused')).map(({ detail }) =>
      typeof detail === 'string' ? detail : JSON.stringify(detail),
    )

  /** Which of all routes say yes to these headers, beside those that say it to anyone. */
  async function crawl(headers: Record<string, string>): Promise<string[]> {
    const open: string[] = []
    for (const [route, body] of Object.entries(everyRoute)) {
      if (route.startsWith('POST /api/mobile/') || anyones.has(route)) continue
      const [method = '', path = ''] = route.split(' ')
      const sent = method === 'GET' ? {} : { body: JSON.stringify(body) }
      const answered = await rawRequest(running.origin, {
        method,
        path: filled(path),
        headers: { ...json, ...headers },
        ...sent,
      })
      expect(answered.headers['set-cookie'], route).toBeUndefined()
      if (answered.status < 400) open.push(route)
    }
    return open
  }

  test('MB-01 · the challenge token opens its challenge and nothing else, wherever it is put', async () => {
    await enroll(running, known, 'totp')
    const { challengeToken } = await pending()
    const [id = '', binding = ''] = challengeToken.split('.')
    expect(await crawl(bearer(challengeToken))).toEqual([])
    for (const token of [id, binding, `${challengeToken}.`, `${challengeToken}.${binding}`, `.${challengeToken}`]) {
      const refused = await rawRequest(running.origin, { path: '/api/mfa/methods', headers: bearer(token) })
      expect([token, refused.status]).toEqual([token, 401])
    }
    for (const token of [challengeToken, id, binding]) {
      const headers = { cookie: `__Host-console-session=${token}` }
      expect((await rawRequest(running.origin, { path: '/api/mfa/methods', headers })).status).toBe(401)
      expect((await owner.browser.refresh(token)).status).toBeGreaterThanOrEqual(400)
    }
    expect(owner.browser.tokens).toBeNull()
  })

  test('MB-01 · a challenge token with anything wrong about it is none, and the binding of another opens nothing', async () => {
    const { enrollmentId, secret } = await enroll(running, known, 'totp')
    const { challengeToken } = await pending()
    const other = await pending()
    running.clock.advance(30_000)
    const answer = codeFor(running, known, 'totp', secret)
    const [id] = challengeToken.split('.')
    const [, binding] = other.challengeToken.split('.')
    const crossed = await owner.browser.mobile('challenge/answer', {
      challengeToken: `${id}.${binding}`,
      enrollmentId,
      answer,
    })
    expect(crossed.body.code).toBe('challenge_not_found')
    for (const token of [`${challengeToken} `, `${challengeToken}A`, `${id}.`, '', 7, null, [challengeToken]]) {
      const refused = await owner.browser.mobile('challenge/answer', { challengeToken: token, enrollmentId, answer })
      expect([token, refused.status]).toEqual([token, 400])
    }
    expect((await owner.browser.mobile('challenge/answer', { challengeToken, enrollmentId, answer })).status).toBe(200)
    // Once.
    running.clock.advance(30_000)
    const again = { challengeToken, enrollmentId, answer: codeFor(running, known, 'totp', secret) }
    expect((await owner.browser.mobile('challenge/answer', again)).body.code).toBe('challenge_closed')
  })

  test('MB-01 · the challenge of a step-up, a confirmation or a set-up is none of a sign-in', async () => {
    const { enrollmentId, secret } = await enroll(running, known, 'totp')
    await signInApp(running, owner)
    const { browser: app } = owner
    const { challenge } = (await app.post('/api/api-keys', key)).body
    // The id of its session is in the app's own token.
    const challengeToken = `${challenge.id}.${String(app.claims['sid'])}`
    running.clock.advance(30_000)
    const answer = codeFor(running, known, 'totp', secret)
    const issued = (await tablesOf(running))['session']?.length
    for (const [path, body] of [
      ['challenge', {}],
      ['challenge/prompt', { enrollmentId }],
      ['challenge/answer', { enrollmentId, answer }],
      ['challenge/cancel', {}],
    ] as const) {
      const refused = await app.mobile(path, { challengeToken, ...body })
      expect([path, refused.body.code]).toEqual([path, 'challenge_not_found'])
    }
    expect((await tablesOf(running))['session']).toHaveLength(issued ?? 0)
    expect((await answerStepUp(app, challenge.id, enrollmentId, answer)).status).toBe(200)
  })

  test('MB-01 EO-01 · unknown, wrong, unconfirmed and without a password are one answer', async () => {
    const bare = await person(running)
    await execute(running, 'account', `update account set password_hash = '' where email = '${bare.email}'`)
    const off = await person(running)
    await execute(running, 'account', `update account set status = 'disabled' where email = '${off.email}'`)
    const answers = []
    for (const [email, password] of [
      ['nobody@example.com', known.password],
      [known.email, 'wrong password'],
      [bare.email, known.password],
      [bare.email, ''],
      [off.email, known.password],
    ]) {
      const { status, text } = await owner.browser.mobile('sign-in', { email, password })
      answers.push([status, text])
    }
    for (const each of answers) expect(each).toEqual(answers[0])
    expect(answers[0]?.[0]).toBe(401)
  })

  test('MB-02 · no password in a header, no grant of a password and no form gets a token', async () => {
    const basic = { authorization: `Basic ${Buffer.from(`${known.email}:${known.password}`).toString('base64')}` }
    expect(await crawl(basic)).toEqual([])
    const form = `grant_type=password&username=${known.email}&password=${known.password}`
    for (const path of ['sign-in', 'refresh', 'token', 'challenge/answer']) {
      const before = await stateOf(running)
      const headers = { 'content-type': 'application/x-www-form-urlencoded', ...basic }
      const refused = await rawRequest(running.origin, {
        method: 'POST',
        path: `/api/mobile/${path}`,
        headers,
        body: form,
      })
      expect([path, refused.status >= 400 && refused.status < 500]).toEqual([path, true])
      const bare = await rawRequest(running.origin, {
        method: 'POST',
        path: `/api/mobile/${path}`,
        headers: { ...json, ...basic },
        body: '{}',
      })
      expect([path, bare.status >= 400 && bare.status < 500]).toEqual([path, true])
      expect(await stateOf(running)).toBe(before)
    }
    const granted = await owner.browser.mobile('sign-in', { grant_type: 'password', ...known, browser: undefined })
    expect(granted.body.code).toBe('request_invalid')
  })

  test('MB-03 · refreshing takes the next token each time, and leaves amr, acr and auth_time as they were', async () => {
    await enroll(running, known, 'totp')
    await signInApp(running, owner)
    const { browser: app } = owner
    const signedIn = app.claims
    const seen = new Set([app.tokens?.refreshToken])
    for (let round = 0; round < 5; round += 1) {
      running.clock.advance(day)
      expect((await app.refresh()).status).toBe(200)
      const { sub, sid, amr, acr, auth_time: authTime } = app.claims
      expect({ sub, sid, amr, acr, authTime }).toEqual({
        sub: signedIn['sub'],
        sid: signedIn['sid'],
        amr: ['pwd', 'otp', 'mfa'],
        acr: '2',
        authTime: signedIn['auth_time'],
      })
      seen.add(app.tokens?.refreshToken)
    }
    expect(seen.size).toBe(6)
  })

  test('MB-03 · a used refresh token ends the session, is audited, and its owner is told', async () => {
    await signInApp(running, owner)
    const thief = owner.browser.copy()
    expect((await owner.browser.refresh()).status).toBe(200)
    const reuses = async () => (await refusals()).filter((detail) => detail.includes('refresh_token_reused')).length
    const before = await reuses()
    const late = await thief.refresh()
    expect(late).toMatchObject({ status: 401, body: { code: 'token_invalid' } })
    expect((await owner.browser.request('/api/session')).body.code).toBe('token_invalid')
    expect((await owner.browser.refresh()).body.code).toBe('token_invalid')
    expect(await reuses()).toBe(before + 1)
    await running.console.deliver()
    const told = running.emails.messages.filter(({ to }) => to === known.email)
    expect(told.at(-1)?.text).toMatch(/app/i)
    for (const { refreshToken } of [thief.tokens!, owner.browser.tokens!]) {
      for (const { text } of told) expect(text).not.toContain(refreshToken)
    }
    // Its owner signs in again.
    expect((await signInApp(running, owner)).status).toBe(200)
  })

  test('MB-03 · of ten that use one refresh token at once, one gets the next, and the session is over', async () => {
    await signInApp(running, owner)
    const answers = await Promise.all(Array.from({ length: 10 }, () => owner.browser.copy().refresh()))
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1)
    expect(answers.every(({ status }) => status === 200 || status === 401)).toBe(true)
    for (const { body } of answers.filter(({ status }) => status === 200)) {
      expect((await owner.browser.refresh(body.refreshToken)).body.code).toBe('token_invalid')
    }
    expect((await owner.browser.request('/api/session')).status).toBe(401)
    await running.console.deliver()
    const notices = (await audit(running, 'owner.told')).filter(({ detail }) =>
      JSON.stringify(detail).includes('refresh_token.reused'),
    )
    const accountId = await accountIdOf(running, known.email)
    expect(notices.filter((entry) => entry['account_id'] === accountId)).toHaveLength(1)
  })

  test('MB-03 SC-15 · neither the database nor the log holds a token', async () => {
    await enroll(running, known, 'totp')
    const { challengeToken } = await pending()
    const [, binding = ''] = challengeToken.split('.')
    await signInApp(running, owner)
    const first = owner.browser.tokens!
    await owner.browser.refresh()
    const second = owner.browser.tokens!
    const everything = JSON.stringify(await tablesOf(running)) + bytesOf(running) + running.log.join('\n')
    for (const secret of [
      binding,
      ...[first, second].flatMap(({ accessToken, refreshToken }) => [accessToken, refreshToken]),
    ]) {
      expect(everything).not.toContain(secret)
    }
  })

  test('MB-04 · turning MFA on ends every token from before', async () => {
    await signInApp(running, owner)
    const { browser: app } = owner
    expect((await app.request('/api/session')).status).toBe(200)
    await enroll(running, known, 'totp')
    expect((await app.request('/api/session')).body.code).toBe('token_invalid')
    expect((await app.refresh()).body.code).toBe('token_invalid')
  })

  test('MB-04 SC-13 · so do another password, a deleted account, and one that is disabled', async () => {
    await signInApp(running, owner)
    const next = { current: known.password, next: 'plain words about rivers' }
    expect((await known.browser.post('/api/account/password', next)).status).toBe(204)
    expect((await owner.browser.request('/api/session')).status).toBe(401)
    expect((await owner.browser.refresh()).body.code).toBe('token_invalid')

    for (const end of [
      (who: Person) => confirmed(running, who, 'POST', '/api/account/delete', { email: who.email }),
      (who: Person) =>
        execute(running, 'account', `update account set status = 'disabled' where email = '${who.email}'`),
    ]) {
      const other = await person(running)
      const app = withApp(other)
      expect((await signInApp(running, app)).status).toBe(200)
      await end(other)
      expect((await app.browser.request('/api/session')).body.code).toBe('token_invalid')
      expect((await app.browser.refresh()).body.code).toBe('token_invalid')
    }
  })

  test('MB-04 FB-12 · once someone must have a second factor, tokens and keys from before open nothing but setting it up', async () => {
    const made = await confirmed(running, known, 'POST', '/api/api-keys', key)
    await signInApp(running, owner)
    const { browser: app } = owner
    const { body: team } = await app.post('/api/teams', { name: 'Observatory' })
    const me = () => rawRequest(running.origin, { path: '/api/v1/me', headers: bearer(made.body.secret) })
    expect((await me()).status).toBe(200)
    await execute(running, 'team', `update team set mfa_policy = 'privileged' where id = '${team.id}'`)

    const before = await stateOf(running)
    const audited = (await refusals()).length
    for (const path of [
      '/api/account',
      '/api/api-keys',
      '/api/teams',
      `/api/teams/${team.id}`,
      '/api/account/providers',
    ]) {
      expect([path, (await app.request(path)).body.code]).toEqual([path, 'enrollment_required'])
    }
    for (const [route, body] of Object.entries(everyRoute)) {
      const [method = '', path = ''] = route.split(' ')
      const leads = path.startsWith('/api/mfa/') || path.startsWith('/api/mobile/') || path === '/api/password-check'
      if (method === 'GET' || leads || anyones.has(route)) continue
      const refused = await app.request(filled(path, { teamId: team.id }), { method, body })
      expect([route, refused.status, refused.body.code]).toEqual([
        route,
        403,
        expect.stringMatching(/^(enrollment|browser)_required$/),
      ])
    }
    expect((await me()).status).toBe(403)
    expect(JSON.parse((await me()).text).code).toBe('enrollment_required')
    expect((await refusals()).length).toBeGreaterThan(audited)
    const { session: _, ...changed } = JSON.parse(await stateOf(running))
    expect({ ...changed, rows: rowsBut(changed.rows) }).toEqual({
      ...JSON.parse(before),
      rows: rowsBut(JSON.parse(before).rows),
    })

    expect((await app.get('/api/mfa/methods')).status).toBe(200)
    expect((await app.post('/api/sign-out')).status).toBe(204)
  })

  test('MB-06 · acr and amr say what was proved: nothing that was skipped, and nothing that came later', async () => {
    await signInApp(running, owner)
    expect(owner.browser.claims).toMatchObject({ acr: '1', amr: ['pwd'] })
    const signedInAt = owner.browser.claims['auth_time']
    // The password given again is no second factor, and no other sign-in.
    running.clock.advance(minute)
    expect((await owner.browser.post('/api/password-check', { password: known.password })).status).toBe(204)
    await owner.browser.refresh()
    expect(owner.browser.claims).toMatchObject({ acr: '1', amr: ['pwd'], auth_time: signedInAt })

    await enroll(running, known, 'email')
    running.clock.advance(day)
    const { challengeToken, challenge } = await pending()
    const answer = sentCode(running, known.email)
    const body = { challengeToken, enrollmentId: challenge.active, answer }
    expect((await owner.browser.mobile('challenge/answer', body)).status).toBe(200)
    const { amr, acr } = owner.browser.claims
    expect({ acr, first: (amr as string[])[0], last: (amr as string[]).at(-1) }).toEqual({
      acr: '2',
      first: 'pwd',
      last: 'mfa',
    })
  })

  test.each([
    '/api/v0/mobile/sign-in',
    '/api/v1/mobile/sign-in',
    '/api/v1/sign-in',
    '/api/v2/sign-in',
    '/mobile/sign-in',
    '/api/mobile/v1/sign-in',
    '/api/mobile',
    '/api/mobile/token',
    '/oauth/token',
  ])('MB-07 · there is no other way in at %s', async (path) => {
    const { email, password } = known
    const headers = { ...json, origin: running.origin }
    const body = JSON.stringify({ email, password })
    const refused = await rawRequest(running.origin, { method: 'POST', path, headers, body })
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.text).not.toContain('accessToken')
  })

  test('MB-07 · on another host name, by another method or with an override the same holds', async () => {
    await enroll(running, known, 'totp')
    const { email, password } = known
    const body = JSON.stringify({ email, password })
    for (const extra of [
      { host: 'old.localhost' },
      { host: 'api.localhost', 'x-forwarded-host': 'api.localhost' },
      { 'x-http-method-override': 'PUT', 'x-original-url': '/api/v1/me', 'x-rewrite-url': '/api/v1/me' },
      { 'api-version': '1', accept: 'application/vnd.console.v1+json' },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    ]) {
      const path = '/api/mobile/sign-in'
      const answered = await rawRequest(running.origin, { method: 'POST', path, headers: { ...json, ...extra }, body })
      expect(JSON.parse(answered.text).status).toBe('mfa_required')
      expect(answered.headers['set-cookie']).toBeUndefined()
      expect(answered.headers['access-control-allow-origin']).toBeUndefined()
    }
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const sent = { method, path: '/api/mobile/sign-in', headers: json, ...(method === 'GET' ? {} : { body }) }
      const answered = await rawRequest(running.origin, sent)
      expect([method, answered.status]).toEqual([method, 404])
    }
  })

  test('MB-08 · an expired, a foreign and a revoked access token open nothing, and so does a key in its place', async () => {
    await signInApp(running, owner)
    const { browser: app } = owner
    const made = await confirmed(running, known, 'POST', '/api/api-keys', key)
    const { sub, sid } = app.claims
    const forged = await new SignJWT({ ...app.claims, sub: String(sub), sid: String(sid) })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'AAAAAAAA' })
      .sign(new TextEncoder().encode('0'.repeat(32)))
    const [head = '', claims = '', signature = ''] = app.tokens!.accessToken.split('.')
    const none = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${claims}.`
    const flipped = `${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    for (const token of [forged, none, flipped]) {
      const before = (await refusals()).length
      const refused = await rawRequest(running.origin, { path: '/api/session', headers: bearer(token) })
      expect([refused.status, JSON.parse(refused.text).code]).toEqual([401, 'token_invalid'])
      expect(refused.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
      expect(await refusals()).toHaveLength(before + 1)
    }
    const byKey = await rawRequest(running.origin, { path: '/api/session', headers: bearer(made.body.secret) })
    expect(JSON.parse(byKey.text).code).toBe('insufficient_user_authentication')
    const atV1 = await rawRequest(running.origin, { path: '/api/v1/me', headers: bearer(app.tokens!.accessToken) })
    expect([atV1.status, JSON.parse(atV1.text).code]).toEqual([401, 'api_key_invalid'])

    expect((await app.request('/api/session')).status).toBe(200)
    running.clock.advance(5 * minute)
    expect((await app.request('/api/session')).body.code).toBe('token_invalid')
    await app.refresh()
    expect((await app.request('/api/session')).status).toBe(200)
    const { refreshToken } = app.tokens!
    await app.mobile('sign-out', { refreshToken })
    const before = (await refusals()).length
    expect((await app.request('/api/session')).body.code).toBe('token_invalid')
    expect(await refusals()).toHaveLength(before + 1)
    running.clock.advance(7 * day)
    const expired = await rawRequest(running.origin, { path: '/api/v1/me', headers: bearer(made.body.secret) })
    expect([expired.status, JSON.parse(expired.text).code]).toEqual([401, 'api_key_invalid'])
  })

  test('MB-08 · a token that names a browser’s session, or another account’s, opens nothing, though it is well signed', async () => {
    await signInApp(running, owner)
    const eve = await person(running)
    const sessions = (await tablesOf(running))['session'] ?? []
    const idOf = async (
      who: Person,
      kind: string,
    ): Promise<{ readonly accountId: string; readonly sessionId: string }> => {
      const accountId = await accountIdOf(running, who.email)
      const row = sessions.find((each) => each['account_id'] === accountId && each['kind'] === kind)
      return { accountId, sessionId: row?.['id_hash'] }
    }
    const accessTokens = createAccessTokens({ origin: running.origin, clock: running.clock, random: randomBytes, keys })
    const sign = (accountId: string, sessionId: string): Promise<string> =>
      accessTokens.sign({
        id: sessionId,
        account: { id: accountId },
        amr: [],
        challengeId: null,
        authAt: 0,
      } as unknown as Session)
    const [own, browsers, eves] = [
      await idOf(known, 'tokens'),
      await idOf(known, 'browser'),
      await idOf(eve, 'browser'),
    ]
    const status = async (token: string): Promise<number> =>
      (await rawRequest(running.origin, { path: '/api/teams', headers: bearer(token) })).status
    expect(await status(await sign(own.accountId, own.sessionId))).toBe(200)
    expect(await status(await sign(browsers.accountId, browsers.sessionId))).toBe(401)
    expect(await status(await sign(eves.accountId, own.sessionId))).toBe(401)
  })

  test('SC-07 · an access token takes no cookie with it: neither a good one, nor its absence, makes a difference', async () => {
    const eve = await person(running)
    await signInApp(running, owner)
    const cookie = [...eve.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...bearer(owner.browser.tokens!.accessToken), cookie }
    const answered = await rawRequest(running.origin, { path: '/api/session', headers })
    expect(JSON.parse(answered.text).account.email).toBe(known.email)
    expect(answered.headers['set-cookie']).toBeUndefined()
    const wrong = await rawRequest(running.origin, { path: '/api/session', headers: { ...bearer('a.b.c'), cookie } })
    expect(wrong.status).toBe(401)
    // Nor is a login that is pending in a browser one of the app's.
    await enroll(running, eve, 'totp')
    const there = elsewhere(eve)
    await signIn(there)
    const pendingCookies = [...there.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    for (const [credentials, status] of [
      [bearer(owner.browser.tokens!.accessToken), 404],
      [{}, 200],
    ] as const) {
      const sent = { path: '/api/mfa/challenge', headers: { ...credentials, cookie: pendingCookies } }
      expect((await rawRequest(running.origin, sent)).status).toBe(status)
    }
    // Signing the app out leaves the browser alone.
    const body = '{}'
    const out = { method: 'POST', path: '/api/sign-out', headers: { ...headers, ...json }, body }
    const signedOut = await rawRequest(running.origin, out)
    expect([signedOut.status, signedOut.headers['set-cookie'], signedOut.headers['clear-site-data']]).toEqual([
      204,
      undefined,
      undefined,
    ])
    expect((await eve.browser.session()).body.account.email).toBe(eve.email)
  })

  test('SC-07 · what a browser can be made to send is refused: no token, no JSON', async () => {
    await signInApp(running, owner)
    const headers = bearer(owner.browser.tokens!.accessToken)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
      const sent = {
        method: 'POST',
        path: '/api/teams',
        headers: { ...headers, 'content-type': type },
        body: '{"name":"x"}',
      }
      expect((await rawRequest(running.origin, sent)).status).toBe(415)
    }
    const without = { method: 'POST', path: '/api/teams', headers: json, body: '{"name":"x"}' }
    expect(JSON.parse((await rawRequest(running.origin, without)).text).code).toBe('csrf_refused')
  })

  test('XA-06 · the access token of one account opens nothing of another', async () => {
    const eve = await person(running)
    await signInApp(running, owner)
    const { body: team } = await eve.browser.post('/api/teams', { name: 'Hers' })
    expect((await owner.browser.get(`/api/teams/${team.id}`)).body.code).toBe('team_not_found')
  })

  test('BF-02 BF-04 · wrong codes of an app and of a browser are counted together, and lock both', async () => {
    const { enrollmentId } = await enroll(running, known, 'totp')
    for (let round = 0; round < 2; round += 1) {
      const { challengeToken } = await pending()
      for (let tries = 0; tries < 4; tries += 1) {
        await owner.browser.mobile('challenge/answer', { challengeToken, enrollmentId, answer: '000000' })
      }
    }
    const there = elsewhere(known)
    expect((await signIn(there)).body.status).toBe('challenge')
    for (let tries = 0; tries < 2; tries += 1) {
      await there.browser.post('/api/mfa/challenge/answer', { enrollmentId, answer: '000000' })
    }
    const { challengeToken } = await pending()
    const locked = await owner.browser.mobile('challenge/answer', { challengeToken, enrollmentId, answer: '000000' })
    expect(locked).toMatchObject({ status: 429, body: { code: 'account_locked' } })
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

/** What answers anyone, signed in or not, and so shows nothing. */
const anyones: ReadonlySet<string> = new Set([
  'GET /api/session',
  'GET /api/providers/{providerId}/callback',
  'POST /api/sign-out',
  'POST /api/confirmation/prompt',
  'POST /api/confirmation/answer',
  'POST /api/confirmation/skip',
  'POST /api/invitations/read',
  'POST /api/mfa/challenge/cancel',
  'POST /api/password-reset',
  'POST /api/password-reset/read',
  'POST /api/password-reset/complete',
])

/** All rows but those that a request leaves its mark on by having been made. */
function rowsBut(rows: readonly (readonly [string, readonly string[]])[]): object {
  const marked = new Set(['session', 'refresh_token', 'api_key'])
  return rows.filter(([table]) => !marked.has(table))
}
