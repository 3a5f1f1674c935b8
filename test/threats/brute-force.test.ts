import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EmailMessage, SmsMessage } from 'sallyport'
import { email } from 'sallyport/methods/email'
import { sms } from 'sallyport/methods/sms'
import { codeIn } from 'sallyport/testing'
import { person } from '../support/account.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { settings } from '../support/methods.ts'
import {
  answer,
  codeFor,
  elsewhere,
  enroll,
  type Enrolled,
  type Person,
  signIn,
  wrongCode,
  answerStepUp,
  confirmed,
} from '../support/person.ts'
import { pageHeaders, rawRequest } from '../support/raw.ts'
import { accountIdOf, audit, tablesOf } from '../support/tables.ts'
import { waysOfAccounts, waysToFail } from '../support/ways.ts'

const minute = 60_000
const triesPerChallenge = 5
const triesPerAccount = 10

async function failuresOf(running: RunningConsole, accountId: string): Promise<number> {
  const rows = (await tablesOf(running))['sallyport_account'] ?? []
  return rows.find((row) => row['account_id'] === accountId)?.['failures'] ?? 0
}

/** Wrong codes in as many challenges as it takes, until the account is locked; what the last one was answered. */
async function lock(running: RunningConsole, owner: Person, enrollmentId: string, secret: string) {
  for (let tries = 0; tries < 100; tries += triesPerChallenge) {
    const there = elsewhere(owner)
    expect((await signIn(there)).body.status).toBe('challenge')
    for (let count = 0; count < triesPerChallenge; count += 1) {
      const wrong = await answer(there.browser, enrollmentId, wrongCode(codeFor(running, owner, 'totp', secret)))
      if (wrong.body.code === 'account_locked') return { wrong, browser: there.browser, tries: tries + count + 1 }
    }
  }
  throw new Error('the account was never locked')
}

