import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { person } from '../../../../test/support/account.ts'
import { databases, runConsole } from '../../../../test/support/console.ts'
import type { RunningConsole } from '../../../../test/support/console.ts'
import { confirmed, elsewhere, enroll, passStepUp, signIn } from '../../../../test/support/person.ts'
import type { Person } from '../../../../test/support/person.ts'
import { accountIdOf, audit, execute } from '../../../../test/support/tables.ts'

const next = 'orbit thistle 93 meadow'

describe.each(databases)('changing the password on %s', (on) => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on })
  })
  afterAll(() => running.close())

  const change = (owner: Person, body: object = {}) =>
    owner.browser.post('/api/account/password', { current: owner.password, next, ...body })
  const isSignedIn = async ({ browser }: Person): Promise<boolean> => (await browser.session()).body.account !== null

  test('SC-13 the new password signs in, the old one does not, and only this session stays', async () => {
    const owner = await person(running)
    const other = elsewhere(owner)
    await signIn(other)
    const stolen = { ...owner, browser: owner.browser.copy() }
    running.clock.advance(1_000)
    expect(await change(owner)).toMatchObject({ status: 204 })
    expect(await isSignedIn(owner)).toBe(true)
    expect(await isSignedIn(other)).toBe(false)
    expect(await isSignedIn(stolen)).toBe(false)
    const accountId = await accountIdOf(running, owner.email)
    const ended = (await audit(running, 'session.ended')).filter((entry) => entry['account_id'] === accountId)
    expect(ended.map((entry) => JSON.parse(entry['detail']))).toEqual([{ count: 1, by: 'password_change' }])
    running.clock.advance(1_000)
    expect((await signIn(elsewhere(owner))).body.code).toBe('credentials_wrong')
    expect((await signIn(elsewhere({ ...owner, password: next }))).body).toEqual({ status: 'signed_in' })
  })

  test('the owner is told', async () => {
    const owner = await person(running)
    await change(owner)
    await running.console.deliver()
    expect(running.emails.lastTo(owner.email).subject).toContain('your password was changed')
  })

  test('the owner is told, though something broke right after the change', async () => {
    const owner = await person(running)
    await execute(running, 'sallyport_challenge', 'alter table sallyport_challenge rename to gone')
    expect((await change(owner)).status).toBeGreaterThanOrEqual(500)
    await execute(running, 'gone', 'alter table gone rename to sallyport_challenge')
    await running.console.deliver()
    expect(running.emails.lastTo(owner.email).subject).toContain('your password was changed')
  })

  test.each([
    ['current', 'password_wrong', { current: 'not my password' }],
    ['next', 'password_weak', { next: 'password' }],
    ['next', 'password_weak', { next: 'short' }],
  ])('a %s that is %s is named and changes nothing', async (field, code, body) => {
    const owner = await person(running)
    const answer = await change(owner, body)
    expect(answer).toMatchObject({ status: 422, body: { code: 'fields_invalid', errors: [{ field, code }] } })
    expect((await signIn(elsewhere(owner))).body).toEqual({ status: 'signed_in' })
  })

  test('the password that one has is none to change to', async () => {
    const owner = await person(running)
    const answer = await change(owner, { next: owner.password })
    expect(answer.body.errors).toMatchObject([{ field: 'next', code: 'password_same' }])
  })

  test('SU-01 with a second factor the password alone changes nothing, and what was confirmed is all that is changed', async () => {
    const owner = await person(running)
    await enroll(running, owner, 'totp')
    const first = await change(owner)
    expect(first).toMatchObject({ status: 403, body: { code: 'step_up_required' } })
    const challengeId = await passStepUp(running, owner, first.body.challenge)
    const send = (body: object) =>
      owner.browser.send('POST', '/api/account/password', { current: owner.password, next, ...body }, presented)
    const presented = { 'x-step-up': challengeId }
    expect((await send({ next: `${next} other` })).body.code).toBe('step_up_mismatch')
    expect((await send({ current: 'not my password' })).body.code).toBe('fields_invalid')
    expect((await send({})).status).toBe(204)
    expect((await send({ current: next, next: `${next} again` })).body.code).toBe('step_up_required')
  })

  test('L7 SC-13 a login under way dies with the old password, at the challenge and before it', async () => {
    const owner = await person(running)
    await enroll(running, owner, 'totp')
    const pending = elsewhere(owner)
    const challenge = (await signIn(pending)).body.challenge
    running.clock.advance(30_000)
    const done = await confirmed(running, owner, 'POST', '/api/account/password', { current: owner.password, next })
    expect(done.status).toBe(204)
    const answered = await pending.browser.post('/api/mfa/challenge/answer', {
      enrollmentId: challenge.methods[0].enrollmentId,
      answer: '000000',
    })
    expect(answered.body.code).toBe('challenge_closed')
  })

  test('of 4 changes at once one is made', async () => {
    const owner = await person(running)
    await owner.browser.session()
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, each) => change(owner, { next: `${next} ${each}` })),
    )
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
  })
})

describe.each(databases)('guessing in an open session on %s', (on) => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on })
  })
  afterAll(() => running.close())

  test('five wrong passwords, wherever they are given, end the session', async () => {
    const owner = await person(running)
    const check = (password: string) => owner.browser.post('/api/password-check', { password })
    for (let tries = 1; tries <= 4; tries += 1) expect((await check('wrong')).status).toBe(422)
    expect((await check(owner.password)).status).toBe(204)
    for (let tries = 1; tries <= 3; tries += 1) expect((await check('wrong')).status).toBe(422)
    const change = { current: 'wrong', next }
    expect((await owner.browser.post('/api/account/password', change)).status).toBe(422)
    expect((await check('wrong')).body.code).toBe('not_signed_in')
    expect((await owner.browser.session()).body.account).toBeNull()
    expect((await check(owner.password)).status).toBe(401)
  })

  test('AU-01 however many come at once, the session that wrong passwords have ended is in the log once', async () => {
    const owner = await person(running)
    const [{ sessionId }] = (await owner.browser.get('/api/sessions')).body.sessions
    const guesses = Array.from({ length: 16 }, () => owner.browser.post('/api/password-check', { password: 'wrong' }))
    await Promise.all(guesses)
    const accountId = await accountIdOf(running, owner.email)
    const ended = (await audit(running, 'session.ended')).filter((entry) => entry['account_id'] === accountId)
    expect(ended.map((entry) => JSON.parse(entry['detail']))).toEqual([{ session: sessionId, by: 'wrong_answers' }])
  })

  test('of 16 wrong guesses at once at most five are judged', async () => {
    const owner = await person(running)
    await owner.browser.session()
    const guesses = Array.from({ length: 16 }, (_, each) =>
      owner.browser.post('/api/password-check', { password: `guess ${each}` }),
    )
    const answers = await Promise.all(guesses)
    expect(answers.filter(({ status }) => status === 422).length).toBeLessThan(5)
    expect((await owner.browser.session()).body.account).toBeNull()
    const accountId = await accountIdOf(running, owner.email)
    const refused = (await audit(running, 'password.refused')).filter((entry) => entry['account_id'] === accountId)
    expect(refused.length).toBeGreaterThanOrEqual(5)
  })
})
