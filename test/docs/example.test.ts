import type { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededRandom } from '../support/random.ts'
import { startSmtpServer, type TestSmtpServer } from '../support/smtp-server.ts'

const json = { 'content-type': 'application/json', 'user-agent': 'a browser' }
const password = { email: 'ada@app.example', password: 'correct horse' }

let app: Hono
let mail: TestSmtpServer
let close: () => Promise<void>

beforeAll(async () => {
  mail = await startSmtpServer()
  process.env['MFA_KEYS'] = Buffer.from(seededRandom('example')(32)).toString('base64url')
  process.env['MFA_FILE'] = ':memory:'
  process.env['SMTP_URL'] = mail.url
  await import('../../docs/examples/sign-in.ts')
  app = (await import('../../docs/examples/application.ts')).app
  const { mfa } = await import('../../docs/examples/mfa.ts')
  close = () => mfa.close()
})

afterAll(async () => {
  await close()
  await mail.close()
})

interface Answered {
  readonly status: number
  readonly cookie: string
  // What each answer holds is for the test to say.
  readonly body: Record<string, unknown>
}

async function post(path: string, body: object, cookie = ''): Promise<Answered> {
  return await send(path, { method: 'POST', headers: { ...json, cookie }, body: JSON.stringify(body) })
}

async function send(path: string, init: RequestInit): Promise<Answered> {
  const response = await app.request(path, init)
  const [cookie = ''] = response.headers.getSetCookie().filter((one) => !/max-age=0/i.test(one))
  const text = await response.text()
  return {
    status: response.status,
    cookie: cookie.slice(0, cookie.indexOf(';')),
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  }
}

const methods = (cookie: string): Promise<Answered> => send('/api/mfa/methods', { headers: { cookie } })

async function mailedCode(): Promise<string> {
  const { text } = await mail.inbox.take((message) => message.subject.includes('your code'))
  return /\b\d{6}\b/.exec(text)?.[0] ?? ''
}

test('the example signs in with the password alone until MFA is on, and then through a challenge only', async () => {
  expect((await post('/sign-in', { ...password, password: 'wrong' })).status).toBe(401)
  const first = await post('/sign-in', password)
  expect(first).toMatchObject({ status: 200, body: { status: 'signed_in' } })

  const begun = await post('/api/mfa/methods', { method: 'email' }, first.cookie)
  expect(begun.status).toBe(201)
  const { enrollmentId, challenge } = begun.body as { enrollmentId: string; challenge: { id: string } }
  const confirmation = { challengeId: challenge.id, answer: await mailedCode() }
  const confirmed = await post(`/api/mfa/methods/${enrollmentId}/confirm`, confirmation, first.cookie)
  expect(confirmed.body).toMatchObject({ enabled: true, recoveryCodes: expect.any(Array) })
  expect((await methods(first.cookie)).status, 'the session from before').toBe(401)
  expect((await methods(confirmed.cookie)).status, 'the session in its place').toBe(200)

  const pending = await post('/sign-in', password)
  expect(pending).toMatchObject({ status: 200, body: { status: 'challenge', challenge: { active: enrollmentId } } })
  expect((await methods(pending.cookie)).status, 'a login that is pending').toBe(401)
  const answered = await post('/api/mfa/challenge/answer', { enrollmentId, answer: await mailedCode() }, pending.cookie)
  expect(answered).toMatchObject({ status: 200, body: { status: 'signed_in' } })
  expect((await methods(answered.cookie)).status, 'the new session').toBe(200)
})