describe.each(databases)('brute force on %s', (on) => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on })
  })
  afterAll(() => running.close())

  test.each(waysToFail)(
    'BF-01 BF-03 · the last wrong try ends the challenge, and neither a new code nor the right one helps: $name',
    async (way) => {
      const attempting = await way.begin(running)
      for (let left = triesPerChallenge - 1; left >= 0; left -= 1) {
        if (way.sends && left === 2) {
          running.clock.advance(minute)
          expect((await attempting.resend()).status).toBe(200)
        }
        const wrong = await attempting.answer(attempting.wrong())
        expect([wrong.status, wrong.body.code, wrong.body.attemptsLeft]).toEqual([401, 'answer_wrong', left])
      }
      const late = await attempting.answer(attempting.right())
      expect([late.status, late.body.code]).toEqual([401, 'challenge_closed'])
      expect(late.headers.getSetCookie().join()).not.toContain('session=')
      expect(await attempting.done()).toBe(false)
    },
  )

  test.each(waysOfAccounts)(
    'BF-02 BF-11 · wrong codes add up over challenges until the account is locked: $name',
    async (way) => {
      let attempting = await way.begin(running)
      for (let tries = 1; tries < triesPerAccount; tries += 1) {
        const wrong = await attempting.answer(attempting.wrong())
        expect([tries, wrong.body.code]).toEqual([tries, 'answer_wrong'])
        if (tries % (triesPerChallenge - 1) === 0) attempting = await attempting.again()
      }
      const last = await attempting.answer(attempting.wrong())
      expect([last.status, last.body.code, last.headers.get('retry-after')]).toEqual([429, 'account_locked', '900'])
      const right = await attempting.answer(attempting.right())
      expect([right.status, right.body.code]).toEqual([429, 'account_locked'])
      expect(await attempting.done()).toBe(false)
    },
  )

  test('BF-04 BF-11 · guesses spread over every method and way share one counter of the account', async () => {
    const owner = await person(running)
    const app = await enroll(running, owner, 'totp')
    const byEmail = await enroll(running, owner, 'email')
    const bySms = await enroll(running, owner, 'sms')
    running.clock.advance(20 * minute)
    const accountId = await accountIdOf(running, owner.email)

    // Before the first wrong one: the right answer that this takes would clear them.
    const begun = await confirmed(running, owner, 'POST', '/api/mfa/methods', { method: 'totp' })
    const { enrollmentId, challenge: adding, setup } = begun.body
    const { browser } = elsewhere(owner)
    const { challenge } = (await signIn({ ...owner, browser })).body
    const backup = challenge.methods.at(-1).enrollmentId
    const wrong: string[] = []
    wrong.push(
      (await answer(browser, app.enrollmentId, wrongCode(codeFor(running, owner, 'totp', app.secret)))).body.code,
    )
    wrong.push(
      (
        await answer(
          browser,
          backup,
          app.recoveryCodes[0]!.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
        )
      ).body.code,
    )
    for (const [method, { enrollmentId: own }] of [
      ['email', byEmail],
      ['sms', bySms],
    ] as const) {
      expect((await browser.post('/api/mfa/challenge/prompt', { enrollmentId: own })).status).toBe(200)
      wrong.push((await answer(browser, own, wrongCode(codeFor(running, owner, method)))).body.code)
    }
    expect(await failuresOf(running, accountId)).toBe(4)

    for (let tries = 0; tries < 3; tries += 1) {
      const code = wrongCode(codeFor(running, owner, 'totp', setup.secret))
      const refused = await owner.browser.post(`/api/mfa/methods/${enrollmentId}/confirm`, {
        challengeId: adding.id,
        answer: code,
      })
      wrong.push(refused.body.code)
    }
    for (const [method, path] of [
      ['POST', '/api/mfa/disable'],
      ['POST', '/api/mfa/recovery-codes'],
    ] as const) {
      const { id } = (await owner.browser.send(method, path)).body.challenge
      const code = wrongCode(codeFor(running, owner, 'totp', app.secret))
      wrong.push((await answerStepUp(owner.browser, id, app.enrollmentId, code)).body.code)
    }
    expect(wrong).toEqual(Array.from({ length: 9 }, () => 'answer_wrong'))
    const tenth = await answer(browser, app.enrollmentId, wrongCode(codeFor(running, owner, 'totp', app.secret)))
    expect(tenth.status).toBe(429)
  })

  test('BF-05 · the right password clears nothing', async () => {
    const owner = await person(running)
    const { enrollmentId, secret } = await enroll(running, owner, 'totp')
    const { browser } = elsewhere(owner)
    for (let tries = 1; tries <= triesPerAccount; tries += 1) {
      await signIn({ ...owner, browser })
      const wrong = await answer(browser, enrollmentId, wrongCode(codeFor(running, owner, 'totp', secret)))
      expect([tries, wrong.status]).toEqual([tries, tries < triesPerAccount ? 401 : 429])
    }
  })

  test('BF-08 HS-01 · fifty source addresses have no more tries than one, and each is in the audit log', async () => {
    const owner = await person(running)
    const { enrollmentId, secret } = await enroll(running, owner, 'totp')
    const code = wrongCode(codeFor(running, owner, 'totp', secret))
    const judged: string[] = []
    let browser = elsewhere(owner).browser
    await signIn({ ...owner, browser })
    for (let source = 1; source <= 50; source += 1) {
      const headers = await pageHeaders(browser)
      const body = JSON.stringify({ enrollmentId, answer: code })
      const path = '/api/mfa/challenge/answer'
      const refused = await rawRequest(running.origin, {
        method: 'POST',
        path,
        headers,
        body,
        from: `127.0.0.${source + 1}`,
      })
      judged.push(JSON.parse(refused.text).code)
      if (judged.at(-1) === 'challenge_closed' || judged.length === triesPerChallenge) {
        browser = elsewhere(owner).browser
        await signIn({ ...owner, browser })
      }
    }
    expect(judged.filter((each) => each === 'answer_wrong')).toHaveLength(triesPerAccount - 1)
    expect(judged.filter((each) => each === 'account_locked')).toHaveLength(41)
    const accountId = await accountIdOf(running, owner.email)
    const ips = (await audit(running, 'attempt.refused'))
      .filter((entry) => entry['account_id'] === accountId)
      .map((entry) => entry['ip'])
    expect(new Set(ips).size).toBe(50)
    expect(ips).toContain('127.0.0.37')
  })

  test('BF-17 · each lock is twice as long as the one before, and Retry-After says so', async () => {
    const owner = await person(running)
    const { enrollmentId, secret } = await enroll(running, owner, 'totp')
    for (const seconds of [900, 1800, 3600]) {
      const { wrong, browser, tries } = await lock(running, owner, enrollmentId, secret)
      expect([tries, wrong.status, wrong.headers.get('retry-after')]).toEqual([triesPerAccount, 429, String(seconds)])
      expect(wrong.body.retryAfterSeconds).toBe(seconds)
      running.clock.advance((seconds - 1) * 1000)
      const there = elsewhere(owner)
      expect((await signIn(there)).body.challenge.lockedForSeconds).toBe(1)
      const early = await answer(there.browser, enrollmentId, codeFor(running, owner, 'totp', secret))
      expect([early.status, early.headers.get('retry-after')]).toEqual([429, '1'])
      expect((await browser.session()).body.account).toBeNull()
      running.clock.advance(1000)
    }
    const there = elsewhere(owner)
    await signIn(there)
    expect((await answer(there.browser, enrollmentId, codeFor(running, owner, 'totp', secret))).status).toBe(200)
  })

  test('BF-17 · a locked account is sent no code', async () => {
    const owner = await person(running)
    const app = await enroll(running, owner, 'totp')
    const { enrollmentId } = await enroll(running, owner, 'sms')
    running.clock.advance(61 * minute)
    await lock(running, owner, app.enrollmentId, app.secret)
    const { browser } = elsewhere(owner)
    await signIn({ ...owner, browser })
    const sent = running.texts.messages.filter(({ to, text }) => to === owner.phone && text.includes('#')).length
    const refused = await browser.post('/api/mfa/challenge/prompt', { enrollmentId })
    expect([refused.status, refused.body.code]).toEqual([429, 'account_locked'])
    expect(running.texts.messages.filter(({ to, text }) => to === owner.phone && text.includes('#'))).toHaveLength(sent)
  })

  test('N4 · a wrong code after the right password is told to the owner, once an hour', async () => {
    const owner = await person(running)
    const { enrollmentId, secret } = await enroll(running, owner, 'totp')
    const told = async (): Promise<readonly number[]> => {
      await running.console.mfa.notices.deliver()
      return [running.emails, running.texts].map(
        ({ messages }) =>
          messages.filter(
            ({ to, text }) => [owner.email, owner.phone].includes(to) && text.includes('then a wrong code'),
          ).length,
      )
    }
    const { browser } = elsewhere(owner)
    await signIn({ ...owner, password: 'not the password', browser })
    expect(await told()).toEqual([0, 0])
    const guess = async () => {
      await signIn({ ...owner, browser })
      const wrong = await answer(browser, enrollmentId, wrongCode(codeFor(running, owner, 'totp', secret)))
      expect(wrong.status).toBe(401)
    }
    await guess()
    expect(await told()).toEqual([1, 1])
    running.clock.advance(60 * minute - 1)
    await guess()
    expect(await told()).toEqual([1, 1])
    running.clock.advance(1)
    await guess()
    expect(await told()).toEqual([2, 2])
  })

  test('BF-16 · a hundred wrong codes in a row, however slowly, switch the method off until it is set up anew, and the owner is told', async () => {
    const owner = await person(running)
    const app = await enroll(running, owner, 'totp')
    const other = await enroll(running, owner, 'totp')
    const { browser } = elsewhere(owner)
    const there = { ...owner, browser }
    const right = ({ enrollmentId, secret }: Enrolled) =>
      answer(browser, enrollmentId, codeFor(running, owner, 'totp', secret))
    const isOffered = async (): Promise<boolean> =>
      (await signIn(elsewhere(owner))).body.challenge.methods.some(
        (each: { enrollmentId: string }) => each.enrollmentId === app.enrollmentId,
      )
    for (let tries = 1; tries <= 100; tries += 1) {
      if (tries % triesPerChallenge === 1) await signIn(there)
      if (tries === 100) expect(await isOffered()).toBe(true)
      const wrong = await answer(browser, app.enrollmentId, wrongCode(codeFor(running, owner, 'totp', app.secret)))
      const locks = tries % triesPerAccount === 0
      expect([tries, wrong.body.code]).toEqual([tries, locks ? 'account_locked' : 'answer_wrong'])
      running.clock.advance(Math.max(minute, Number(wrong.headers.get('retry-after')) * 1000))
    }
    expect(await isOffered()).toBe(false)
    await signIn(there)
    expect([(await right(app)).status, (await right(app)).body.code]).toEqual([403, 'method_not_allowed'])
    const accountId = await accountIdOf(running, owner.email)
    const switchedOff = (await audit(running, 'method.disabled')).filter((entry) => entry['account_id'] === accountId)
    expect(switchedOff.map((entry) => entry['enrollment_id'])).toEqual([app.enrollmentId])
    await running.console.mfa.notices.deliver()
    for (const { messages } of [running.emails, running.texts]) {
      const told = messages.filter(
        ({ to, text }) => [owner.email, owner.phone].includes(to) && /no longer counts/.test(text),
      )
      expect(told).toHaveLength(1)
    }

    // Its owner gets in by the other app, and sets this one up anew; what was on the phone is good for nothing.
    expect((await right(other)).status).toBe(200)
    const { methods } = (await browser.get('/api/mfa/methods')).body
    const off = methods.filter((each: { disabled: boolean }) => each.disabled)
    expect(off.map((each: { enrollmentId: string }) => each.enrollmentId)).toEqual([app.enrollmentId])
    running.clock.advance(minute)
    expect((await confirmed(running, there, 'DELETE', `/api/mfa/methods/${app.enrollmentId}`)).status).toBe(204)
    const anew = await enroll(running, there, 'totp')
    await signIn(there)
    expect((await right(app)).status).toBe(403)
    expect((await right(anew)).status).toBe(200)
  })

  test('BF-19 · guesses at recovery codes lock the account, are audited and told to the owner', async () => {
    const way = waysOfAccounts.find(({ method }) => method === 'recovery_code')!
    let attempting = await way.begin(running)
    for (let tries = 0; tries < triesPerAccount; tries += 1) {
      if (tries === triesPerChallenge) attempting = await attempting.again()
      await attempting.answer(attempting.wrong())
    }
    const accountId = await accountIdOf(running, attempting.email)
    const events = (await audit(running)).filter((entry) => entry['account_id'] === accountId)
    expect(
      events.filter(({ event, method }) => event === 'attempt.refused' && method === 'recovery_code'),
    ).toHaveLength(10)
    expect(events.filter(({ event }) => event === 'account.locked')).toHaveLength(1)
    await running.console.mfa.notices.deliver()
    expect(running.emails.lastTo(attempting.email).subject).toContain('signing in is paused')
  })
})

