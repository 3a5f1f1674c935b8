import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { authenticator } from 'sallyport/testing'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { answer, codeFor, elsewhere, enroll, newPerson, signIn, wrongCode, confirmed } from '../support/person.ts'

const minute = 60_000

describe.each(databases)('a second factor on %s', (on) => {
  let running: RunningConsole
  beforeEach(async () => {
    running = await runConsole({ on })
  })
  afterEach(() => running.close())

  test('registering and confirming signs no one in', async () => {
    const person = await newPerson(running)
    const other = elsewhere(person)
    expect((await other.browser.session()).body.account).toBeNull()
    expect((await signIn({ ...other, password: 'wrong password' })).body.code).toBe('credentials_wrong')
    expect((await signIn(other)).body).toEqual({ status: 'signed_in' })
    expect((await other.browser.session()).body.account).toMatchObject({ email: person.email, mfaEnabled: false })
  })

  test('the first method turns MFA on, shows recovery codes once and ends every earlier session', async () => {
    const person = await newPerson(running)
    const before = person.browser.copy()
    const other = elsewhere(person)
    await signIn(other)
    running.clock.advance(1000)
    const { recoveryCodes } = await enroll(running, person, 'totp')
    expect(recoveryCodes).toHaveLength(10)
    expect((await person.browser.session()).body.account).toMatchObject({ mfaEnabled: true })
    expect((await before.session()).body.account).toBeNull()
    expect((await other.browser.session()).body.account).toBeNull()
    const { methods, enabledAt } = (await person.browser.get('/api/mfa/methods')).body
    expect(enabledAt).not.toBeNull()
    expect(
      methods.map((method: { method: string; codesLeft: number | null }) => [method.method, method.codesLeft]),
    ).toEqual([
      ['totp', null],
      ['recovery_code', 10],
    ])
  })

  test('the owner is told on every confirmed channel that MFA was turned on', async () => {
    const person = await newPerson(running)
    await enroll(running, person, 'totp')
    await running.console.mfa.notices.deliver()
    expect(running.emails.lastTo(person.email).text).toContain('now takes a second factor')
    expect(running.texts.lastTo(person.phone).text).toContain('second factor')
  })

  test('a login is completed by the primary, and by nothing before it', async () => {
    const person = await newPerson(running)
    const { enrollmentId, secret } = await enroll(running, person, 'totp')
    const other = elsewhere(person)
    const begun = await signIn(other)
    expect(begun.body).toMatchObject({ status: 'challenge', challenge: { purpose: 'sign in', active: enrollmentId } })
    expect((await other.browser.session()).body.account).toBeNull()
    expect((await other.browser.get('/api/mfa/methods')).body.code).toBe('not_signed_in')
    const right = await answer(other.browser, enrollmentId, codeFor(running, person, 'totp', secret))
    expect(right.body).toEqual({ status: 'signed_in' })
    expect((await other.browser.session()).body.account).toMatchObject({ email: person.email })
  })

  test('the primary is asked for first, the others are a choice away', async () => {
    const person = await newPerson(running)
    const app = await enroll(running, person, 'totp')
    const email = await enroll(running, person, 'email')
    const sms = await enroll(running, person, 'sms')
    expect(email.recoveryCodes).toEqual([])
    await confirmed(running, person, 'PUT', '/api/mfa/methods/primary', { enrollmentId: sms.enrollmentId })

    const other = elsewhere(person)
    const { challenge } = (await signIn(other)).body
    expect(challenge.methods.map((method: { enrollmentId: string }) => method.enrollmentId)).toEqual([
      sms.enrollmentId,
      app.enrollmentId,
      email.enrollmentId,
      expect.any(String),
    ])
    expect(challenge.code).toMatchObject({ enrollmentId: sms.enrollmentId, delivered: true })
    expect(running.texts.lastTo(person.phone).text).toMatch(/sign in[\s\S]*\n@localhost #\d{6}$/)

    const switched = await other.browser.post('/api/mfa/challenge/prompt', { enrollmentId: email.enrollmentId })
    expect(switched.body.active).toBe(email.enrollmentId)
    expect((await answer(other.browser, email.enrollmentId, codeFor(running, person, 'email'))).status).toBe(200)
  })

  test('a recovery code completes a login once, and tells the owner how many are left', async () => {
    const person = await newPerson(running)
    const { recoveryCodes } = await enroll(running, person, 'totp')
    const other = elsewhere(person)
    const { challenge } = (await signIn(other)).body
    const backup = challenge.methods.at(-1)
    const typed = recoveryCodes[0]?.toUpperCase().replaceAll('-', ' ') ?? ''
    expect((await answer(other.browser, backup.enrollmentId, typed)).status).toBe(200)
    await running.console.mfa.notices.deliver()
    expect(running.emails.lastTo(person.email).text).toMatch(/9/)

    const again = elsewhere(person)
    await signIn(again)
    expect((await answer(again.browser, backup.enrollmentId, typed)).body.code).toBe('answer_wrong')
  })

  test('a code can be sent again after a pause, and only the newest works', async () => {
    const person = await newPerson(running)
    const { enrollmentId } = await enroll(running, person, 'email')
    const other = elsewhere(person)
    await signIn(other)
    const first = codeFor(running, person, 'email')
    const early = await other.browser.post('/api/mfa/challenge/prompt', { enrollmentId })
    expect(early.status).toBe(429)
    expect(early.headers.get('retry-after')).toBe('60')
    running.clock.advance(minute)
    const again = await other.browser.post('/api/mfa/challenge/prompt', { enrollmentId })
    expect(again.body.code.resendInSeconds).toBe(120)
    expect((await answer(other.browser, enrollmentId, first)).body.code).toBe('answer_wrong')
    expect((await answer(other.browser, enrollmentId, codeFor(running, person, 'email'))).status).toBe(200)
  })

  test('a challenge can be given up', async () => {
    const person = await newPerson(running)
    const { enrollmentId, secret } = await enroll(running, person, 'totp')
    const other = elsewhere(person)
    await signIn(other)
    const kept = other.browser.copy()
    expect((await other.browser.post('/api/mfa/challenge/cancel')).status).toBe(204)
    const late = await answer(kept, enrollmentId, codeFor(running, person, 'totp', secret))
    expect(late.body.code).toBe('challenge_closed')
  })

  test('an answer of the wrong form costs no try, a wrong one says how many are left', async () => {
    const person = await newPerson(running)
    const { enrollmentId, secret } = await enroll(running, person, 'totp')
    const other = elsewhere(person)
    await signIn(other)
    expect((await answer(other.browser, enrollmentId, '12345')).body.code).toBe('answer_malformed')
    const wrong = await answer(other.browser, enrollmentId, wrongCode(codeFor(running, person, 'totp', secret)))
    expect(wrong.body).toMatchObject({ code: 'answer_wrong', attemptsLeft: 4 })
  })

  test('a password that many people use is refused beside its field, before anything is stored', async () => {
    const person = await newPerson(running)
    const form = { email: 'new@example.com', phone: '', country: 'US', password: 'password1' }
    const refused = await elsewhere(person).browser.post('/api/registration', form)
    expect(refused.status).toBe(422)
    expect(refused.body.errors).toEqual([{ field: 'password', code: expect.any(String), message: expect.any(String) }])
  })

  test('a phone number is read however it is written', async () => {
    for (const phone of ['(202) 555-0188', '+1 202 555 0188', '202.555.0188', '+1-202-555-0188']) {
      const visitor = elsewhere(await newPerson(running)).browser
      const email = `${running.emails.messages.length}@example.com`
      await visitor.post('/api/registration', { email, phone, country: 'US', password: 'an unusual sentence 7' })
      await visitor.post('/api/confirmation/answer', { answer: running.emails.codeTo(email) })
      expect(running.texts.codeTo('+12025550188')).toMatch(/^\d{6}$/)
      running.clock.advance(60 * minute)
    }
  })

  test('several authenticator apps can be set up, and each has its own secret', async () => {
    const person = await newPerson(running)
    const one = await enroll(running, person, 'totp')
    const two = await enroll(running, person, 'totp')
    expect(two.secret).not.toBe(one.secret)
    const { methods } = (await person.browser.get('/api/mfa/methods')).body
    expect(methods.map((method: { name: string }) => method.name)).toEqual([
      'Authenticator app',
      'Authenticator app 2',
      'Recovery codes',
    ])
    const other = elsewhere(person)
    await signIn(other)
    expect(
      (await answer(other.browser, two.enrollmentId, authenticator(two.secret).codeAt(running.clock()))).status,
    ).toBe(200)
  })
})
