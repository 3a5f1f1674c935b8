import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { authenticator } from 'sallyport/testing'
import { person } from '../support/account.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { answer, elsewhere, enroll, sentCode, signIn, confirmed } from '../support/person.ts'
import { pageHeaders, rawRequest } from '../support/raw.ts'
import { logins, sendingWays, ways } from '../support/ways.ts'

const second = 1000
const minute = 60 * second
const step = 30 * second

/** Someone whose app has given no code for a while, at the beginning of a step. */
async function appOwner(running: RunningConsole) {
  const owner = await person(running)
  const { enrollmentId, secret, recoveryCodes } = await enroll(running, owner, 'totp')
  running.clock.advance(10 * minute)
  running.clock.advance(step - (running.clock() % step))
  return {
    owner,
    enrollmentId,
    recoveryCodes,
    codeAt: (steps: number) => authenticator(secret).codeAt(running.clock() + steps * step),
  }
}

describe.each(databases)('replay on %s', (on) => {
  let running: RunningConsole
  let strict: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on })
    strict = await runConsole({ on, profile: 'strict' })
  })
  afterAll(() => Promise.all([running.close(), strict.close()]))

  test.each(logins)(
    'RP-01 RP-02 RP-10 RP-11 · what was accepted once is refused in the same challenge, another one and another browser: $name',
    async (way) => {
      const first = await way.begin(running)
      const copied = first.browser.copy()
      const used = first.right()
      expect((await first.answer(used)).status).toBe(200)

      const same = await first.answer(used, copied)
      expect([same.status, same.body.code]).toEqual([401, 'challenge_closed'])
      expect((await copied.session()).body.account).toBeNull()
      expect((await first.answer(used)).body.code).toBe('challenge_not_found')

      const next = await first.again()
      const again = await next.answer(used)
      expect([again.status, again.body.code]).toEqual([401, 'answer_wrong'])
      expect(await next.done()).toBe(false)
    },
  )

  test('RP-02 · a code of an app is good for one login within its step', async () => {
    const { owner, enrollmentId, codeAt } = await appOwner(running)
    const [one, two] = [elsewhere(owner), elsewhere(owner)]
    await signIn(one)
    await signIn(two)
    expect((await answer(one.browser, enrollmentId, codeAt(0))).status).toBe(200)
    expect((await answer(two.browser, enrollmentId, codeAt(0))).body.code).toBe('answer_wrong')
    // Nor the one before it, which nobody has used.
    expect((await answer(two.browser, enrollmentId, codeAt(-1))).body.code).toBe('answer_wrong')
    running.clock.advance(step)
    expect((await answer(two.browser, enrollmentId, codeAt(0))).status).toBe(200)
  })

  test('RP-02 · the code that confirmed an app opens no login', async () => {
    const owner = await person(running)
    const begun = (await confirmed(running, owner, 'POST', '/api/mfa/methods', { method: 'totp' })).body
    const code = authenticator(begun.setup.secret).codeAt(running.clock())
    await owner.browser.post(`/api/mfa/methods/${begun.enrollmentId}/confirm`, {
      challengeId: begun.challenge.id,
      answer: code,
    })
    running.clock.advance(10)
    const there = elsewhere(owner)
    await signIn(there)
    expect((await answer(there.browser, begun.enrollmentId, code)).body.code).toBe('answer_wrong')
  })

  test.each(sendingWays)('RP-06 · after a resend only the newest code works: $name', async (way) => {
    const attempting = await way.begin(running)
    const first = attempting.right()
    running.clock.advance(4 * minute)
    expect((await attempting.resend()).status).toBe(200)
    const refused = await attempting.answer(first)
    expect([refused.status, refused.body.code]).toEqual([401, 'answer_wrong'])
    expect((await attempting.answer(attempting.right())).status).toBe(200)
  })

  test.each(sendingWays)('RP-08 · a code is good up to its last second and not after: $name', async (way) => {
    const late = await way.begin(running)
    running.clock.advance(300 * second + 1)
    const refused = await late.answer(late.right())
    expect([refused.status, refused.body.code]).toEqual([401, 'answer_wrong'])
    const timely = await late.again()
    running.clock.advance(299 * second)
    expect((await timely.answer(timely.right())).status).toBe(200)
  })

  test.each(ways)('RP-08 · when the challenge is over no code helps: $name', async (way) => {
    const attempting = await way.begin(running)
    running.clock.advance(601 * second)
    const refused = await attempting.answer(attempting.right())
    expect([refused.status, refused.body.code]).toEqual([401, 'challenge_closed'])
    expect(await attempting.done()).toBe(false)
  })

  test('RP-08 · the strict profile ends codes after a minute and challenges after five', async () => {
    const byEmail = await logins.find(({ method }) => method === 'email')!.begin(strict)
    strict.clock.advance(59 * second)
    const eightDigits = byEmail.right()
    expect(eightDigits).toMatch(/^\d{8}$/)
    strict.clock.advance(2 * second)
    expect((await byEmail.answer(eightDigits)).body.code).toBe('answer_wrong')
    const byApp = await logins.find(({ method }) => method === 'totp')!.begin(strict)
    strict.clock.advance(301 * second)
    expect((await byApp.answer(byApp.right())).body.code).toBe('challenge_closed')
  })

  test.each([
    ['standard', -2, 'answer_wrong'],
    ['standard', -1, undefined],
    ['standard', 0, undefined],
    ['standard', 1, 'answer_wrong'],
    ['strict', -1, 'answer_wrong'],
    ['strict', 0, undefined],
    ['strict', 1, 'answer_wrong'],
  ])(
    'RP-09 · the %s profile takes an app’s code of step %i only if it may, whatever time the request claims',
    async (profile, offset, code) => {
      const console = profile === 'strict' ? strict : running
      const { owner, enrollmentId, codeAt } = await appOwner(console)
      const { browser } = elsewhere(owner)
      await signIn({ ...owner, browser })
      const claimed = new Date(console.clock() + offset * step).toUTCString()
      const headers = {
        ...(await pageHeaders(browser)),
        date: claimed,
        'if-unmodified-since': claimed,
        'x-request-start': claimed,
      }
      const body = JSON.stringify({ enrollmentId, answer: codeAt(offset) })
      const answered = await rawRequest(console.origin, {
        method: 'POST',
        path: '/api/mfa/challenge/answer',
        headers,
        body,
      })
      expect([answered.status, JSON.parse(answered.text).code]).toEqual(
        code === undefined ? [200, undefined] : [401, code],
      )
    },
  )

  test('RP-10 · a recovery code works once, however it is written', async () => {
    const { owner, recoveryCodes } = await appOwner(running)
    const there = elsewhere(owner)
    const backup = (await signIn(there)).body.challenge.methods.at(-1).enrollmentId
    expect((await answer(there.browser, backup, recoveryCodes[3]!)).status).toBe(200)
    for (const written of [recoveryCodes[3]!, recoveryCodes[3]!.toUpperCase(), recoveryCodes[3]!.replaceAll('-', '')]) {
      const other = elsewhere(owner)
      await signIn(other)
      expect((await answer(other.browser, backup, written)).body.code).toBe('answer_wrong')
    }
  })

  test('RP-11 · a set-up that is confirmed confirms nothing more', async () => {
    const owner = await person(running)
    const begun = (await confirmed(running, owner, 'POST', '/api/mfa/methods', { method: 'email' })).body
    const confirm = { challengeId: begun.challenge.id, answer: sentCode(running, owner.email) }
    const path = `/api/mfa/methods/${begun.enrollmentId}/confirm`
    expect((await owner.browser.post(path, confirm)).status).toBe(200)
    const again = await owner.browser.post(path, confirm)
    expect(again.status).toBeGreaterThanOrEqual(400)
    expect(again.text).not.toContain('recoveryCodes')
  })

  test('RP-13 SC-05 · signing out ends the session, its cookie and its CSRF token on the server', async () => {
    const owner = await person(running)
    const { enrollmentId } = await enroll(running, owner, 'totp')
    const headers = await pageHeaders(owner.browser)
    const copied = owner.browser.copy()
    const out = await owner.browser.post('/api/sign-out')
    expect([out.status, out.headers.get('clear-site-data')]).toEqual([204, '"cache", "storage"'])
    expect(owner.browser.cookies.has('__Host-console-session')).toBe(false)
    expect((await copied.get('/api/mfa/methods')).body.code).toBe('not_signed_in')
    expect((await copied.session()).body.account).toBeNull()
    const body = JSON.stringify({ name: 'mine now' })
    const renamed = await rawRequest(running.origin, {
      method: 'PATCH',
      path: `/api/mfa/methods/${enrollmentId}`,
      headers,
      body,
    })
    expect([401, 403]).toContain(renamed.status)
  })
})