describe('codes that were issued', () => {
  const secretOf = { email: 'mia@example.com', sms: '+12025550134' }

  function issued(kind: 'email' | 'sms', digits: number, count: number): string[] {
    const messages: (EmailMessage | SmsMessage)[] = []
    const sender = {
      name: 'kept',
      send: (message: EmailMessage | SmsMessage) => Promise.resolve(void messages.push(message)),
    }
    const method = (kind === 'email' ? email({ sender }) : sms({ sender }))({ ...settings, codeDigits: digits })
    const enrollment = { id: 'enrollment-1', accountId: 'account-1', secret: secretOf[kind], lastCounter: -1 }
    // The same time and the same ids for all: if the code came from them, all would be equal.
    const context = {
      now: 0,
      random: randomBytes,
      challengeId: 'challenge-1',
      purpose: 'sign in',
      unexpected: '',
      hash: () => 'hash',
    }
    for (let number = 0; number < count; number += 1)
      void method.prompt?.(context, enrollment).deliver(AbortSignal.any([]))
    return messages.map(codeIn)
  }

  function chiSquared(counts: readonly number[]): number {
    const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
    return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  }

  test.each([
    ['email', 6],
    ['sms', 6],
    ['email', 8],
    ['sms', 8],
  ] as const)(
    'BF-21 · ten thousand codes by %s of %i digits are evenly spread, keep leading zeros and do not repeat',
    (kind, digits) => {
      const codes = issued(kind, digits, 10_000)
      expect(codes.filter((code) => !new RegExp(`^\\d{${digits}}$`).test(code))).toEqual([])
      for (let position = 0; position < digits; position += 1) {
        const counts = Array.from(
          { length: 10 },
          (_, digit) => codes.filter((code) => code[position] === String(digit)).length,
        )
        // 9 degrees of freedom: above 55 less often than once in ten million runs.
        expect(chiSquared(counts)).toBeLessThan(55)
      }
      const pairs = Array.from({ length: 100 }, () => 0)
      for (const code of codes) pairs[Number(code.slice(0, 2))]! += 1
      // 99 degrees of freedom.
      expect(chiSquared(pairs)).toBeLessThan(190)
      const leadingZeros = codes.filter((code) => code.startsWith('0')).length
      expect(Math.abs(leadingZeros - 1000)).toBeLessThan(200)
      // Of 10,000 draws from a million about 50 meet another one.
      expect(new Set(codes).size).toBeGreaterThan(9_890)
      const next = codes.slice(1).filter((code, index) => Math.abs(Number(code) - Number(codes[index])) <= 1).length
      expect(next).toBeLessThan(10)
    },
  )
})
