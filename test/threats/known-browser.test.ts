import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { person } from '../support/account.ts'
import { bytesOf } from '../support/bytes.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import {
  answer,
  codeFor,
  confirmed,
  elsewhere,
  enroll,
  type Enrolled,
  type Person,
  sentCode,
  signIn,
  wrongCode,
} from '../support/person.ts'
import {
  complete,
  flipped,
  holding,
  knownCookie,
  tokenForm,
  tokenOf,
  trustedCookie,
  withPassword,
} from '../support/trusted.ts'
import { Visitor } from '../support/visitor.ts'

const minute = 60_000
const day = 24 * 60 * minute

describe.each(databases)('D7 · a known browser on %s', (on) => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on })
  })
  afterAll(() => running.close())

  /** Someone with MFA, and a browser in which they have completed a login. */
  async function withKnown(): Promise<{ owner: Person; app: Enrolled; known: Person }> {
    const owner = await person(running)
    const app = await enroll(running, owner, 'totp')
    const known = elsewhere(owner)
    await signIn(known)
    await complete(running, known, app)
    await known.browser.post('/api/sign-out')
    return { owner, app, known }
  }

  /** Wrong codes at a browser, from one challenge to the next; what each was answered. */
  async function guess({ browser, ...owner }: Person, { enrollmentId, secret }: Enrolled, tries = 10) {
    const answers: string[] = []
    while (answers.length < tries) {
      expect((await signIn({ ...owner, browser })).body.status).toBe('challenge')
      for (let count = 0; count < 5 && answers.length < tries; count += 1) {
        const wrong = await answer(browser, enrollmentId, wrongCode(codeFor(running, owner, 'totp', secret)))
        answers.push(wrong.headers.get('retry-after') ?? wrong.body.code)
      }
    }
    return answers
  }

  const lock = async (owner: Person, app: Enrolled): Promise<string> =>
    (await guess(elsewhere(owner), app)).at(-1) ?? ''

  const right = ({ browser, ...owner }: Person, { enrollmentId, secret }: Enrolled) => {
    running.clock.advance(30_000)
    return answer(browser, enrollmentId, codeFor(running, owner, 'totp', secret))
  }

  test('signs its owner in with both factors while strangers, who know the password, are locked out and stay so', async () => {
    const { owner, app, known } = await withKnown()
    const stranger = elsewhere(owner)
    await signIn(stranger)
    const early = { ...known, browser: known.browser.copy() }
    await signIn(early)
    expect(await lock(owner, app)).toBe('900')
    expect((await right(stranger, app)).body.code).toBe('account_locked')

    const begun = await signIn(known)
    expect(begun.body).toMatchObject({ status: 'challenge', challenge: { lockedForSeconds: 0 } })
    const wrong = await answer(known.browser, app.enrollmentId, wrongCode(codeFor(running, owner, 'totp', app.secret)))
    expect([wrong.status, wrong.body.code, wrong.body.attemptsLeft]).toEqual([401, 'answer_wrong', 4])
    expect((await right(known, app)).status).toBe(200)
    expect((await right(early, app)).status).toBe(200)

    // Nobody else has gained anything by that: neither this lock nor how long the next one is.
    expect((await right(stranger, app)).body.code).toBe('account_locked')
    const fresh = elsewhere(owner)
    expect((await signIn(fresh)).body.challenge.lockedForSeconds).toBeGreaterThan(600)
    expect((await right(fresh, app)).body.code).toBe('account_locked')
    running.clock.advance(15 * minute)
    expect(await lock(owner, app)).toBe('1800')
  })

  test('has as many tries as strangers have, and is then locked out with them', async () => {
    const { owner, app, known } = await withKnown()
    expect(await lock(owner, app)).toBe('900')
    expect(await guess(known, app)).toEqual(Array.from({ length: 10 }, () => 'answer_wrong'))
    expect((await signIn(known)).body.challenge.lockedForSeconds).toBe(900)
    expect((await right(known, app)).body.code).toBe('account_locked')
    running.clock.advance(15 * minute)
    await signIn(known)
    expect((await right(known, app)).status).toBe(200)
    // A right answer there starts the count there again.
    expect(await lock(owner, app)).toBe('900')
    await signIn(known)
    expect((await right(known, app)).status).toBe(200)
  })

  test('is sent codes that strangers are not', async () => {
    const { owner, app } = await withKnown()
    const { enrollmentId } = await enroll(running, owner, 'sms')
    running.clock.advance(61 * minute)
    const known = elsewhere(owner)
    await signIn(known)
    await complete(running, known, app)
    expect(await lock(owner, app)).toBe('900')
    const stranger = elsewhere(owner)
    await signIn(stranger)
    const send = (by: Person) => by.browser.post('/api/mfa/challenge/prompt', { enrollmentId })
    expect((await send(stranger)).body.code).toBe('account_locked')
    await signIn(known)
    expect((await send(known)).status).toBe(200)
    expect((await answer(known.browser, enrollmentId, sentCode(running, owner.phone))).status).toBe(200)
  })

  test('opens nothing and skips nothing by its cookie, and helps no other account', async () => {
    const { owner, app, known } = await withKnown()
    const other = await withKnown()
    const cookie = tokenOf(known, knownCookie)
    expect(cookie).toMatch(tokenForm)
    const thief = (value: string) => holding(running.origin, { [knownCookie]: value, [trustedCookie]: value })
    const alone = thief(cookie)
    expect((await alone.session()).body.account).toBeNull()
    expect((await alone.get('/api/mfa/challenge')).status).toBe(404)
    const given = { email: owner.email, password: 'not the password' }
    const [with_, without] = [
      await alone.post('/api/sign-in', given),
      await new Visitor(running.origin).post('/api/sign-in', given),
    ]
    expect(bytesOf(with_)).toEqual(bytesOf(without))
    expect(await withPassword({ ...owner, browser: alone })).toBe('challenge')
    expect((await alone.session()).body.account).toBeNull()

    expect(await lock(owner, app)).toBe('900')
    for (const value of [tokenOf(other.known, knownCookie), flipped(cookie, 0), cookie.slice(1), '']) {
      const there = { ...owner, browser: thief(value) }
      expect((await signIn(there)).body.challenge.lockedForSeconds).toBeGreaterThan(600)
      expect([value, (await right(there, app)).body.code]).toEqual([value, 'account_locked'])
    }
  })

  test('is known for 180 days, and until all trust is ended or MFA is turned off', async () => {
    const ways = [
      async ({ owner }: { owner: Person }) => {
        expect((await owner.browser.send('DELETE', '/api/mfa/devices')).status).toBe(204)
        return null
      },
      async ({ owner }: { owner: Person }) => {
        expect((await confirmed(running, owner, 'POST', '/api/mfa/disable')).status).toBe(204)
        return await enroll(running, owner, 'totp')
      },
      () => {
        running.clock.advance(180 * day)
        return Promise.resolve(null)
      },
    ]
    for (const way of ways) {
      const { owner, app, known } = await withKnown()
      const now = (await way({ owner })) ?? app
      expect(await lock(owner, now)).toBe('900')
      expect((await signIn(known)).body.challenge.lockedForSeconds).toBe(900)
      expect((await right(known, now)).body.code).toBe('account_locked')
    }
    const { owner, app, known } = await withKnown()
    running.clock.advance(180 * day - 31_000)
    expect(await lock(owner, app)).toBe('900')
    await signIn(known)
    expect((await right(known, app)).status).toBe(200)
  })
})
