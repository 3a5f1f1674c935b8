import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { person } from '../support/account.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { answer, codeFor, elsewhere, enroll, signIn } from '../support/person.ts'
import { accountIdOf, execute, tablesOf } from '../support/tables.ts'
import type { Answer } from '../support/visitor.ts'
import { logins, ways, waysToFail } from '../support/ways.ts'

const racers = 50
const client = { ip: '127.0.0.1', userAgent: 'host' }

function together(work: () => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: racers }, () => work()))
}

const codesOf = (answers: readonly Answer[], code: string): number =>
  answers.filter(({ body }) => body.code === code).length

describe.each(databases)('races on %s', (on) => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on })
  })
  afterAll(() => running.close())

  async function sessionsOf(email: string): Promise<string[]> {
    const id = await accountIdOf(running, email)
    return ((await tablesOf(running))['session'] ?? [])
      .filter((session) => session['account_id'] === id)
      .map((session) => session['id_hash'])
  }

  test.each(ways)('RC-01 RC-04 · of fifty right answers at once exactly one is taken: $name', async (way) => {
    const attempting = await way.begin(running)
    await attempting.browser.session()
    const code = attempting.right()
    const others = new Set(await sessionsOf(attempting.email))
    const answers = await together(() => attempting.answer(code))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    // Whoever loses may also find that the winner has just ended the session it came with.
    expect(answers.filter(({ status }) => ![200, 401, 403].includes(status))).toEqual([])
    expect(answers.filter(({ headers }) => headers.getSetCookie().join().includes('session=')).length).toBeLessThan(2)
    expect(await attempting.done()).toBe(true)
    const made = (await sessionsOf(attempting.email)).filter((id) => !others.has(id))
    // Confirming an address or a number signs no one in; the one session is that of the check itself.
    expect(made).toHaveLength(way.name.includes('phone') ? 0 : 1)
  })

  test.each(waysToFail)(
    'RC-02 AU-01 · of fifty wrong answers at once all are counted and audited, and five judged: $name',
    async (way) => {
      const attempting = await way.begin(running)
      await attempting.browser.session()
      const code = attempting.wrong()
      const answers = await together(() => attempting.answer(code))
      expect([codesOf(answers, 'answer_wrong'), codesOf(answers, 'challenge_closed')]).toEqual([5, racers - 5])
      const id = await accountIdOf(running, attempting.email)
      const tables = await tablesOf(running)
      const failed = tables['sallyport_challenge']?.find(
        (row) => row['account_id'] === id && row['status'] === 'failed',
      )
      const refused = tables['sallyport_audit']?.filter(
        (row) => row['account_id'] === id && row['event'] === 'attempt.refused',
      )
      expect([failed?.['tries'], refused?.length]).toEqual([racers, racers])
    },
  )

  test.each(['totp', 'recovery_code'] as const)(
    'RC-04 RP-02 · one %s code in sixteen logins at once opens one',
    async (method) => {
      const owner = await person(running)
      const { enrollmentId, secret, recoveryCodes } = await enroll(running, owner, 'totp')
      const pending = Array.from({ length: 16 }, () => elsewhere(owner))
      const begun = await Promise.all(pending.map((each) => signIn(each)))
      await Promise.all(pending.map(({ browser }) => browser.session()))
      const backup = begun[0]!.body.challenge.methods.at(-1).enrollmentId
      const [id, code] =
        method === 'totp' ? [enrollmentId, codeFor(running, owner, method, secret)] : [backup, recoveryCodes[0]!]
      const answers = await Promise.all(pending.map(({ browser }) => answer(browser, id, code)))
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    },
  )

  test.each(logins)(
    'RC-08 · ending an account’s challenges, as a new password does, ends its pending login: $name',
    async (way) => {
      const attempting = await way.begin(running)
      const ended = await running.console.mfa.challenges.cancelAll(await accountIdOf(running, attempting.email), client)
      expect(ended).toBeGreaterThan(0)
      const late = await attempting.answer(attempting.right())
      expect([late.status, late.body.code]).toEqual([401, 'challenge_closed'])
      expect(await attempting.done()).toBe(false)
    },
  )

  test.each(['disabled', 'deleted', 'unconfirmed'])(
    'RC-08 FB-17 · an account that is %s between the two steps is not signed in',
    async (how) => {
      const owner = await person(running)
      const { enrollmentId, secret } = await enroll(running, owner, 'totp')
      const there = elsewhere(owner)
      await signIn(there)
      const of = `WHERE email = '${owner.email}'`
      const id = await accountIdOf(running, owner.email)
      if (how === 'deleted') {
        await execute(running, 'session', `DELETE FROM session WHERE account_id = '${id}'`)
        await execute(running, 'account', `DELETE FROM account ${of}`)
      } else {
        const change = how === 'disabled' ? `status = 'disabled'` : 'email_confirmed_at = NULL'
        await execute(running, 'account', `UPDATE account SET ${change} ${of}`)
      }
      const late = await answer(there.browser, enrollmentId, codeFor(running, owner, 'totp', secret))
      expect(late.status).toBe(401)
      expect(late.headers.getSetCookie().join()).not.toContain('console-session=')
      expect((await there.browser.session()).body.account).toBeNull()
      expect((await signIn(elsewhere(owner))).body.code).toBe('credentials_wrong')
    },
  )

  test('FB-17 · an account that is locked between the two steps is not signed in', async () => {
    const owner = await person(running)
    const { enrollmentId, secret } = await enroll(running, owner, 'totp')
    const there = elsewhere(owner)
    await signIn(there)
    const until = running.clock() + 60_000
    await execute(
      running,
      'sallyport_account',
      `UPDATE sallyport_account SET locked_until = ${until} WHERE account_id = '${await accountIdOf(running, owner.email)}'`,
    )
    const late = await answer(there.browser, enrollmentId, codeFor(running, owner, 'totp', secret))
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '60'])
  })

  test('RC-01 · of eight sign-ins that ask for a code at once one is sent', async () => {
    const owner = await person(running)
    await enroll(running, owner, 'sms')
    running.clock.advance(61 * 60_000)
    const sent = () =>
      running.texts.messages.filter(({ to, text }) => to === owner.phone && text.includes('to sign in')).length
    const before = sent()
    const all = Array.from({ length: 8 }, () => elsewhere(owner))
    const begun = await Promise.all(all.map((each) => signIn(each)))
    expect(begun.map(({ body }) => body.status)).toEqual(all.map(() => 'challenge'))
    expect(sent() - before).toBe(1)
  })
})
