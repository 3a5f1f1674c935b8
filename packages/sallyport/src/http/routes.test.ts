import { Hono } from 'hono'
import { beforeEach, describe, expect, test } from 'vitest'
import { ada, client, library, setUp, signIn } from '../../../../test/support/library.ts'
import { mfaRoutes, writeKey } from './index.ts'

const origin = 'https://app.example'
let app: Hono
let running: Awaited<ReturnType<typeof library>>
let issued: string[]
let account: { accountId: string; sessionId: string; challengeId: string | null } | null
let ownCheck: boolean
/** What the session is called from its next renewal on; null once it has ended. */
let renewed: string | null

beforeEach(async () => {
  running = await library({
    accounts: {
      find: (id) => Promise.resolve(id === ada.id ? ada : null),
      endSessions: () => Promise.resolve(),
      securityStamp: () => Promise.resolve('password'),
    },
  })
  issued = []
  account = null
  ownCheck = false
  renewed = 'renewed'
  const host = {
    origin,
    client: () => client,
    signedIn: () => Promise.resolve(account),
    issueSession: (_: unknown, proof: { redeem: (action: 'login') => { accountId: string } }) =>
      Promise.resolve(issued.push(proof.redeem('login').accountId) > 0),
    ownCheck: () => Promise.resolve(ownCheck),
    renewSession: () =>
      Promise.resolve({
        id: renewed ?? 'ended',
        apply() {
          if (renewed !== null && account !== null) account = { ...account, sessionId: renewed }
          return Promise.resolve(renewed !== null)
        },
      }),
    endSession: () => Promise.resolve(void (account = null)),
    onFault: () => undefined,
  }
  app = new Hono().route('/mfa', mfaRoutes(running.mfa, host as Parameters<typeof mfaRoutes>[1]))
})

const routes: readonly (readonly [method: string, path: string, body?: object])[] = [
  ['GET', '/challenge'],
  ['POST', '/challenge/prompt', { enrollmentId: 'x' }],
  ['POST', '/challenge/answer', { enrollmentId: 'x', answer: '123456' }],
  ['GET', '/methods'],
  ['POST', '/methods', { method: 'totp' }],
  ['POST', '/methods/x/prompt', { challengeId: 'x' }],
  ['POST', '/methods/x/confirm', { challengeId: 'x', answer: '123456' }],
  ['PATCH', '/methods/x', { name: 'Mine' }],
  ['PUT', '/methods/primary', { enrollmentId: 'x' }],
  ['DELETE', '/methods/x'],
  ['POST', '/disable'],
  ['POST', '/recovery-codes'],
  ['GET', '/step-up/x'],
  ['POST', '/step-up/x/prompt', { enrollmentId: 'x' }],
  ['POST', '/step-up/x/answer', { enrollmentId: 'x', answer: '123456' }],
  ['POST', '/step-up/x/cancel'],
  ['GET', '/devices'],
  ['DELETE', '/devices/x'],
  ['DELETE', '/devices'],
]

type Given = { readonly method?: string; readonly body?: string | null; readonly headers?: Record<string, string> }

const send = async (path: string, { method = 'POST', body = '{}', headers = {} }: Given = {}): Promise<Response> => {
  const json = { origin, 'content-type': 'application/json', ...headers }
  const init = method === 'GET' ? { method, headers } : { method, headers: json, body }
  return await app.request(`/mfa${path}`, init)
}

describe('a request without a session and without a pending login', () => {
  for (const [method, path, body = {}] of routes) {
    test(`is refused: ${method} ${path}`, async () => {
      const response = await send(path, { method, body: JSON.stringify(body) })
      const code = path.startsWith('/challenge') ? 'challenge_not_found' : 'not_signed_in'
      expect(await response.json()).toMatchObject({ code })
      expect(response.status).toBe(code === 'not_signed_in' ? 401 : 404)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(response.headers.get('cache-control')).toBe('no-store')
    })
  }

  test('is refused too when all it has is a pending login', async () => {
    await setUp(running, 'totp')
    const cookie = `__Host-sallyport-pending=${writeKey((await signIn(running)).key)}`
    for (const [method, path, body = {}] of routes) {
      if (path.startsWith('/challenge')) continue
      const response = await send(path, { method, body: JSON.stringify(body), headers: { cookie } })
      expect(response.status).toBe(401)
    }
    expect((await send('/challenge', { method: 'GET', headers: { cookie } })).status).toBe(200)
  })
})

