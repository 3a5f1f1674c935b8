import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { person } from '../../../../test/support/account.ts'
import { runConsole } from '../../../../test/support/console.ts'
import type { RunningConsole } from '../../../../test/support/console.ts'
import { confirmed } from '../../../../test/support/person.ts'
import type { Person } from '../../../../test/support/person.ts'
import { audit } from '../../../../test/support/tables.ts'
import { Visitor } from '../../../../test/support/visitor.ts'
import type { Answer } from '../../../../test/support/visitor.ts'

let running: RunningConsole
let ada: Person
let teamId: string
beforeAll(async () => {
  running = await runConsole()
  ada = await person(running)
  teamId = (await ada.browser.post('/api/teams', { name: 'Observatory' })).body.id
})
afterAll(() => running.close())

let names = 0
async function keyWith(
  scopes: readonly string[],
  expiresInDays: 7 | null = null,
): Promise<{ id: string; secret: string }> {
  const body = { name: `key ${(names += 1)}`, scopes, expiresInDays }
  const made = await confirmed(running, ada, 'POST', '/api/api-keys', body)
  expect(made.status, made.text).toBe(201)
  return made.body
}

const bearer = (secret: string): Record<string, string> => ({ authorization: `Bearer ${secret}` })
const call = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  new Visitor(running.origin).request(path, { headers })
const challengeOf = (answer: Answer): string | null => answer.headers.get('www-authenticate')
const reads = () => ['/api/v1/me', '/api/v1/teams', `/api/v1/teams/${teamId}/members`]

describe('the API for keys', () => {
  test('reads what the scopes of the key say', async () => {
    const { secret } = await keyWith(['account:read', 'teams:read'])
    const [me, teams, members] = await Promise.all(reads().map((path) => call(path, bearer(secret))))
    expect(me?.body).toEqual({ email: ada.email })
    expect(teams?.body).toEqual({ teams: [{ id: teamId, name: 'Observatory', role: 'owner' }] })
    expect(members?.body.members).toMatchObject([{ email: ada.email, role: 'owner' }])
    expect(me?.headers.get('cache-control')).toBe('no-store')
    expect(me?.headers.getSetCookie()).toEqual([])
  })

  test('a scope that the key does not have is named and audited', async () => {
    const { id, secret } = await keyWith(['account:read'])
    const refused = await call('/api/v1/teams', bearer(secret))
    expect(refused).toMatchObject({ status: 403, body: { code: 'scope_missing' } })
    expect(challengeOf(refused)).toBe('Bearer error="insufficient_scope", scope="teams:read"')
    expect(await lastRefusal()).toMatchObject({ reason: 'api_key', key: id })
  })

  test('N404 XA-06 a team of others answers as none does', async () => {
    const eve = await person(running)
    const { body: other } = await eve.browser.post('/api/teams', { name: 'Other' })
    const { secret } = await keyWith(['teams:read'])
    const others = await call(`/api/v1/teams/${other.id}/members`, bearer(secret))
    const none = await call(`/api/v1/teams/${'x'.repeat(22)}/members`, bearer(secret))
    expect(others).toMatchObject({ status: 404, body: { code: 'team_not_found' } })
    expect(others.text).toBe(none.text)
  })

  test('MB-08 a wrong, an expired and an invalidated key are refused and audited', async () => {
    const expired = await keyWith(['account:read'], 7)
    const invalidated = await keyWith(['account:read'])
    expect((await confirmed(running, ada, 'DELETE', `/api/api-keys/${invalidated.id}`)).status).toBe(204)
    running.clock.advance(7 * 86_400_000)
    const answers: string[] = []
    for (const secret of [expired.secret, invalidated.secret, `sk_${'A'.repeat(43)}`, 'x']) {
      const before = (await refusals()).length
      const answer = await call('/api/v1/me', bearer(secret))
      expect(answer).toMatchObject({ status: 401, body: { code: 'api_key_invalid' } })
      expect(challengeOf(answer)).toBe('Bearer error="invalid_token"')
      expect(await refusals()).toHaveLength(before + 1)
      answers.push(answer.text)
    }
    expect(new Set(answers).size).toBe(1)
    expect(JSON.stringify(await refusals())).not.toContain(expired.secret)
    ada = await person(running)
    teamId = (await ada.browser.post('/api/teams', { name: 'Observatory' })).body.id
  })

  test('cookies open nothing, and neither do other credentials', async () => {
    const cookie = [...ada.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    for (const path of reads()) {
      const answer = await call(path, { cookie })
      expect(answer).toMatchObject({ status: 401, body: { code: 'api_key_invalid' } })
      expect(challengeOf(answer)).toBe('Bearer')
      const basic = `Basic ${Buffer.from(`${ada.email}:${ada.password}`).toString('base64')}`
      expect((await call(path, { cookie, authorization: basic })).status).toBe(401)
    }
  })

  test('X3 the OpenAPI document says which routes a key opens, and with what scope', async () => {
    const { paths, components } = (await ada.browser.get('/api/openapi.json')).body
    expect(components.securitySchemes.apiKey).toMatchObject({ type: 'http', scheme: 'bearer' })
    const secured = Object.entries<Record<string, { security?: readonly unknown[] }>>(paths).flatMap(
      ([path, operations]) =>
        // Everywhere else a session opens it, or nothing does.
        Object.values(operations).flatMap(({ security = [] }) => (security.length === 0 ? [] : [[path, security]])),
    )
    expect(secured).toEqual([
      ['/api/v1/me', [{ apiKey: ['account:read'] }]],
      ['/api/v1/teams', [{ apiKey: ['teams:read'] }]],
      ['/api/v1/teams/{teamId}/members', [{ apiKey: ['teams:read'] }]],
    ])
  })

  test('there is nothing but reading', async () => {
    const { secret } = await keyWith(['account:read', 'teams:read'])
    for (const path of [...reads(), '/api/v1', '/api/v1/nothing', '/api/v1/api-keys', '/api/v1/mfa/methods']) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const answer = await ada.browser.request(path, { method, headers: bearer(secret) })
        expect({ path, method, code: answer.body.code }).toEqual({ path, method, code: 'route_not_found' })
      }
    }
  })
})

