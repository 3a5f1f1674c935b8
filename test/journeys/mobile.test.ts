import { movingClock } from 'sallyport/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { App, type AppPerson, signInApp, withApp } from '../support/app.ts'
import { person } from '../support/account.ts'
import { databases, runConsole, type RunningConsole, type RunOptions } from '../support/console.ts'
import { answerStepUp, codeFor, confirmed, enroll, passStepUp, type Person } from '../support/person.ts'
import { accountIdOf, execute, tablesOf } from '../support/tables.ts'

const minute = 60_000
const day = 24 * 60 * minute
const key = { name: 'prod-ci', scopes: ['teams:read'], expiresInDays: 7 }

describe.each(databases)('signing in with an app, on %s', (on) => {
  let running: RunningConsole
  afterEach(() => running.close())

  /** Someone who is signed in with a browser. */
  async function inBrowser(options: RunOptions = {}): Promise<Person> {
    running = await runConsole({ on, ...options })
    return await person(running)
  }

  /** The same with an app that is yet to sign in. */
  async function start(options?: RunOptions): Promise<AppPerson> {
    return withApp(await inBrowser(options))
  }

  const mandate = (from: number): RunOptions => ({ enforcement: { who: 'everyone', from } })

  test('without a second factor, the password gives tokens that open what a cookie would', async () => {
    const owner = await start()
    const { browser: app, email } = owner
    const first = await signInApp(running, owner)
    expect(first.body).toEqual({
      status: 'tokens',
      accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      tokenType: 'Bearer',
      expiresIn: 300,
      refreshToken: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect(app.claims).toMatchObject({ acr: '1', amr: ['pwd'], auth_time: Math.floor(running.clock() / 1000) })
    const { body } = await app.session()
    expect(body).toMatchObject({
      csrf: null,
      account: { email, hasPassword: true, managed: null, ownCheck: 'password' },
    })
    expect(body.standing).toEqual({ status: 'free', from: null, because: [], atLeast: null })
    expect((await app.post('/api/teams', { name: 'Observatory' })).status).toBe(201)

    // The own check: after it the session has another id, and the app refreshes its token.
    const created = await confirmed(running, owner, 'POST', '/api/api-keys', key)
    expect(created.status, created.text).toBe(201)

    running.clock.advance(5 * minute)
    expect((await app.request('/api/teams')).body.code).toBe('token_invalid')
    expect((await app.get('/api/teams')).body.teams).toMatchObject([{ name: 'Observatory' }])

    const { refreshToken } = app.tokens!
    expect((await app.mobile('sign-out', { refreshToken })).status).toBe(204)
    expect((await app.request('/api/teams')).body.code).toBe('token_invalid')
    expect((await app.refresh()).body.code).toBe('token_invalid')
    expect((await app.mobile('sign-out', { refreshToken })).status).toBe(204)
  })

  test('with a second factor, the password gives a challenge, and its answer the tokens', async () => {
    const known = await inBrowser()
    const { browser: app, email, password } = withApp(known)
    const { enrollmentId, secret } = await enroll(running, known, 'totp')
    const first = await app.mobile('sign-in', { email, password })
    expect(first.body).toMatchObject({ status: 'mfa_required', challenge: { action: 'login', active: enrollmentId } })
    expect(Object.keys(first.body).toSorted()).toEqual(['challenge', 'challengeToken', 'status'])
    const { challengeToken } = first.body
    expect((await app.mobile('challenge', { challengeToken })).body).toEqual(first.body.challenge)
    const begunAt = running.clock()
    running.clock.advance(minute)
    const answer = codeFor(running, known, 'totp', secret)
    const wrong = await app.mobile('challenge/answer', { challengeToken, enrollmentId, answer: '000000' })
    expect(wrong).toMatchObject({ status: 401, body: { code: 'answer_wrong', attemptsLeft: 4 } })
    expect((await app.mobile('challenge/answer', { challengeToken, enrollmentId, answer })).body.status).toBe('tokens')
    expect(app.claims).toMatchObject({
      sub: await accountIdOf(running, email),
      acr: '2',
      amr: ['pwd', 'otp', 'mfa'],
      auth_time: Math.floor((begunAt + minute) / 1000),
    })
    expect((await app.session()).body.account).toMatchObject({ email, mfaEnabled: true })
    // Passed, so over.
    expect((await app.mobile('challenge', { challengeToken })).body.code).toBe('challenge_not_found')
  })

  test('a code that is sent can be sent again by another method, and the sign-in given up', async () => {
    const known = await inBrowser()
    const totp = await enroll(running, known, 'totp')
    const { enrollmentId } = await enroll(running, known, 'email')
    running.clock.advance(61 * minute)
    const { browser: app, email, password } = withApp(known)
    const { challengeToken, challenge } = (await app.mobile('sign-in', { email, password })).body
    expect(challenge.active).toBe(totp.enrollmentId)
    const prompted = await app.mobile('challenge/prompt', { challengeToken, enrollmentId })
    expect(prompted.body).toMatchObject({ id: challenge.id, code: { enrollmentId, delivered: true } })
    expect((await app.mobile('challenge/prompt', { challengeToken, enrollmentId })).body.code).toBe('send_too_soon')
    expect((await app.mobile('challenge/cancel', { challengeToken })).status).toBe(204)
    const answer = codeFor(running, known, 'email')
    const late = await app.mobile('challenge/answer', { challengeToken, enrollmentId, answer })
    expect(late.body.code).toBe('challenge_closed')
    expect(app.tokens).toBeNull()
  })

  test('S9 a sensitive action is demanded as RFC 9470 has it, and done after a challenge in the same session', async () => {
    const known = await inBrowser()
    const { enrollmentId, secret } = await enroll(running, known, 'totp')
    const owner = withApp(known)
    const { browser: app } = owner
    await signInApp(running, owner)
    const signedIn = app.claims
    const demanded = await app.request('/api/api-keys', { method: 'POST', body: key })
    expect(demanded).toMatchObject({
      status: 401,
      body: { code: 'step_up_required', challenge: { active: enrollmentId } },
    })
    const header = demanded.headers.get('www-authenticate')
    expect(header).toMatch(/^Bearer error="insufficient_user_authentication", error_description="[^"]+"/)
    expect(header).toMatch(/acr_values="2", max_age="\d+"$/)

    running.clock.advance(minute)
    const before = app.copy()
    const { id } = demanded.body.challenge
    const answered = await answerStepUp(app, id, enrollmentId, codeFor(running, known, 'totp', secret))
    expect(answered.body).toEqual({ status: 'passed' })
    const stale = await app.request('/api/api-keys')
    expect(stale).toMatchObject({ status: 401, body: { code: 'token_invalid' } })
    expect(stale.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')

    expect((await app.refresh()).status).toBe(200)
    const created = await app.request('/api/api-keys', { method: 'POST', body: key, headers: { 'x-step-up': id } })
    expect(created.status, created.text).toBe(201)
    expect((await before.request('/api/api-keys')).body.code).toBe('token_invalid')
    // What was confirmed raises nothing of how the person signed in.
    const { acr, amr, auth_time: authTime } = app.claims
    expect({ acr, amr, auth_time: authTime }).toEqual({
      acr: signedIn['acr'],
      amr: signedIn['amr'],
      auth_time: signedIn['auth_time'],
    })
  })

  test('E2 who must have a second factor gets tokens for setting it up, and everything after that', async () => {
    const owner = await start(mandate(0))
    const { browser: app } = owner
    expect((await signInApp(running, owner)).body.status).toBe('tokens')
    expect((await app.session()).body.standing).toMatchObject({ status: 'required', atLeast: null })
    expect(await app.post('/api/teams', { name: 'x' })).toMatchObject({
      status: 403,
      body: { code: 'enrollment_required' },
    })
    expect((await app.refresh()).status).toBe(200)
    expect((await app.get('/api/teams')).body.code).toBe('enrollment_required')

    await enroll(running, owner, 'totp')
    // That has ended every session, and an app gets its next one by signing in.
    expect((await app.request('/api/session')).body.code).toBe('token_invalid')
    expect((await app.refresh()).body.code).toBe('token_invalid')
    expect((await tablesOf(running))['session']).toEqual([])
    expect((await signInApp(running, owner)).body.status).toBe('tokens')
    expect(app.claims).toMatchObject({ acr: '2' })
    expect((await app.post('/api/teams', { name: 'x' })).status).toBe(201)
  })

  test('until the date it can be postponed, and from then on not, in the same session', async () => {
    const from = movingClock()() + day
    const owner = await start(mandate(from))
    const { browser: app } = owner
    await signInApp(running, owner)
    const { standing } = (await app.session()).body
    expect(standing).toMatchObject({ status: 'postponed', from: new Date(from).toISOString() })
    expect(standing.because).toHaveLength(1)
    expect((await app.post('/api/teams', { name: 'x' })).status).toBe(201)
    running.clock.advance(day)
    expect((await app.post('/api/teams', { name: 'y' })).body.code).toBe('enrollment_required')
  })

  test('L4 who is signed in by their organisation gets no tokens for a password, and those from before open nothing', async () => {
    const owner = await start()
    const { browser: app, email, password } = owner
    await signInApp(running, owner)
    await managed(owner)
    expect(await app.mobile('sign-in', { email, password })).toMatchObject({
      status: 403,
      body: { code: 'sso_required' },
    })
    expect((await app.mobile('sign-in', { email, password: 'wrong' })).body.code).toBe('credentials_wrong')
    expect((await app.request('/api/session')).body.code).toBe('token_invalid')
    expect((await app.refresh()).body.code).toBe('token_invalid')
  })

  test('what goes on with a cookie is refused to an app before anything is done', async () => {
    const owner = await start()
    const { browser: app } = owner
    await signInApp(running, owner)
    for (const [path, body] of [
      ['/api/account/email', { email: 'moved@example.com' }],
      ['/api/account/phone/confirmation', {}],
      ['/api/sign-in', { email: owner.email, password: owner.password }],
    ] as const) {
      expect(await app.post(path, body)).toMatchObject({ status: 403, body: { code: 'browser_required' } })
    }
  })

  test('signing out by the access token ends the session as well, and that of no one else', async () => {
    const owner = await start()
    const other: AppPerson = { ...owner, browser: new App(running.origin) }
    await signInApp(running, owner)
    await signInApp(running, other)
    expect((await owner.browser.post('/api/sign-out')).status).toBe(204)
    expect((await owner.browser.refresh()).body.code).toBe('token_invalid')
    expect((await other.browser.session()).body.account.email).toBe(owner.email)
  })

  test('five wrong codes in a step-up end the session of the app', async () => {
    const known = await inBrowser()
    await enroll(running, known, 'totp')
    const owner = withApp(known)
    const { browser: app } = owner
    await signInApp(running, owner)
    const { challenge } = (await app.post('/api/api-keys', key)).body
    for (let tries = 0; tries < 5; tries += 1) await answerStepUp(app, challenge.id, challenge.active, '000000')
    expect((await app.refresh()).body.code).toBe('token_invalid')
  })

  test('another device of the account ends it, and signing in on one leaves the other as it was', async () => {
    const owner = await start()
    const { browser: app } = owner
    await signInApp(running, owner)
    const other = withApp(owner)
    await signInApp(running, other)
    expect((await app.session()).status).toBe(200)
    expect((await confirmed(running, other, 'POST', '/api/sessions/end-others')).status).toBe(204)
    expect((await app.refresh()).body.code).toBe('token_invalid')
    expect((await other.browser.session()).body.account.email).toBe(owner.email)
  })

  test('a step-up can be passed by a code that is sent', async () => {
    const known = await inBrowser()
    await enroll(running, known, 'email')
    running.clock.advance(61 * minute)
    const owner = withApp(known)
    await signInApp(running, owner)
    running.clock.advance(10 * minute)
    const { browser: app } = owner
    const { challenge } = (await app.post('/api/api-keys', key)).body
    const id = await passStepUp(running, owner, challenge)
    expect((await app.send('POST', '/api/api-keys', key, { 'x-step-up': id })).status).toBe(201)
  })

  /** As one of the people of a team that has their domain, and single sign-on. */
  async function managed({ email }: AppPerson): Promise<void> {
    const accountId = await accountIdOf(running, email)
    const domain = email.slice(email.indexOf('@') + 1)
    await execute(running, 'team', `insert into team (id, name, created_at) values ('acme', 'Acme', 0)`)
    await execute(
      running,
      'team_member',
      `insert into team_member (team_id, account_id, role, joined_at) values ('acme', '${accountId}', 'member', 0)`,
    )
    await execute(
      running,
      'team_domain',
      `insert into team_domain (team_id, domain, token, created_at, verified_at) values ('acme', '${domain}', 't', 0, 0)`,
    )
    await execute(
      running,
      'team_sso',
      `insert into team_sso (team_id, issuer, client_id, client_secret_sealed, trusted, is_on, changed_at)
        values ('acme', 'https://login.example', 'console', 'sealed', 0, 1, 0)`,
    )
  }
})
