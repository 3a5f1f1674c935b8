import { Hono } from 'hono'
import { beforeEach, describe, expect, test } from 'vitest'
import { client, library, setUp, signIn } from '../../../../test/support/library.ts'
import { mfaRoutes, writeKey } from './index.ts'

const origin = 'https://app.example'
let app: Hono
let running: Awaited<ReturnType<typeof library>>
let issued: string[]
let account: { accountId: string; sessionId: string; challengeId: string | null } | null

beforeEach(async () => {
  running = await library()
  issued = []
  account = null
  const host = {
    origin,
    client: () => client,
    signedIn: () => Promise.resolve(account),
    issueSession: (_: unknown, proof: { redeem: (action: 'login') => { accountId: string } }) =>
      Promise.resolve(issued.push(proof.redeem('login').accountId) > 0),
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
      if (!path.startsWith('/methods')) continue
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
  expect(response.headers.get('set-cookie')).toMatch(
    /^__Host-sallyport-pending=; Max-Age=0; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  )
  expect((await send('/challenge/answer', { headers, body })).status).toBe(401)
  expect(issued).toEqual(['ada'])
})
