import type { Hono } from 'hono'
import { authenticator } from 'sallyport/testing'
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
  await import('../../docs/examples/step-up.ts')
  app = (await import('../../docs/examples/rules.ts')).gated
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

async function revoke(key: string, cookie: string, passed = ''): Promise<Answered> {
  const presented = passed === '' ? {} : { 'x-step-up': passed }
  return await send(`/api-keys/${key}`, { method: 'DELETE', headers: { cookie, ...presented } })
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

let session = ''
let enrollmentId = ''

test('the example signs in with the password alone until MFA is on, and then through a challenge only', async () => {
  expect((await post('/sign-in', { ...password, password: 'wrong' })).status).toBe(401)
  const first = await post('/sign-in', password)
  expect(first).toMatchObject({ status: 200, body: { status: 'signed_in' } })

  const unchecked = await post('/api/mfa/methods', { method: 'email' }, first.cookie)
  expect(unchecked).toMatchObject({ status: 403, body: { code: 'own_check_required' } })
  expect((await post('/password-check', { password: 'wrong' }, first.cookie)).status).toBe(401)
  const checked = await post('/password-check', password, first.cookie)
  expect(checked.status).toBe(204)
  expect((await methods(first.cookie)).status, 'the cookie from before the password').toBe(401)
  const begun = await post('/api/mfa/methods', { method: 'email' }, checked.cookie)
  expect(begun.status).toBe(201)
  const { challenge } = begun.body as { challenge: { id: string } }
  enrollmentId = String(begun.body['enrollmentId'])
  const confirmation = { challengeId: challenge.id, answer: await mailedCode() }
  const confirmed = await post(`/api/mfa/methods/${enrollmentId}/confirm`, confirmation, checked.cookie)
  expect(confirmed.body).toMatchObject({ enabled: true, recoveryCodes: expect.any(Array) })
  expect((await methods(checked.cookie)).status, 'the session from before').toBe(401)
  expect((await methods(confirmed.cookie)).status, 'the session in its place').toBe(200)

  const pending = await post('/sign-in', password)
  expect(pending).toMatchObject({ status: 200, body: { status: 'challenge', challenge: { active: enrollmentId } } })
  expect((await methods(pending.cookie)).status, 'a login that is pending').toBe(401)
  const answered = await post('/api/mfa/challenge/answer', { enrollmentId, answer: await mailedCode() }, pending.cookie)
  expect(answered).toMatchObject({ status: 200, body: { status: 'signed_in' } })
  session = answered.cookie
  expect((await methods(session)).status, 'the new session').toBe(200)
})

test('the example invalidates a key after a challenge, that key and no other, and once', async () => {
  const demanded = await revoke('k1', session)
  expect(demanded).toMatchObject({ status: 403, body: { code: 'step_up_required' } })
  const { challenge } = demanded.body as { challenge: { id: string; purpose: string } }
  expect(challenge.purpose).toBe('invalidate API key prod-ci')
  expect(await revoke('k1', session, challenge.id), 'not answered yet').toMatchObject({
    status: 403,
    body: { challenge },
  })

  const answer = { enrollmentId, answer: await mailedCode() }
  const passed = await post(`/api/mfa/step-up/${challenge.id}/answer`, answer, session)
  expect(passed).toMatchObject({ status: 200, body: { status: 'passed' } })
  expect((await methods(session)).status, 'the cookie from before').toBe(401)

  const other = await revoke('k2', passed.cookie, challenge.id)
  expect(other, 'another key').toMatchObject({ status: 403, body: { code: 'step_up_mismatch' } })
  expect(await revoke('k1', passed.cookie, challenge.id)).toMatchObject({ status: 200, body: { revoked: true } })
  expect((await revoke('k1', passed.cookie, challenge.id)).status, 'it is gone').toBe(404)
  const again = await revoke('k2', passed.cookie, challenge.id)
  expect(again, 'the answer is used up').toMatchObject({ status: 403, body: { code: 'step_up_required' } })
})

test('the example lets an owner without a second factor set one up, and do nothing else', async () => {
  const owner = { email: 'grace@app.example', password: 'correct horse' }
  const { cookie, body } = await post('/sign-in', owner)
  expect(body).toEqual({ status: 'signed_in' })
  const refused = await revoke('k1', cookie)
  const because = ['you are an owner of Acme']
  expect(refused).toMatchObject({ status: 403, body: { code: 'enrollment_required', because, atLeast: 'totp' } })

  const checked = await post('/password-check', owner, cookie)
  const begun = await post('/api/mfa/methods', { method: 'totp' }, checked.cookie)
  const { challenge, setup } = begun.body as { challenge: { id: string }; setup: { secret: string } }
  const confirmation = { challengeId: challenge.id, answer: authenticator(setup.secret).codeAt(Date.now()) }
  const path = `/api/mfa/methods/${String(begun.body['enrollmentId'])}/confirm`
  const confirmed = await post(path, confirmation, checked.cookie)
  expect(confirmed.body).toMatchObject({ enabled: true })
  expect((await revoke('k1', confirmed.cookie)).status, 'past the gate; the key is another’s').toBe(404)
  expect((await post('/sign-out', {}, confirmed.cookie)).status).toBe(204)
  expect((await methods(confirmed.cookie)).status, 'signed out').toBe(401)
})

test('the example sends whoever an organisation signs in there, though the password is right', async () => {
  const answer = await post('/sign-in', { email: 'lin@initech.example', password: 'correct horse' })
  expect(answer).toMatchObject({ status: 401, cookie: '', body: { status: 'elsewhere' } })
})
