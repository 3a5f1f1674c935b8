import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { authenticator } from 'sallyport/testing'
import { person } from '../../../../test/support/account.ts'
import { databases, runConsole } from '../../../../test/support/console.ts'
import type { RunningConsole } from '../../../../test/support/console.ts'
import { answer, confirmed, elsewhere, enroll, passStepUp, signIn } from '../../../../test/support/person.ts'
import type { Person } from '../../../../test/support/person.ts'
import { accountIdOf, tablesOf } from '../../../../test/support/tables.ts'

describe.each(databases)('ending other sessions on %s', (on) => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on })
  })
  afterAll(() => running.close())

  const isSignedIn = async ({ browser }: Person): Promise<boolean> => (await browser.session()).body.account !== null
  const endOthers = (owner: Person) => confirmed(running, owner, 'POST', '/api/sessions/end-others')

  test('only the session that asks stays, and its old cookie opens nothing', async () => {
    const owner = await person(running)
    const other = elsewhere(owner)
    await signIn(other)
    const stolen = { ...owner, browser: owner.browser.copy() }
    running.clock.advance(1_000)
    expect((await owner.browser.post('/api/sessions/end-others')).body.code).toBe('own_check_required')
    expect((await endOthers(owner)).status).toBe(204)
    expect(await isSignedIn(owner)).toBe(true)
    expect(await isSignedIn(other)).toBe(false)
    expect(await isSignedIn(stolen)).toBe(false)
  })

  test('a login that began before makes no session, though its code is right', async () => {
    const owner = await person(running)
    const { enrollmentId, secret } = await enroll(running, owner, 'totp')
    const pending = elsewhere(owner)
    expect((await signIn(pending)).body.status).toBe('challenge')
    running.clock.advance(1_000)
    expect((await endOthers(owner)).status).toBe(204)
    running.clock.advance(30_000)
    const late = await answer(pending.browser, enrollmentId, authenticator(secret).codeAt(running.clock()))
    expect(late.status).toBe(401)
    expect(await isSignedIn(pending)).toBe(false)
    expect(await isSignedIn(owner)).toBe(true)
  })

  test('D6 no browser is trusted any more, the one that asks included', async () => {
    const owner = await person(running)
    const { enrollmentId, secret } = await enroll(running, owner, 'totp')
    const there = elsewhere(owner)
    await signIn(there)
    const code = authenticator(secret).codeAt(running.clock())
    const trusting = { enrollmentId, answer: code, remember: true }
    expect((await there.browser.post('/api/mfa/challenge/answer', trusting)).status).toBe(200)
    expect((await signIn(there)).body.status).toBe('signed_in')
    expect((await there.browser.get('/api/mfa/devices')).body.devices).toHaveLength(1)
    running.clock.advance(1_000)
    expect((await endOthers(owner)).status).toBe(204)
    expect((await owner.browser.get('/api/mfa/devices')).body.devices).toEqual([])
    await there.browser.session()
    expect((await signIn(there)).body.status).toBe('challenge')
  })

  test('SU-04 S6 what was confirmed is over at sign-out, whoever kept the cookie', async () => {
    const owner = await person(running)
    await enroll(running, owner, 'totp')
    const first = await owner.browser.post('/api/sessions/end-others')
    expect(first.body.code).toBe('step_up_required')
    const challengeId = await passStepUp(running, owner, first.body.challenge)
    const kept = owner.browser.copy()
    await kept.session()
    expect((await owner.browser.post('/api/sign-out')).status).toBe(204)
    const ridden = await kept.send('POST', '/api/sessions/end-others', {}, { 'x-step-up': challengeId })
    expect(ridden.status).toBeGreaterThanOrEqual(401)
    const accountId = await accountIdOf(running, owner.email)
    const grants = (await tablesOf(running))['sallyport_grant'] ?? []
    expect(grants.filter((grant) => grant['account_id'] === accountId)).toEqual([])
  })

  test('SC-02 a step-up gives the session a new cookie and the old one opens nothing', async () => {
    const owner = await person(running)
    await enroll(running, owner, 'totp')
    const first = await owner.browser.post('/api/sessions/end-others')
    const old = { ...owner, browser: owner.browser.copy() }
    await passStepUp(running, owner, first.body.challenge)
    expect(await isSignedIn(owner)).toBe(true)
    expect(await isSignedIn(old)).toBe(false)
  })
})
