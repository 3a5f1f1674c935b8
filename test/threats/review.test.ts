import pg from 'pg'
import { expect, test } from 'vitest'
import { authenticator } from 'sallyport/testing'
import { readConfig } from '../../apps/console/server/config.ts'
import { createOutbox } from '../../apps/console/server/dev/outbox.ts'
import { newAddress, person } from '../support/account.ts'
import { databases, runConsole } from '../support/console.ts'
import { answer, codeFor, elsewhere, enroll, sentCode, signIn, confirmed } from '../support/person.ts'
import { pageHeaders, rawRequest } from '../support/raw.ts'
import { accountIdOf, tablesOf } from '../support/tables.ts'
import { Visitor } from '../support/visitor.ts'

const minute = 60_000
const password = 'plain words about rivers'

test('TF-10 P2 · a stranger who gives someone’s number as their own uses up none of the codes its owner is sent at sign-in', async () => {
  const running = await runConsole()
  const owner = await person(running)
  await enroll(running, owner, 'sms')
  running.clock.advance(25 * 60 * minute)
  const email = newAddress()
  const stranger = new Visitor(running.origin)
  await stranger.post('/api/registration', { email, phone: owner.phone, country: 'US', password })
  await stranger.post('/api/confirmation/answer', { answer: sentCode(running, email) })
  for (let time = 0; time < 4; time += 1) {
    running.clock.advance(5 * minute)
    await signIn({ email, password, browser: stranger })
    expect((await stranger.post('/api/account/phone/confirmation')).status).toBe(200)
  }
  expect((await signIn(elsewhere(owner))).body.challenge.code).toMatchObject({ delivered: true })
  await running.close()
})

test('TF-10 P2 · a registration of the address that was begun before its owner confirmed it uses up nothing of the owner’s', async () => {
  const running = await runConsole()
  const email = newAddress()
  const stranger = new Visitor(running.origin)
  await stranger.post('/api/registration', { email, phone: '', country: 'US', password: 'a stranger’s words 5' })
  running.clock.advance(61_000)
  const browser = new Visitor(running.origin)
  await browser.post('/api/registration', { email, phone: '', country: 'US', password })
  await browser.post('/api/confirmation/answer', { answer: sentCode(running, email) })
  const owner = { email, phone: '', password, browser }
  await signIn(owner)
  await enroll(running, owner, 'email')
  await stranger.post('/api/confirmation/prompt')
  expect((await signIn(elsewhere(owner))).body.challenge.code).toMatchObject({ delivered: true })
  await running.close()
})

test('E5 EN-01 · while the host has yet to end the sessions from before MFA, none of them can add a method', async () => {
  const running = await runConsole({ on: 'PostgreSQL' })
  const owner = await person(running)
  const thief = elsewhere(owner)
  await signIn(thief)
  const begun = (await confirmed(running, owner, 'POST', '/api/mfa/methods', { method: 'totp' })).body
  const id = await accountIdOf(running, owner.email)
  const held = new pg.Client({ connectionString: 'url' in running.where ? running.where.url : '' })
  await held.connect()
  await held.query('BEGIN')
  await held.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [id])
  const code = (secret: string): string => authenticator(secret).codeAt(running.clock())
  const enabling = owner.browser.post(`/api/mfa/methods/${begun.enrollmentId}/confirm`, {
    challengeId: begun.challenge.id,
    answer: code(begun.setup.secret),
  })
  const isOn = async (): Promise<boolean> =>
    (await tablesOf(running))['sallyport_account']!.some((row) => row['mfa_enabled_at'] !== null)
  while (!(await isOn()));
  const stolen = await confirmed(running, thief, 'POST', '/api/mfa/methods', { method: 'totp', name: 'thief' })
  if (stolen.status === 201) {
    const { enrollmentId, challenge, setup } = stolen.body
    const path = `/api/mfa/methods/${enrollmentId}/confirm`
    await thief.browser.post(path, { challengeId: challenge.id, answer: code(setup.secret) })
  }
  await held.query('ROLLBACK')
  await held.end()
  expect((await enabling).status).toBe(200)
  const { methods } = (await owner.browser.get('/api/mfa/methods')).body
  await running.close()
  expect(methods.map(({ name }: { name: string }) => name)).toEqual(['Authenticator app', 'Recovery codes'])
})

test('EN-01 · enabling ends a session that another process made, whose clock is a second ahead', async () => {
  const running = await runConsole()
  const owner = await person(running)
  running.clock.advance(1000)
  const thief = elsewhere(owner)
  await signIn(thief)
  running.clock.advance(-1000)
  await enroll(running, owner, 'totp')
  const after = (await thief.browser.session()).body.account
  await running.close()
  expect(after).toBeNull()
})

