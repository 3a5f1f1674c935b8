import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAddress, person } from '../../../../test/support/account.ts'
import { databases, runConsole } from '../../../../test/support/console.ts'
import type { RunningConsole } from '../../../../test/support/console.ts'
import { confirmed, elsewhere, enroll, sentCode, signIn, wrongCode } from '../../../../test/support/person.ts'
import type { Person } from '../../../../test/support/person.ts'
import type { Answer, Visitor } from '../../../../test/support/visitor.ts'

let numbers = 0
const newNumber = (): string => `+1720555${String(1000 + (numbers += 1)).padStart(4, '0')}`

describe.each(databases)('changing contacts on %s', (on) => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on })
  })
  afterAll(() => running.close())

  const askFor = (owner: Person, email: string): Promise<Answer> =>
    confirmed(running, owner, 'POST', '/api/account/email', { email })
  const give = (browser: Visitor, code: string): Promise<Answer> =>
    browser.post('/api/confirmation/answer', { answer: code })
  const account = async ({ browser }: Person) => (await browser.get('/api/account')).body
  const told = async (address: string): Promise<string> => {
    await running.console.deliver()
    return running.emails.lastTo(address).subject
  }

  test('PR-04 the address stays until the new one is confirmed, and the old one is told at once and when it is done', async () => {
    const owner = await person(running)
    const to = newAddress()
    const asked = await askFor(owner, to)
    expect(asked).toMatchObject({ status: 202, body: { contact: 'email', challenge: { action: 'email.confirm' } } })
    expect(await account(owner)).toEqual({
      email: owner.email,
      phone: { number: owner.phone, confirmed: true },
      changes: [{ contact: 'email', to, expiresInSeconds: expect.any(Number) }],
    })
    expect(await told(owner.email)).toContain('about to change')
    expect((await signIn(elsewhere(owner))).status).toBe(200)
    expect((await owner.browser.get('/api/confirmation')).body.contact).toBe('email')
    expect((await give(owner.browser, sentCode(running, to))).body).toEqual({ next: 'done' })
    expect(await account(owner)).toMatchObject({ email: to, changes: [] })
    expect(await told(owner.email)).toContain('was changed')
    expect((await signIn(elsewhere(owner))).body.code).toBe('credentials_wrong')
    expect((await signIn(elsewhere({ ...owner, email: to }))).status).toBe(200)
  })

  test('SU-01 EN-07 it takes the second factor, and the number moves with its text messages', async () => {
    const owner = await person(running)
    await enroll(running, owner, 'sms')
    const to = newNumber()
    const first = await owner.browser.post('/api/account/phone', { phone: to, country: 'US' })
    expect(first).toMatchObject({ status: 403, body: { code: 'step_up_required' } })
    const asked = await confirmed(running, owner, 'POST', '/api/account/phone', { phone: to, country: 'US' })
    expect(asked).toMatchObject({ status: 202, body: { contact: 'phone' } })
    expect((await give(owner.browser, sentCode(running, to))).body).toEqual({ next: 'done' })
    expect((await account(owner)).phone).toEqual({ number: to, confirmed: true })
    running.clock.advance(600_000)
    await running.console.deliver()
    const texts = running.texts.messages.length
    await signIn(elsewhere(owner))
    expect(running.texts.messages.slice(texts).map((message) => message.to)).toEqual([to])
  })

  test('without a second factor it takes the password, given again', async () => {
    const owner = await person(running)
    const ask = (email: string) => owner.browser.post('/api/account/email', { email })
    expect((await ask(newAddress())).body.code).toBe('own_check_required')
    await owner.browser.post('/api/password-check', { password: owner.password })
    expect((await ask(newAddress())).status).toBe(202)
    expect((await ask(newAddress())).body.code).toBe('own_check_required')
  })

  test('a change that was cancelled is made by no code, in this browser or another', async () => {
    const owner = await person(running)
    const to = newAddress()
    await askFor(owner, to)
    const elsewhereOpen = owner.browser.copy()
    const code = sentCode(running, to)
    expect((await owner.browser.post('/api/account/changes/cancel', { contact: 'email' })).status).toBe(204)
    expect((await owner.browser.get('/api/confirmation')).status).toBe(404)
    expect((await give(elsewhereOpen, code)).status).toBe(401)
    expect(await account(owner)).toMatchObject({ email: owner.email, changes: [] })
  })

  test('PR-04 whoever else is signed in can cancel it, and then the right code changes nothing', async () => {
    const owner = await person(running)
    const other = elsewhere(owner)
    await signIn(other)
    const to = newAddress()
    await askFor(owner, to)
    expect((await other.browser.post('/api/account/changes/cancel', { contact: 'email' })).status).toBe(204)
    const answered = await give(owner.browser, sentCode(running, to))
    expect(answered).toMatchObject({ status: 409, body: { code: 'contact_taken' } })
    expect((await account(owner)).email).toBe(owner.email)
  })

  test('SC-13 a password change drops what is pending', async () => {
    const owner = await person(running)
    const other = elsewhere(owner)
    await signIn(other)
    const to = newAddress()
    await askFor(other, to)
    running.clock.advance(1_000)
    const change = { current: owner.password, next: 'orbit thistle 93 meadow' }
    expect((await owner.browser.post('/api/account/password', change)).status).toBe(204)
    expect((await account(owner)).changes).toEqual([])
    expect((await give(other.browser, sentCode(running, to))).status).toBeGreaterThanOrEqual(400)
    expect((await account(owner)).email).toBe(owner.email)
  })

  test('ending the other sessions voids what they asked for', async () => {
    const owner = await person(running)
    const other = elsewhere(owner)
    await signIn(other)
    const to = newAddress()
    await askFor(other, to)
    running.clock.advance(1_000)
    expect((await confirmed(running, owner, 'POST', '/api/sessions/end-others')).status).toBe(204)
    expect((await account(owner)).changes).toEqual([])
    expect((await give(other.browser, sentCode(running, to))).status).toBeGreaterThanOrEqual(400)
    expect((await account(owner)).email).toBe(owner.email)
  })

  test('EO-02 somebody else’s address gets the same answers, and they a message instead of a code', async () => {
    const [owner, neighbour, victim] = [await person(running), await person(running), await person(running)]
    const taken = await askFor(owner, victim.email)
    const free = await askFor(neighbour, newAddress())
    const shape = ({ status, headers, text }: Answer) => ({
      status,
      names: [...headers.keys()].toSorted(),
      body: text.replaceAll(/"(id|enrollmentId|active|hint)":"[^"]*"/g, '"$1":"…"'),
    })
    expect(shape(taken)).toEqual(shape(free))
    expect(running.emails.lastTo(victim.email).subject).toContain('you already have an account')
    expect((await account(owner)).changes).toMatchObject([{ contact: 'email', to: victim.email }])
    const guess = await give(owner.browser, '123456')
    expect(guess.body.code).toBe('answer_wrong')
    expect(shape(guess)).toEqual(shape(await give(neighbour.browser, wrongCode('123455'))))
  })

  test('of two accounts that confirm one address the second is refused and keeps its own', async () => {
    const [first, second] = [await person(running), await person(running)]
    const to = newAddress()
    await askFor(first, to)
    const firstCode = sentCode(running, to)
    running.clock.advance(120_000)
    await askFor(second, to)
    const secondCode = sentCode(running, to)
    expect((await give(first.browser, firstCode)).status).toBe(200)
    expect((await give(second.browser, secondCode)).body.code).toBe('contact_taken')
    expect(await account(second)).toMatchObject({ email: second.email, changes: [] })
  })

  test('a later change takes the place of an earlier one, whose code changes nothing', async () => {
    const owner = await person(running)
    const [one, other] = [newAddress(), newAddress()]
    await askFor(owner, one)
    const earlier = owner.browser.copy()
    await askFor(owner, other)
    expect((await give(earlier, sentCode(running, one))).status).toBeGreaterThanOrEqual(400)
    expect((await give(owner.browser, sentCode(running, other))).status).toBe(200)
    expect((await account(owner)).email).toBe(other)
  })

  test('what can’t be used is named, and nobody is asked to confirm it', async () => {
    const owner = await person(running)
    const tries = [
      ['/api/account/email', { email: 'ada' }, 'email_malformed'],
      ['/api/account/email', { email: owner.email }, 'email_same'],
      ['/api/account/phone', { phone: '123', country: 'US' }, 'phone_unusable'],
      ['/api/account/phone', { phone: owner.phone, country: 'US' }, 'phone_same'],
    ] as const
    for (const [path, body, code] of tries) {
      expect((await owner.browser.post(path, body)).body).toMatchObject({ code: 'fields_invalid', errors: [{ code }] })
    }
  })
})

test.each([
  ['/api/account/email', () => ({ email: newAddress() })],
  ['/api/account/phone', () => ({ phone: newNumber(), country: 'US' })],
])('TF-03 whoever asked %s for as many as may be is refused before anything is confirmed', async (path, next) => {
  const running = await runConsole({ limits: { contactsPerHour: 2 } })
  const owner = await person(running)
  for (let count = 0; count < 2; count += 1) {
    expect((await confirmed(running, owner, 'POST', path, next())).status).toBe(202)
  }
  const refused = await owner.browser.post(path, next())
  expect(refused).toMatchObject({ status: 429, body: { code: 'send_limit', retryAfterSeconds: 3600 } })
  running.clock.advance(3_600_000)
  // Nobody has used the session for an hour.
  await owner.browser.session()
  await signIn(owner)
  expect((await confirmed(running, owner, 'POST', path, next())).status).toBe(202)
  await running.close()
})
