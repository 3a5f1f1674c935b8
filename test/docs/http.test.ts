import { Hono } from 'hono'
import { createSallyport, errorCodes } from 'sallyport'
import { type Host, mfaRoutes, setPending } from 'sallyport/http'
import { securityKey } from 'sallyport/methods/security-key'
import { totp } from 'sallyport/methods/totp'
import { sqliteStore } from 'sallyport/store/sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../support/random.ts'
import { column, membersOf, read, sectionOf, tableOf } from './documents.ts'

const page = 'docs/http.md'
const origin = 'https://app.example'

const mfa = createSallyport({
  app: { name: 'Acme', origin },
  keys: [Buffer.from(seededRandom('routes')(32)).toString('base64url')],
  store: sqliteStore({ file: ':memory:' }),
  methods: [totp(), securityKey()],
  accounts: { find: async () => null, endSessions: async () => undefined },
})
afterAll(() => mfa.close())

const host: Host = {
  origin,
  client: () => ({ ip: '', userAgent: '' }),
  signedIn: async () => null,
  issueSession: async () => false,
  ownCheck: async () => false,
  renewSession: async () => ({ id: 'renewed', apply: async () => false }),
  endSession: async () => undefined,
  onFault: () => undefined,
}
const routes = mfaRoutes(mfa, host, { passkeySignIn: true })
const described = routes.getOpenAPI31Document({ openapi: '3.1.0', info: { title: '', version: '' } })

describe('the page of the routes', () => {
  test('has every route of the OpenAPI document, and no other', () => {
    const methods = ['get', 'put', 'post', 'patch', 'delete', 'head', 'options', 'trace']
    const declared = Object.entries(described.paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item ?? {})
        .filter((method) => methods.includes(method))
        .map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(column(tableOf(page, 'Routes'), 0).toSorted()).toEqual(declared.toSorted())
  })

  test('names no refusal that does not exist', () => {
    const known = new Set(Object.keys(errorCodes))
    const named = column(tableOf(page, 'Routes'), 3).flatMap((cell) =>
      [...cell.matchAll(/([a-z]+_[a-z_]+)/g)].map((match) => match[1] ?? ''),
    )
    expect(named.filter((code) => !known.has(code))).toEqual([])
  })

  test('names a call that exists for every route', () => {
    const calls = callsOf(mfa)
    for (const call of column(tableOf(page, 'Routes'), 4)) expect(calls).toContain(call)
  })

  test('tells of a route that needs a session exactly when the route refuses without one', async () => {
    for (const [route = '', needs] of tableOf(page, 'Routes')) {
      const [method = '', path = ''] = route.split(' ')
      const answer = await routes.request(path.replaceAll(/\{\w+\}/g, 'e'), requestOf(method, path))
      expect([route, answer.status === 401]).toEqual([route, needs?.startsWith('session')])
    }
  })

  test('tells how the routes of a passkey are asked for: otherwise they are not there', async () => {
    const usual = mfaRoutes(mfa, host)
    expect(usual.routes.filter(({ path }) => path.startsWith('/passkey'))).toEqual([])
    expect(sectionOf(page, 'Routes')).toContain('`mfaRoutes(mfa, host, { passkeySignIn: true })`')
    const asked = await routes.request('/passkey', requestOf('POST', '/passkey'))
    const [cookie = ''] = asked.headers.getSetCookie()
    expect(sectionOf(page, 'Routes')).toContain(`\`${cookie.slice(0, cookie.indexOf('='))}\``)
    expect(cookie).toMatch(/; Max-Age=300; Path=\/; HttpOnly; Secure; SameSite=Strict$/)
  })

  test('names with a route the action that it takes, and every action of a method with some route', () => {
    const named = column(tableOf(page, 'Routes'), 1).flatMap((cell) => /^session, `([\w.]+)/.exec(cell)?.[1] ?? [])
    const source = read('packages/sallyport/src/http/method-routes.ts')
    const required = [...source.matchAll(/actions\.require\('([\w.]+)'/g)].map(([, name]) => name)
    expect(new Set(named)).toEqual(new Set(required))
  })

  test('has every member of a challenge, and no other', () => {
    const schema = described.components?.schemas?.['Challenge']
    const members = Object.keys((schema as { readonly properties: object }).properties)
    expect(column(tableOf(page, 'The challenge'), 0)).toEqual(members)
  })

  test('has every member of the host, and no other', () => {
    const members = membersOf('packages/sallyport/src/http/host.ts', 'Host')
    expect(column(tableOf(page, 'What the host gives'), 0)).toEqual(members)
  })

  test('describes the pending cookie as it is set', async () => {
    const app = new Hono().get('/', (context) => {
      setPending(context, { id: 'id', binding: 'binding' })
      return context.body(null)
    })
    const [cookie = ''] = (await app.request('/')).headers.getSetCookie()
    const [pair = '', ...attributes] = cookie.split('; ')
    const section = sectionOf(page, 'The pending cookie')
    expect(section).toContain(`\`${pair.slice(0, pair.indexOf('='))}\``)
    const written = /`(Secure;[^`]*)`/.exec(section)?.[1]?.split('; ') ?? []
    expect(written.toSorted()).toEqual(attributes.toSorted())
  })
})

function callsOf(part: object): readonly string[] {
  return Object.entries(part).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null ? callsOf(value).map((call) => `${name}.${call}`) : [name],
  )
}

/** A well-formed request that carries neither a session nor a pending login. */
function requestOf(method: string, path: string): RequestInit {
  if (method === 'GET') return { method }
  const bodies: Readonly<Record<string, object>> = {
    'POST /challenge/prompt': { enrollmentId: 'e' },
    'POST /challenge/answer': { enrollmentId: 'e', answer: '123456' },
    'POST /challenge/cancel': {},
    'POST /methods': { method: 'totp' },
    'POST /methods/{enrollmentId}/prompt': { challengeId: 'c' },
    'POST /methods/{enrollmentId}/confirm': { challengeId: 'c', answer: '123456' },
    'PATCH /methods/{enrollmentId}': { name: 'mine' },
    'PUT /methods/primary': { enrollmentId: 'e' },
    'DELETE /devices': {},
    'DELETE /devices/{deviceId}': {},
    'DELETE /methods/{enrollmentId}': {},
    'POST /passkey': {},
    'POST /passkey/answer': { answer: '{}' },
    'POST /disable': {},
    'POST /recovery-codes': {},
    'POST /step-up/{challengeId}/prompt': { enrollmentId: 'e' },
    'POST /step-up/{challengeId}/answer': { enrollmentId: 'e', answer: '123456' },
    'POST /step-up/{challengeId}/cancel': {},
  }
  const body = bodies[`${method} ${path}`]
  if (body === undefined) throw new Error(`no request is known for ${method} ${path}`)
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