// A machine that is busy with something else can be slow once; what is slow to judge is slow each time.
test('DS-04 · passwords and addresses made to be slow to judge hold up nobody else', { retry: 2 }, async () => {
  const running = await runConsole()
  const form = {
    email: `${'aaa.'.repeat(15)}a@${'abc.'.repeat(60)}com`,
    phone: '',
    country: 'US',
    password: '|-|😀p4ssw0rd12345qwert2004@012002ph1l!|uva.\\/\\/13eabcabc.\\/\\/😀',
  }
  const headers = await pageHeaders(new Visitor(running.origin))
  const register = () =>
    rawRequest(running.origin, { method: 'POST', path: '/api/registration', headers, body: JSON.stringify(form) })
  await register()
  const flood = Array.from({ length: 40 }, register)
  const began = performance.now()
  await rawRequest(running.origin, { path: '/api/session' })
  const waited = performance.now() - began
  await Promise.all(flood)
  await running.close()
  expect(waited).toBeLessThan(1000)
})

test('FS-04 · what looks like production does not start as development because NODE_ENV is missing or misspelt', () => {
  const meant = { SALLYPORT_ORIGIN: 'https://app.example', HOST: '0.0.0.0' }
  for (const NODE_ENV of [undefined, '', 'prod', 'Production', 'staging'])
    expect(() => readConfig({ ...meant, NODE_ENV }), String(NODE_ENV)).toThrow(/NODE_ENV/)
  expect(() => readConfig({ HOST: '0.0.0.0' })).toThrow(/NODE_ENV/)
  expect(() => readConfig({ SALLYPORT_ORIGIN: 'https://app.example' })).toThrow(/NODE_ENV/)
  expect(() => readConfig({ SALLYPORT_DATABASE_URL: 'postgres://db.example/console' })).toThrow(/NODE_ENV/)
  for (const url of ['postgres://localhost/app?host=db.example', 'postgres:///app?host=db.example', 'postgres:///app'])
    expect(() => readConfig({ SALLYPORT_DATABASE_URL: url }), url).toThrow(/NODE_ENV/)
  for (const url of ['postgres://localhost/app', 'postgres:///app?host=/var/run/postgresql'])
    expect(readConfig({ SALLYPORT_DATABASE_URL: url }).development).toBe(true)
  expect(readConfig({}).development).toBe(true)
})

test('HS-04 · the outbox answers to the console’s own host name only, so no page that rebinds its name can read it', async () => {
  const running = await runConsole({ outbox: createOutbox })
  const asked = await rawRequest(running.origin, { path: '/api/dev/outbox', headers: { host: 'evil.example' } })
  await running.close()
  expect(asked.status).toBe(404)
})

test('SC-05 RP-13 · signing out ends the pending login itself, not only its cookie', async () => {
  const running = await runConsole()
  const owner = await person(running)
  const { enrollmentId, secret } = await enroll(running, owner, 'totp')
  const there = elsewhere(owner)
  await signIn(there)
  const copied = there.browser.copy()
  await there.browser.post('/api/sign-out')
  const tried = await answer(copied, enrollmentId, codeFor(running, owner, 'totp', secret))
  await running.close()
  expect([tried.status, tried.body.code]).toEqual([401, 'challenge_closed'])
})

test.each(databases)(
  'O4 · a registration that nobody confirmed leaves nothing behind but the audit log, on %s',
  async (on) => {
    const running = await runConsole({ on })
    for (let time = 0; time < 3; time += 1)
      await new Visitor(running.origin).post('/api/registration', {
        email: newAddress(),
        phone: '',
        country: 'US',
        password,
      })
    running.clock.advance(3 * 24 * 60 * minute)
    for (let time = 0; time < 3; time += 1) await running.console.purge()
    const { sallyport_audit: _, sallyport_migration: __, console_migration: ___, ...tables } = await tablesOf(running)
    const left = Object.entries(tables).filter(([, rows]) => rows.length > 0)
    await running.close()
    expect(left.map(([name]) => name)).toEqual([])
  },
)

test('FS-01 · when every connection to PostgreSQL is taken the console says 503, not 500', async () => {
  const running = await runConsole({ on: 'PostgreSQL' })
  const owner = await person(running)
  const headers = await pageHeaders(owner.browser)
  const held = new pg.Client({ connectionString: 'url' in running.where ? running.where.url : '' })
  await held.connect()
  await held.query('BEGIN')
  await held.query('LOCK TABLE session')
  const asked = await Promise.all(
    Array.from({ length: 14 }, () => rawRequest(running.origin, { path: '/api/session', headers })),
  )
  await held.query('ROLLBACK')
  await held.end()
  await running.close()
  expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([503]))
}, 40_000)
