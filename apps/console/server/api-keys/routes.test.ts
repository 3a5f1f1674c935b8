import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { person } from '../../../../test/support/account.ts'
import { runConsole } from '../../../../test/support/console.ts'
import type { RunningConsole } from '../../../../test/support/console.ts'
import { confirmed, enroll, passStepUp } from '../../../../test/support/person.ts'
import type { Person } from '../../../../test/support/person.ts'
import type { Answer } from '../../../../test/support/visitor.ts'

const wanted = { name: 'prod-ci', scopes: ['account:read'], expiresInDays: 30 } as const

let running: RunningConsole
let ada: Person
beforeAll(async () => {
  running = await runConsole()
})
afterAll(() => running.close())
beforeEach(async () => {
  ada = await person(running)
})

const create = (body: object = wanted, by = ada): Promise<Answer> =>
  confirmed(running, by, 'POST', '/api/api-keys', body)
const list = async (by = ada): Promise<Answer['body']> => (await by.browser.get('/api/api-keys')).body

describe('API keys', () => {
  test('are shown once, and known by their last four characters afterwards', async () => {
    const made = await create()
    expect(made.status, made.text).toBe(201)
    expect(made.body.secret).toMatch(/^sk_[\w-]{43}$/)
    const { scopes, keys } = await list()
    expect(scopes.map(({ scope }: { scope: string }) => scope)).toEqual(['account:read', 'teams:read'])
    expect(keys).toMatchObject([
      {
        id: made.body.id,
        name: 'prod-ci',
        hint: made.body.secret.slice(-4),
        scopes: ['account:read'],
        lastUsedAt: null,
      },
    ])
    expect(JSON.stringify(keys)).not.toContain(made.body.secret)
  })

  test('SU-01 take the password where MFA is off, each time', async () => {
    const first = await ada.browser.post('/api/api-keys', wanted)
    expect(first).toMatchObject({ status: 403, body: { code: 'own_check_required' } })
    expect((await create()).status).toBe(201)
    const second = await ada.browser.post('/api/api-keys', { ...wanted, name: 'another' })
    expect(second).toMatchObject({ status: 403, body: { code: 'own_check_required' } })
    expect((await list()).keys).toHaveLength(1)
  })

  test('S5 SU-01 with MFA take a challenge that names the key, and nothing else can be done with it', async () => {
    await enroll(running, ada, 'totp')
    const asked = await ada.browser.post('/api/api-keys', wanted)
    expect(asked).toMatchObject({ status: 403, body: { code: 'step_up_required' } })
    expect(asked.body.challenge.purpose).toBe('create API key prod-ci')
    const headers = { 'x-step-up': await passStepUp(running, ada, asked.body.challenge) }
    for (const change of [
      { name: 'other' },
      { scopes: ['account:read', 'teams:read'] },
      { expiresInDays: 365 },
      { expiresInDays: null },
    ]) {
      const other = await ada.browser.send('POST', '/api/api-keys', { ...wanted, ...change }, headers)
      expect(other).toMatchObject({ status: 403, body: { code: 'step_up_mismatch' } })
    }
    // The same wish in another writing is the same.
    const same = { ...wanted, name: ' prod-ci ', scopes: ['account:read', 'account:read'] }
    expect((await ada.browser.send('POST', '/api/api-keys', same, headers)).status).toBe(201)
    expect((await ada.browser.send('POST', '/api/api-keys', { ...wanted, name: 'b' }, headers)).status).toBe(403)
    expect((await list()).keys).toHaveLength(1)
  })

  test('a name that can’t be used is said before anything is to be confirmed', async () => {
    await create()
    const tries = [
      ['prod-ci', 'name_taken'],
      ['  ', 'name_invalid'],
      ['a\u202eb', 'name_invalid'],
      ['x'.repeat(61), 'name_invalid'],
    ] as const
    for (const [name, code] of tries) {
      const refused = await ada.browser.post('/api/api-keys', { ...wanted, name })
      expect(refused).toMatchObject({ status: 422, body: { errors: [{ field: 'name', code }] } })
    }
    for (const malformed of [{ scopes: [] }, { scopes: ['admin'] }, { expiresInDays: 31 }, { accountId: 'x' }]) {
      expect((await ada.browser.post('/api/api-keys', { ...wanted, ...malformed })).status).toBe(400)
    }
  })

  test('are invalidated by a challenge that names them', async () => {
    const { body: key } = await create()
    await enroll(running, ada, 'totp')
    const path = `/api/api-keys/${key.id}`
    const asked = await ada.browser.send('DELETE', path)
    expect(asked.body.challenge.purpose).toBe('invalidate API key prod-ci')
    const headers = { 'x-step-up': await passStepUp(running, ada, asked.body.challenge) }
    expect((await ada.browser.send('DELETE', path, {}, headers)).status).toBe(204)
    expect((await list()).keys).toEqual([])
  })

  test('XA-06 N404 another’s key answers as none does', async () => {
    const { body: key } = await create()
    const eve = await person(running)
    const others = await eve.browser.send('DELETE', `/api/api-keys/${key.id}`)
    const none = await eve.browser.send('DELETE', `/api/api-keys/${'x'.repeat(22)}`)
    expect(others.status).toBe(404)
    expect(others.text).toBe(none.text)
    expect((await list(eve)).keys).toEqual([])
    expect((await list()).keys).toHaveLength(1)
  })
})