describe('a key anywhere else', () => {
  test('SU-09 S11 MB-02 no credentials in a header do anything, whatever cookies come with them', async () => {
    const { id, secret } = await keyWith(['account:read', 'teams:read'])
    const keys = (await ada.browser.get('/api/api-keys')).text
    const basic = `Basic ${Buffer.from(`${ada.email}:${ada.password}`).toString('base64')}`
    const routes = [
      ['GET', '/api/session'],
      ['GET', '/api/api-keys'],
      ['POST', '/api/api-keys'],
      ['DELETE', `/api/api-keys/${id}`],
      ['GET', `/api/teams/${teamId}`],
      ['DELETE', `/api/teams/${teamId}`],
      ['POST', '/api/account/delete'],
      ['POST', '/api/sign-in'],
      ['GET', '/api/mfa/methods'],
      ['POST', '/api/mfa/disable'],
      ['GET', '/api/openapi.json'],
    ] as const
    for (const [method, path] of routes) {
      for (const authorization of [`Bearer ${secret}`, basic, 'Bearer', '']) {
        const answer =
          method === 'GET'
            ? await ada.browser.request(path, { headers: { authorization } })
            : await ada.browser.send(method, path, {}, { authorization })
        expect({ path, code: answer.body.code }).toEqual({ path, code: 'insufficient_user_authentication' })
        expect(answer.status).toBe(401)
        expect(challengeOf(answer)).toMatch(/^Bearer error="insufficient_user_authentication"/)
      }
    }
    expect((await ada.browser.get('/api/api-keys')).text.replace(/"lastUsedAt":"[^"]+"/, '"lastUsedAt":null')).toBe(
      keys,
    )
    const bySecret = (await refusals()).filter((detail) => detail['key'] === id)
    expect(bySecret).toHaveLength(routes.length)
  })

  test('it is refused before anything else about the request is judged', async () => {
    const { secret } = await keyWith(['account:read'])
    const headers = { ...bearer(secret), origin: 'https://evil.example', 'content-type': 'text/plain' }
    const answer = await ada.browser.request('/api/api-keys', { method: 'POST', body: '{', headers })
    expect(answer.body.code).toBe('insufficient_user_authentication')
  })
})

async function refusals(): Promise<readonly Record<string, string>[]> {
  return (await audit(running)).filter(({ event }) => event === 'request.refused').map(({ detail }) => detailOf(detail))
}

async function lastRefusal(): Promise<Record<string, string> | undefined> {
  return (await refusals()).at(-1)
}

function detailOf(detail: unknown): Record<string, string> {
  return typeof detail === 'string' ? JSON.parse(detail) : (detail as Record<string, string>)
}
