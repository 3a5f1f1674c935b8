import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAddress, person } from '../support/account.ts'
import { signInApp, withApp } from '../support/app.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { dumpOf, secretsIn } from '../support/dump.ts'
import { answer, codeFor, confirmed, elsewhere, enroll, sentCode, signIn } from '../support/person.ts'
import { rawRequest } from '../support/raw.ts'
import { askForReset, resetPassword, resetTokenTo } from '../support/reset.ts'
import { audit, execute, stateOf } from '../support/tables.ts'
import { type Answer, Visitor } from '../support/visitor.ts'

const minute = 60_000
const hour = 60 * minute
const password = 'seven mild herons wade'

const methodsIn = (begun: Answer): string[] =>
  begun.body.challenge.methods.map(({ method }: { method: string }) => method)

/** All that an answer says, but the time. */
const seen = ({ status, headers, text }: Answer): unknown => ({
  status,
  text,
  headers: [...headers].filter(([name]) => name !== 'date'),
})

describe.each(databases)('resetting a password on %s', (on) => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on })
  })
  afterAll(() => running.close())

  const complete = (token: string, browser = new Visitor(running.origin), next = password): Promise<Answer> =>
    browser.post('/api/password-reset/complete', { token, password: next })

  test('PR-01 · it hands out no cookie and no token, and touches no second factor', async () => {
    const owner = await person(running)
    await enroll(running, owner, 'totp')
    const browser = new Visitor(running.origin)
    await browser.session()
    const cookies = [...browser.cookies]
    const token = await askForReset(running, owner.email)
    const answers = [await browser.post('/api/password-reset/read', { token }), await complete(token, browser)]
    expect(answers.map(({ status, text }) => [status, text.includes(token)])).toEqual([
      [200, false],
      [204, false],
    ])
    expect(answers.flatMap(({ headers }) => headers.getSetCookie())).toEqual([])
    expect([...browser.cookies]).toEqual(cookies)
    expect((await browser.session()).body.account).toBeNull()
    running.clock.advance(1000)
    expect((await signIn({ ...owner, password, browser })).body.status).toBe('challenge')
  })

  test('RV-08 · after a reset by e-mail a code by e-mail alone completes no login while there is another method', async () => {
    const before = await person(running)
    const email = await enroll(running, before, 'email')
    const app = await enroll(running, before, 'totp')
    running.clock.advance(2 * hour)
    const owner = await resetPassword(running, before)
    const begun = await signIn(owner)
    expect(methodsIn(begun)).toEqual(['totp', 'recovery_code'])
    const sent = running.emails.messages.length
    const { browser } = owner
    const prompted = await browser.post('/api/mfa/challenge/prompt', { enrollmentId: email.enrollmentId })
    expect(prompted.body.code).toBe('method_not_allowed')
    expect(running.emails.messages).toHaveLength(sent)
    // Nor does asking anew, or another reset, get round it.
    running.clock.advance(hour)
    const again = await resetPassword(running, owner, 'nine loud cranes fly')
    expect(methodsIn(await signIn(again))).not.toContain('email')
    const byApp = await answer(again.browser, app.enrollmentId, codeFor(running, again, 'totp', app.secret))
    expect(byApp.status).toBe(200)
    // By then it is the owner's password again.
    running.clock.advance(hour)
    expect(methodsIn(await signIn(elsewhere(again)))).toContain('email')
  })

  test('RV-08 · where e-mail is the only method it takes a recovery code', async () => {
    const before = await person(running)
    const { recoveryCodes } = await enroll(running, before, 'email')
    running.clock.advance(2 * hour)
    const owner = await resetPassword(running, before)
    const begun = await signIn(owner)
    expect(methodsIn(begun)).toEqual(['recovery_code'])
    const { enrollmentId } = begun.body.challenge.methods[0]
    expect((await answer(owner.browser, enrollmentId, recoveryCodes[0] ?? '')).status).toBe(200)
  })

  test('RV-08 · a login that was begun before the reset is completed by nothing', async () => {
    const owner = await person(running)
    const email = await enroll(running, owner, 'email')
    await enroll(running, owner, 'totp')
    running.clock.advance(2 * hour)
    const begun = elsewhere(owner)
    expect((await signIn(begun)).body.status).toBe('challenge')
    running.clock.advance(hour / 12)
    await begun.browser.post('/api/mfa/challenge/prompt', { enrollmentId: email.enrollmentId })
    const code = sentCode(running, owner.email)
    await resetPassword(running, owner)
    const answered = await answer(begun.browser, email.enrollmentId, code)
    expect([answered.status, answered.body.code]).toEqual([401, 'challenge_closed'])
    expect((await begun.browser.session()).body.account).toBeNull()
  })

  test('SC-13 RC-08 L7 · it ends every session, every token of an app, and every login and change under way', async () => {
    const owner = await person(running)
    const app = await enroll(running, owner, 'totp')
    const inApp = withApp(owner)
    expect((await signInApp(running, inApp)).status).toBe(200)
    expect((await inApp.browser.get('/api/account')).status).toBe(200)
    running.clock.advance(minute)
    const moved = newAddress()
    expect((await confirmed(running, owner, 'POST', '/api/account/email', { email: moved })).status).toBe(202)
    const pending = elsewhere(owner)
    expect((await signIn(pending)).body.status).toBe('challenge')
    running.clock.advance(minute)

    await resetPassword(running, owner)
    expect((await owner.browser.get('/api/account')).status).toBe(401)
    expect((await inApp.browser.get('/api/account')).status).toBe(401)
    expect((await inApp.browser.refresh()).status).toBe(401)
    const late = codeFor(running, owner, 'totp', app.secret)
    expect((await answer(pending.browser, app.enrollmentId, late)).body.code).toBe('challenge_closed')
    const change = await owner.browser.post('/api/confirmation/answer', { answer: sentCode(running, moved) })
    expect(change.status).toBeGreaterThanOrEqual(400)
    expect((await signIn({ ...elsewhere(owner), email: moved, password })).body.code).toBe('credentials_wrong')
  })

  test('SC-13 L7 · an app that has only given the password is left with nothing', async () => {
    const owner = await person(running)
    const app = await enroll(running, owner, 'totp')
    const { browser } = withApp(owner)
    const begun = await browser.mobile('sign-in', { email: owner.email, password: owner.password })
    const { challengeToken } = begun.body
    await resetPassword(running, owner)
    const code = codeFor(running, owner, 'totp', app.secret)
    const late = { challengeToken, enrollmentId: app.enrollmentId, answer: code }
    expect((await browser.mobile('challenge/answer', late)).body.code).toBe('challenge_closed')
    expect(browser.tokens).toBeNull()
  })

  test('TF-10 · nobody’s mailbox is filled: three links in an hour, however many ask at once', async () => {
    const { email } = await person(running)
    const strangers = Array.from({ length: 20 }, () => new Visitor(running.origin))
    const answers = await Promise.all(strangers.map((each) => each.post('/api/password-reset', { email })))
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set(['202 {}']))
    await running.console.settled()
    expect(running.emails.messages.filter(({ to }) => to === email)).toHaveLength(3)
    const refused = await audit(running, 'request.refused')
    expect(refused.filter(({ detail }) => JSON.stringify(detail).includes('reset_limit'))).toHaveLength(17)
  })

  test('EO-02 · asking looks the same for every address, to the byte', async () => {
    const disabled = await person(running)
    await execute(running, 'account', `UPDATE account SET status = 'disabled' WHERE email = '${disabled.email}'`)
    const unconfirmed = newAddress()
    const form = { email: unconfirmed, phone: '', country: 'US', password }
    await new Visitor(running.origin).post('/api/registration', form)
    const withMfa = await person(running)
    await enroll(running, withMfa, 'totp')
    const limited = await person(running)
    for (let each = 0; each < 4; each += 1) await askForReset(running, limited.email)
    const browser = new Visitor(running.origin)
    await browser.session()
    const addresses = {
      unknown: newAddress(),
      known: (await person(running)).email,
      'with MFA': withMfa.email,
      disabled: disabled.email,
      unconfirmed,
      'asked too often': limited.email,
    }
    const said = new Map<string, unknown>()
    for (const [name, email] of Object.entries(addresses))
      said.set(name, seen(await browser.post('/api/password-reset', { email })))
    for (const [name, each] of said) expect([name, each]).toEqual([name, said.get('unknown')])
    expect(said.get('unknown')).toMatchObject({ status: 202, text: '{}' })
    await running.console.settled()
    expect(running.emails.messages.filter(({ to }) => to === disabled.email || to === unconfirmed)).toHaveLength(1)
  })

  test('EO-02 · a link that is used, used up with another, over, made up, or of an account that is gone is one and the same', async () => {
    const [one, other, third] = [await person(running), await person(running), await person(running)]
    const used = await askForReset(running, one.email)
    expect((await complete(used)).status).toBe(204)
    const beside = await askForReset(running, other.email)
    expect((await complete(await askForReset(running, other.email))).status).toBe(204)
    const gone = await askForReset(running, third.email)
    await execute(running, 'account', `DELETE FROM account WHERE email = '${third.email}'`)
    const browser = new Visitor(running.origin)
    await browser.session()
    for (const path of ['/api/password-reset/read', '/api/password-reset/complete']) {
      const answers: unknown[] = []
      for (const token of ['A'.repeat(43), used, beside, gone, '', 'x'.repeat(128)]) {
        const body = path.endsWith('read') ? { token } : { token, password }
        answers.push(seen(await browser.post(path, body)))
      }
      expect(answers[0]).toMatchObject({ status: 404 })
      for (const each of answers) expect(each).toEqual(answers[0])
    }
  })

  test('P9 SC-15 · the token stands in the mail and nowhere else', async () => {
    const owner = await person(running)
    const token = await askForReset(running, owner.email)
    expect(secretsIn(await dumpOf(running), [token])).toEqual([])
    await complete(token)
    await running.console.deliver()
    expect(secretsIn([...running.log, JSON.stringify(await audit(running))].join('\n'), [token])).toEqual([])
    const mails = running.emails.messages.filter(({ text }) => text.includes(token))
    expect(mails).toHaveLength(1)
    expect(mails[0]?.text).toContain(`${running.origin}/reset-password#${token}`)
  })

  test('HS-04 · the link leads to this console, whatever the headers say', async () => {
    const owner = await person(running)
    const browser = new Visitor(running.origin)
    const { csrf } = (await browser.session()).body
    const asked = await rawRequest(running.origin, {
      method: 'POST',
      path: '/api/password-reset',
      headers: {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        origin: running.origin,
        'content-type': 'application/json',
        'x-csrf-token': csrf,
        cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
      body: JSON.stringify({ email: owner.email }),
    })
    expect(asked.status).toBe(202)
    await running.console.settled()
    const { text, html } = running.emails.lastTo(owner.email)
    expect(text).toContain(`${running.origin}/reset-password#`)
    expect(text + html).not.toContain('evil')
  })

  test('PR-01 · opening the link uses nothing up, and nothing but POST does anything', async () => {
    const owner = await person(running)
    const token = await askForReset(running, owner.email)
    const browser = new Visitor(running.origin)
    await browser.session()
    const before = await stateOf(running)
    for (const path of ['/api/password-reset', '/api/password-reset/read', '/api/password-reset/complete']) {
      const asked = await browser.get(`${path}?token=${token}&password=${encodeURIComponent(password)}`)
      expect(asked.status).toBe(404)
    }
    await browser.get(`/reset-password?token=${token}`)
    for (let each = 0; each < 3; each += 1)
      expect((await browser.post('/api/password-reset/read', { token })).status).toBe(200)
    expect(await stateOf(running)).toBe(before)
    expect((await complete(token)).status).toBe(204)
  })

  test('RC-04 · of fifty who use one link at once, one sets the password', async () => {
    const owner = await person(running)
    const token = await askForReset(running, owner.email)
    const browsers = Array.from({ length: 50 }, () => new Visitor(running.origin))
    await Promise.all(browsers.map((each) => each.session()))
    const answers = await Promise.all(browsers.map((each, index) => complete(token, each, `${password} ${index}`)))
    const winners = answers.flatMap(({ status }, index) => (status === 204 ? [index] : []))
    expect(winners).toHaveLength(1)
    expect(answers.filter(({ status }) => status !== 204 && status !== 404)).toEqual([])
    running.clock.advance(1000)
    expect((await signIn({ ...elsewhere(owner), password: `${password} ${winners[0]}` })).status).toBe(200)
  })

  test('PR-04 · a link to an address that the account has left sets nothing', async () => {
    const owner = await person(running)
    const token = await askForReset(running, owner.email)
    running.clock.advance(minute)
    const moved = newAddress()
    expect((await confirmed(running, owner, 'POST', '/api/account/email', { email: moved })).status).toBe(202)
    const { body } = await owner.browser.post('/api/confirmation/answer', { answer: sentCode(running, moved) })
    expect(body).toEqual({ next: 'done' })
    expect((await complete(token)).body.code).toBe('reset_not_found')
  })

  test('PR-04 · no link goes to an address that is yet to be confirmed', async () => {
    const owner = await person(running)
    const moved = newAddress()
    await confirmed(running, owner, 'POST', '/api/account/email', { email: moved })
    await new Visitor(running.origin).post('/api/password-reset', { email: moved })
    await running.console.settled()
    expect(() => resetTokenTo(running, moved)).toThrow('no reset link')
  })
})

