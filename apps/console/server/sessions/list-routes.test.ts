import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAddress, person } from '../../../../test/support/account.ts'
import { signInApp, withApp } from '../../../../test/support/app.ts'
import { databases, runConsole } from '../../../../test/support/console.ts'
import type { RunningConsole } from '../../../../test/support/console.ts'
import { answer, codeFor, confirmed, elsewhere, enroll, passStepUp, signIn } from '../../../../test/support/person.ts'
import type { Enrolled, Person } from '../../../../test/support/person.ts'
import { accountIdOf, audit, tablesOf } from '../../../../test/support/tables.ts'
import type { Answer } from '../../../../test/support/visitor.ts'

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

describe.each(databases)('the sessions of an account on %s', (on) => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on })
  })
  afterAll(() => running.close())

  const list = async ({ browser }: Person) => (await browser.get('/api/sessions')).body.sessions
  const isSignedIn = async ({ browser }: Person): Promise<boolean> => (await browser.session()).body.account !== null
  const idOf = async (owner: Person): Promise<string> =>
    (await list(owner)).find((each: { current: boolean }) => each.current).sessionId
  const end = (owner: Person, sessionId: string): Promise<Answer> =>
    confirmed(running, owner, 'POST', `/api/sessions/${sessionId}/end`)

  /** The same person in another browser. */
  async function another(owner: Person, app?: Enrolled): Promise<Person> {
    const there = elsewhere(owner)
    running.clock.advance(30_000)
    await signIn(there)
    if (app !== undefined) {
      const code = codeFor(running, owner, 'totp', app.secret)
      expect((await answer(there.browser, app.enrollmentId, code)).status).toBe(200)
    }
    expect(await isSignedIn(there)).toBe(true)
    return there
  }

  async function ended(owner: Person): Promise<readonly unknown[]> {
    const id = await accountIdOf(running, owner.email)
    const entries = (await audit(running, 'session.ended')).filter((entry) => entry['account_id'] === id)
    return entries.map((entry) => JSON.parse(entry['detail']))
  }

  test('SC-10 are listed with browser, address and times, and the one that asks is marked', async () => {
    const owner = await person(running)
    const at = new Date(running.clock()).toISOString()
    running.clock.advance(60_000)
    const later = new Date(running.clock()).toISOString()
    const there = elsewhere(owner)
    const { csrf } = (await there.browser.session()).body
    const headers = { 'x-csrf-token': csrf, 'user-agent': firefox }
    const body = { email: owner.email, password: owner.password }
    expect((await there.browser.request('/api/sign-in', { method: 'POST', body, headers })).status).toBe(200)
    const inApp = withApp(owner)
    running.clock.advance(1000)
    await signInApp(running, inApp)
    const sessions = await list(owner)
    expect(sessions).toMatchObject([
      { kind: 'app', current: false },
      { kind: 'browser', browser: 'Firefox on Linux', ip: '127.0.0.1', signedInAt: later, current: false },
      { kind: 'browser', ip: '127.0.0.1', signedInAt: at, lastSeenAt: expect.any(String), current: true },
    ])
    expect((await list(inApp)).map((each: { current: boolean }) => each.current)).toEqual([true, false, false])
    expect(sessions.map((each: { secondFactor: boolean }) => each.secondFactor)).toEqual([false, false, false])
    expect(new Set(sessions.map((each: { sessionId: string }) => each.sessionId)).size).toBe(3)
  })

  test('SC-10 ending one takes the password again, and ends that one alone', async () => {
    const owner = await person(running)
    const [one, other] = [await another(owner), await another(owner)]
    const id = await idOf(one)
    const first = await owner.browser.post(`/api/sessions/${id}/end`)
    expect([first.status, first.body.code]).toEqual([403, 'own_check_required'])
    expect(await isSignedIn(one)).toBe(true)
    expect((await end(owner, id)).status).toBe(204)
    expect([await isSignedIn(one), await isSignedIn(other), await isSignedIn(owner)]).toEqual([false, true, true])
    expect((await list(owner)).map((each: { sessionId: string }) => each.sessionId)).not.toContain(id)
    expect((await end(owner, id)).body.code).toBe('session_not_found')
    expect(await ended(owner)).toEqual([{ session: id, by: 'another_session' }])
  })

  test('SC-10 with a second factor it takes that, for the one session it was asked for', async () => {
    const owner = await person(running)
    const app = await enroll(running, owner, 'totp')
    const [one, other] = [await another(owner, app), await another(owner, app)]
    const [first, second] = [await idOf(one), await idOf(other)]
    expect((await list(owner)).map((each: { secondFactor: boolean }) => each.secondFactor)).toEqual([true, true, true])
    const asked = await owner.browser.post(`/api/sessions/${first}/end`)
    expect([asked.status, asked.body.code]).toEqual([403, 'step_up_required'])
    const challengeId = await passStepUp(running, owner, asked.body.challenge)
    const send = (id: string): Promise<Answer> =>
      owner.browser.send('POST', `/api/sessions/${id}/end`, {}, { 'x-step-up': challengeId })
    expect((await send(second)).body.code).toBe('step_up_mismatch')
    expect((await send(first)).status).toBe(204)
    expect([await isSignedIn(one), await isSignedIn(other), await isSignedIn(owner)]).toEqual([false, true, true])
    // Nor does it end all others.
    const all = await owner.browser.send('POST', '/api/sessions/end-others', {}, { 'x-step-up': challengeId })
    expect(all.status).toBe(403)
  })

  test('what was confirmed and begun in a session ends with it', async () => {
    const owner = await person(running)
    const app = await enroll(running, owner, 'totp')
    const thief = await another(owner, app)
    const kept = thief.browser.copy()
    const changing = await confirmed(running, thief, 'POST', '/api/account/email', { email: newAddress() })
    expect(changing.status, changing.text).toBeLessThan(300)
    const asked = await thief.browser.post('/api/sessions/end-others')
    await passStepUp(running, thief, asked.body.challenge)
    expect((await end(owner, await idOf(thief))).status).toBe(204)
    const accountId = await accountIdOf(running, owner.email)
    const { sallyport_grant: grants = [], contact_change: changes = [] } = await tablesOf(running)
    expect([...grants, ...changes].filter((row) => row['account_id'] === accountId)).toEqual([])
    expect((await kept.session()).body.account).toBeNull()
  })

  test('an app is signed out with its access token and its refresh token', async () => {
    const owner = await person(running)
    const inApp = withApp(owner)
    // So that it is the newest.
    running.clock.advance(1000)
    await signInApp(running, inApp)
    const [{ sessionId }] = await list(owner)
    expect((await end(owner, sessionId)).status).toBe(204)
    expect((await inApp.browser.request('/api/account')).status).toBe(401)
    expect((await inApp.browser.refresh()).body.code).toBe('token_invalid')
    expect(await isSignedIn(owner)).toBe(true)
  })

  test('ending the one that asks is signing out, and takes nothing else', async () => {
    const owner = await person(running)
    await enroll(running, owner, 'totp')
    const id = await idOf(owner)
    const kept = owner.browser.copy()
    const out = await owner.browser.post(`/api/sessions/${id}/end`)
    expect(out.status).toBe(204)
    expect(out.headers.get('clear-site-data')).toBe('"cache", "storage"')
    expect(owner.browser.cookies.has('__Host-console-session')).toBe(false)
    expect((await kept.get('/api/sessions')).status).toBe(401)
    expect(await ended(owner)).toEqual([{ session: id, by: 'sign_out' }])
  })

  test('an id of any other form is no session', async () => {
    const owner = await person(running)
    for (const id of ['x', 'A'.repeat(43), '..', '%2e%2e', "'%20or%201=1", 'A'.repeat(65)]) {
      const refused = await owner.browser.post(`/api/sessions/${id}/end`)
      expect([id, refused.status >= 400 && refused.status < 500]).toEqual([id, true])
    }
    expect(await isSignedIn(owner)).toBe(true)
  })

  test('AU-01 whatever ends a session is in the log: signing out, an app too, ending the others, and signing in anew', async () => {
    const owner = await person(running)
    const there = await another(owner)
    const id = await idOf(there)
    expect((await there.browser.post('/api/sign-out')).status).toBe(204)
    const inApp = withApp(owner)
    await signInApp(running, inApp)
    const [{ sessionId }] = await list(owner)
    expect((await inApp.browser.mobile('sign-out', { refreshToken: inApp.browser.tokens?.refreshToken })).status).toBe(
      204,
    )
    await another(owner)
    expect((await confirmed(running, owner, 'POST', '/api/sessions/end-others')).status).toBe(204)
    expect(await ended(owner)).toEqual([
      { session: id, by: 'sign_out' },
      { session: sessionId, by: 'sign_out' },
      { count: 1, by: 'end_others' },
    ])
    // Nobody was signed in here.
    expect((await elsewhere(owner).browser.post('/api/sign-out')).status).toBe(204)
    expect(await ended(owner)).toHaveLength(3)
    // What is proved in the very millisecond in which sessions were ended is from before.
    running.clock.advance(1)
    const last = await idOf(owner)
    expect((await signIn(owner)).body.status).toBe('signed_in')
    expect((await ended(owner)).slice(3)).toEqual([{ session: last, by: 'replaced' }])
    const other = await person(running)
    const mine = await idOf(owner)
    // Whoever signs in, it is the account that was signed in before which is told.
    expect((await signIn({ ...other, browser: owner.browser })).body.status).toBe('signed_in')
    expect((await ended(owner)).slice(4)).toEqual([{ session: mine, by: 'replaced' }])
    expect(await ended(other)).toEqual([])
  })
})