describe('an unsafe request', () => {
  const unsafe = routes.filter(([method]) => method !== 'GET')
  const hostile: readonly (readonly [string, Given, number])[] = [
    ['from another origin', { headers: { origin: 'https://evil.example' } }, 403],
    ['from a sandboxed page', { headers: { origin: 'null' } }, 403],
    ['from another site by the browser’s own word', { headers: { 'sec-fetch-site': 'cross-site' } }, 403],
    ['from a sibling host', { headers: { 'sec-fetch-site': 'same-site' } }, 403],
    ['as a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
    ['as text', { headers: { 'content-type': 'text/plain' } }, 415],
    ['of more than 64 kB', { body: JSON.stringify({ answer: 'x'.repeat(65_536) }) }, 413],
    ['that is no JSON', { body: '{' }, 400],
    ['with a field that does not belong there', { body: '{"accountId":"ada"}' }, 400],
  ]
  test.each(hostile)('%s is refused on every route', async (_, given, status) => {
    account = { accountId: 'ada', sessionId: 'session', challengeId: null }
    for (const [method, path] of unsafe) expect((await send(path, { ...given, method })).status, path).toBe(status)
  })
})

test('a right answer hands the proof to the host, once, and clears the pending login', async () => {
  const totp = await setUp(running, 'totp')
  const { key } = await signIn(running)
  const headers = { cookie: `__Host-sallyport-pending=${writeKey(key)}` }
  const body = JSON.stringify({ enrollmentId: totp.enrollmentId, answer: totp.answer() })
  const response = await send('/challenge/answer', { headers, body })
  expect(await response.json()).toEqual({ status: 'signed_in' })
  expect(response.headers.getSetCookie()).toEqual([
    '__Host-sallyport-pending=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict',
    expect.stringMatching(
      /^__Host-sallyport-known=[\w-]{43}; Max-Age=34560000; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    ),
  ])
  expect((await send('/challenge/answer', { headers, body })).status).toBe(401)
  expect(issued).toEqual(['ada'])
})

describe('a browser that is to be trusted', () => {
  const cookieOf = (response: Response): string =>
    response.headers
      .getSetCookie()
      .flatMap((cookie) => (cookie.includes('Max-Age=0;') ? [] : (cookie.split(';')[0] ?? '')))
      .join('; ')
  const trust = async (totp: Awaited<ReturnType<typeof setUp>>, remember?: unknown) => {
    running.clock.advance(30_000)
    const browser = { trusted: '', known: '' }
    const step = await running.mfa.signIn.begin({ accountId: ada.id, evidence: ['password'], browser }, client)
    if (step.status !== 'challenge') throw new Error(step.status)
    const headers = { cookie: `__Host-sallyport-pending=${writeKey(step.key)}` }
    const challenge = (await (await send('/challenge', { method: 'GET', headers })).json()) as object
    expect(challenge).toMatchObject({ trustSeconds: 2_592_000 })
    const body = JSON.stringify({ enrollmentId: totp.enrollmentId, answer: totp.answer(), remember })
    return await send('/challenge/answer', { headers, body })
  }

  test('D3 · keeps a token in a cookie as strict as one can be, if it was asked for', async () => {
    const totp = await setUp(running, 'totp')
    const strictest = 'Max-Age=34560000; Path=/; HttpOnly; Secure; SameSite=Strict'
    const names = (response: Response) =>
      response.headers
        .getSetCookie()
        .map((cookie) => cookie.replace(/=[\w-]{43};/, ';'))
        .slice(1)
    for (const remember of [undefined, false]) {
      expect(names(await trust(totp, remember))).toEqual([`__Host-sallyport-known; ${strictest}`])
    }
    expect(names(await trust(totp, true))).toEqual([
      `__Host-sallyport-trusted; ${strictest}`,
      `__Host-sallyport-known; ${strictest}`,
    ])
    expect((await trust(totp, 'true')).status).toBe(400)
  })

  test('D5 · is listed to its owner, who ends the trust in it or in all', async () => {
    const totp = await setUp(running, 'totp')
    const [here, there] = [await trust(totp, true), await trust(totp, true)].map(cookieOf)
    account = { accountId: ada.id, sessionId: 'session', challengeId: 'login' }
    const list = async () => {
      const response = await send('/devices', { method: 'GET', headers: { cookie: here ?? '' } })
      return ((await response.json()) as { devices: { deviceId: string; current: boolean; trustedAt: string }[] })
        .devices
    }
    const devices = await list()
    expect(devices.filter(({ current }) => current)).toHaveLength(1)
    expect(devices).toHaveLength(2)
    expect(there).not.toBe(here)
    expect(devices[0]?.trustedAt).toBe(new Date(running.clock()).toISOString())
    const own = devices.find(({ current }) => current)?.deviceId ?? ''
    account = { accountId: 'eve', sessionId: 'session', challengeId: 'login' }
    const foreign = await send(`/devices/${own}`, { method: 'DELETE' })
    expect([foreign.status, ((await foreign.json()) as { code: string }).code]).toEqual([404, 'device_not_found'])
    account = { accountId: ada.id, sessionId: 'session', challengeId: 'login' }
    const statuses: number[] = []
    for (const path of [`/devices/${own}`, `/devices/${own}`, '/devices', '/devices']) {
      statuses.push((await send(path, { method: 'DELETE' })).status)
      if (path === '/devices') expect(await list()).toEqual([])
    }
    expect(statuses).toEqual([204, 404, 204, 204])
  })
})

describe('a sensitive request of a signed-in account', () => {
  type Totp = Awaited<ReturnType<typeof setUp>>
  interface Body {
    readonly code?: string
    readonly status?: string
    readonly challenge?: { readonly id: string; readonly purpose: string; readonly methods: readonly object[] }
  }
  const json = async (response: Response) => (await response.json()) as Body
  const signedIn = (sessionId = 'session') => (account = { accountId: 'ada', sessionId, challengeId: 'login' })
  const withStepUp = (challengeId: string) => ({ headers: { 'x-step-up': challengeId } })
  const answer = (challengeId: string, totp: Totp, typed = totp.answer()) => {
    const body = JSON.stringify({ enrollmentId: totp.enrollmentId, answer: typed })
    return send(`/step-up/${challengeId}/answer`, { body })
  }
  const demanded = async (method: string, path: string, body = '{}'): Promise<NonNullable<Body['challenge']>> => {
    const response = await send(path, { method, body })
    expect(response.status).toBe(403)
    const { code, challenge } = await json(response)
    expect(code).toBe('step_up_required')
    if (challenge === undefined) throw new Error('no challenge')
    return challenge
  }

  test('S9 · is refused with the challenge, which is answered, and then goes through once', async () => {
    const totp = await setUp(running, 'totp')
    signedIn()
    const path = `/methods/${totp.enrollmentId}`
    const challenge = await demanded('DELETE', path)
    expect(challenge).toMatchObject({
      purpose: 'remove Authenticator app from your second factors',
      methods: [{ method: 'totp', digits: 6, sends: false }],
    })
    const shown = await send(`/step-up/${challenge.id}`, { method: 'GET' })
    expect(await shown.json()).toMatchObject({ id: challenge.id, purpose: challenge.purpose })
    const answered = await answer(challenge.id, totp)
    expect([answered.status, await answered.json()]).toEqual([200, { status: 'passed' }])
    expect(account?.sessionId).toBe('renewed')
    expect((await send(path, { method: 'DELETE', ...withStepUp(challenge.id) })).status).toBe(204)
    expect((await send(path, { method: 'DELETE', ...withStepUp(challenge.id) })).status).toBe(404)
  })

  test('S5 · for something else than was confirmed is refused, and what was confirmed still goes through', async () => {
    const totp = await setUp(running, 'totp')
    signedIn()
    const path = `/methods/${totp.enrollmentId}`
    const challenge = await demanded('PATCH', path, '{"name":"Mine"}')
    await answer(challenge.id, totp)
    const given = { method: 'PATCH', ...withStepUp(challenge.id) }
    const other = await send(path, { ...given, body: '{"name":"Yours"}' })
    expect([other.status, (await json(other)).code]).toEqual([403, 'step_up_mismatch'])
    expect((await send(path, { ...given, body: '{"name":"Mine"}' })).status).toBe(204)
  })

  test('SU-04 · confirmed in one session is not found, and not good, in another', async () => {
    const totp = await setUp(running, 'totp')
    signedIn()
    const { id } = await demanded('POST', '/disable')
    signedIn('another')
    expect((await send(`/step-up/${id}`, { method: 'GET' })).status).toBe(404)
    for (const [path, body] of [
      ['prompt', { enrollmentId: totp.enrollmentId }],
      ['answer', { enrollmentId: totp.enrollmentId, answer: totp.answer() }],
    ] as const) {
      expect((await send(`/step-up/${id}/${path}`, { body: JSON.stringify(body) })).status).toBe(404)
    }
    await send(`/step-up/${id}/cancel`)
    signedIn()
    expect((await answer(id, totp)).status).toBe(200)
    signedIn('another')
    const elsewhere = await send('/disable', withStepUp(id))
    expect((await json(elsewhere)).code).toBe('step_up_required')
    expect((await running.mfa.enrollments.list('ada')).enabledAt).not.toBeNull()
  })

  test('whose challenge is given up changes nothing', async () => {
    const totp = await setUp(running, 'totp')
    signedIn()
    const { id } = await demanded('POST', '/disable')
    expect((await send(`/step-up/${id}/cancel`)).status).toBe(204)
    expect((await send(`/step-up/${id}`, { method: 'GET' })).status).toBe(404)
    const late = await answer(id, totp)
    expect([late.status, (await json(late)).code]).toEqual([401, 'challenge_closed'])
    expect(account?.sessionId).toBe('session')
    expect((await demanded('POST', '/disable')).id).not.toBe(id)
  })

  test('SC-02 · renews the session by a right answer only, and not one that has ended meanwhile', async () => {
    const totp = await setUp(running, 'totp')
    signedIn()
    const { id } = await demanded('POST', '/disable')
    const wrong = await answer(id, totp, '000000')
    expect([wrong.status, await wrong.json()]).toMatchObject([401, { code: 'answer_wrong', attemptsLeft: 4 }])
    expect(account?.sessionId).toBe('session')
    renewed = null
    const right = await answer(id, totp)
    expect([right.status, (await json(right)).code]).toEqual([401, 'not_signed_in'])
    expect((await json(await send('/disable', withStepUp(id)))).code).toBe('step_up_required')
  })

  test('is not confirmed by the challenge of a login, and no login by its challenge', async () => {
    const totp = await setUp(running, 'totp')
    const { key } = await signIn(running)
    signedIn(key.binding)
    expect((await send(`/step-up/${key.id}`, { method: 'GET' })).status).toBe(404)
    expect((await answer(key.id, totp)).status).toBe(404)
    signedIn()
    const { id } = await demanded('POST', '/disable')
    const headers = { cookie: `__Host-sallyport-pending=${writeKey({ id, binding: 'session' })}` }
    const body = JSON.stringify({ enrollmentId: totp.enrollmentId, answer: totp.answer() })
    expect((await send('/challenge/answer', { headers, body })).status).toBe(404)
    expect(issued).toEqual([])
  })

  test('meets the host’s own check while MFA is off, and a second factor after that', async () => {
    signedIn()
    const body = JSON.stringify({ method: 'totp' })
    const refused = await send('/methods', { body })
    expect([refused.status, (await json(refused)).code]).toEqual([403, 'own_check_required'])
    ownCheck = true
    expect((await send('/methods', { body })).status).toBe(201)
    await setUp(running, 'totp')
    signedIn()
    expect((await json(await send('/methods', { body }))).code).toBe('step_up_required')
  })

  test('that can’t be done at all does not use up the host’s own check', async () => {
    let checks = 0
    signedIn()
    const host = {
      origin,
      client: () => client,
      signedIn: () => Promise.resolve(account),
      ownCheck: () => Promise.resolve((checks += 1) > 0),
    }
    app = new Hono().route('/mfa', mfaRoutes(running.mfa, host as unknown as Parameters<typeof mfaRoutes>[1]))
    const response = await send('/recovery-codes')
    expect([response.status, (await json(response)).code, checks]).toEqual([409, 'method_unavailable', 0])
  })

  test('that none of the account’s methods is strong enough for is refused with that', async () => {
    running = await library({ policy: { 'recovery_codes.renew': { atLeast: 'totp' } } })
    await setUp(running, 'email')
    signedIn()
    const host = {
      origin,
      client: () => client,
      signedIn: () => Promise.resolve(account),
      ownCheck: () => Promise.resolve(true),
    }
    app = new Hono().route('/mfa', mfaRoutes(running.mfa, host as unknown as Parameters<typeof mfaRoutes>[1]))
    const response = await send('/recovery-codes')
    expect([response.status, (await json(response)).code]).toEqual([403, 'method_too_weak'])
  })

  test('for new recovery codes shows them, and for turning MFA off ends the need of a second factor', async () => {
    const totp = await setUp(running, 'totp')
    signedIn()
    const renewing = await demanded('POST', '/recovery-codes')
    await answer(renewing.id, totp)
    const codes = await send('/recovery-codes', withStepUp(renewing.id))
    expect(await codes.json()).toEqual({
      recoveryCodes: expect.arrayContaining([expect.stringMatching(/^[\w-]{19}$/)]),
    })
    running.clock.advance(30_000)
    signedIn()
    const disabling = await demanded('POST', '/disable')
    await answer(disabling.id, totp)
    expect((await send('/disable', withStepUp(disabling.id))).status).toBe(204)
    expect((await running.mfa.enrollments.list('ada')).enabledAt).toBeNull()
  })
})