test('EO-02 DS-03 · a mail server that hangs holds up no answer', async () => {
  const cutOff = new AbortController()
  const running = await runConsole({
    email: { name: 'hanging', send: () => new Promise(() => undefined) },
    deadline: () => cutOff.signal,
  })
  const owner = await person(running)
  const stranger = new Visitor(running.origin)
  for (const email of [owner.email, newAddress(), owner.email])
    expect((await stranger.post('/api/password-reset', { email })).status).toBe(202)
  cutOff.abort()
  await running.console.settled()
  expect(running.log.filter((line) => line.includes('"message":"fault"'))).toHaveLength(2)
  await running.close()
})

test('PR-03 · confirming an address or a number signs nobody in, and is asked for no second factor', async () => {
  const running = await runConsole()
  const browser = new Visitor(running.origin)
  const email = newAddress()
  const form = { email, phone: '+13035550142', country: 'US', password }
  expect((await browser.post('/api/registration', form)).status).toBe(202)
  for (const destination of [email, form.phone]) {
    const code = sentCode(running, destination)
    const done = await browser.post('/api/confirmation/answer', { answer: code })
    expect(done.status).toBe(200)
    expect(done.headers.getSetCookie().join()).not.toMatch(/session|pending/)
    expect((await browser.session()).body.account).toBeNull()
    expect((await browser.get('/api/account')).status).toBe(401)
    expect((await browser.post('/api/confirmation/answer', { answer: code })).status).toBeGreaterThanOrEqual(400)
  }
  expect((await signIn({ email, password, browser })).body).toEqual({ status: 'signed_in' })
  await running.close()
})
