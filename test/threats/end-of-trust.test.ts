import { hash } from '@node-rs/argon2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { person } from '../support/account.ts'
import { administered, Zone } from '../support/administered.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import {
  answer,
  confirmed,
  elsewhere,
  enroll,
  type Enrolled,
  type Person,
  sentCode,
  signIn,
  wrongCode,
} from '../support/person.ts'
import { resetPassword } from '../support/reset.ts'
import { accountIdOf, execute } from '../support/tables.ts'
import { trustedBy, trusting, withPassword } from '../support/trusted.ts'

const minute = 60_000

describe.each(databases)('RD-07 SC-13 · on %s all trust is gone with', (on) => {
  let running: RunningConsole
  const zone = new Zone()
  beforeAll(async () => {
    running = await runConsole({ on, resolveTxt: zone.resolve })
  })
  afterAll(() => running.close())

  async function withMfa(): Promise<{ owner: Person; app: Enrolled }> {
    const owner = await person(running)
    return { owner, app: await enroll(running, owner, 'totp') }
  }

  interface Situation {
    readonly owner: Person
    readonly app: Enrolled
    readonly email: Enrolled
  }

  /** What is done, and as whom the owner signs in from then on, where that has changed. */
  const changes: Readonly<Record<string, (situation: Situation) => Promise<Person | void>>> = {
    'another password': async ({ owner }) => {
      const [current, next] = [owner.password, 'orbit thistle 93 meadow']
      const path = '/api/account/password'
      expect((await confirmed(running, owner, 'POST', path, { current, next })).status).toBe(204)
      running.clock.advance(1000)
      return { ...owner, password: next }
    },
    'a password reset': ({ owner }) => resetPassword(running, owner),
    'a method that is added': async ({ owner }) => void (await enroll(running, owner, 'sms')),
    'a method that is removed': async ({ owner, email }) => {
      const path = `/api/mfa/methods/${email.enrollmentId}`
      expect((await confirmed(running, owner, 'DELETE', path)).status).toBe(204)
    },
    'a method that moves': async ({ owner }) => {
      const moved = `moved-${owner.email}`
      const begun = await confirmed(running, owner, 'POST', '/api/account/email', { email: moved })
      expect(begun.status, begun.text).toBe(202)
      const answered = await owner.browser.post('/api/confirmation/answer', { answer: sentCode(running, moved) })
      expect(answered.body).toEqual({ next: 'done' })
      return { ...owner, email: moved }
    },
    'new recovery codes': async ({ owner }) => {
      expect((await confirmed(running, owner, 'POST', '/api/mfa/recovery-codes')).status).toBe(200)
    },
    'a recovery code that is used': async ({ owner, app }) => {
      const lost = elsewhere(owner)
      const backup = (await signIn(lost)).body.challenge.methods.at(-1).enrollmentId
      expect((await answer(lost.browser, backup, app.recoveryCodes[0] ?? '')).status).toBe(200)
    },
    'MFA turned off and on': async ({ owner }) => {
      expect((await confirmed(running, owner, 'POST', '/api/mfa/disable')).status).toBe(204)
      await enroll(running, owner, 'totp')
    },
    'the end of all other sessions': async ({ owner }) => {
      expect((await confirmed(running, owner, 'POST', '/api/sessions/end-others')).status).toBe(204)
    },
    'a method that is switched off': async ({ owner, email }) => {
      const id = email.enrollmentId
      await execute(running, 'sallyport_enrollment', `UPDATE sallyport_enrollment SET failures = 99 WHERE id = '${id}'`)
      const { browser } = elsewhere(owner)
      await signIn({ ...owner, browser })
      running.clock.advance(5 * minute)
      expect((await browser.post('/api/mfa/challenge/prompt', { enrollmentId: id })).status).toBe(200)
      expect((await answer(browser, id, wrongCode(sentCode(running, owner.email)))).status).toBe(401)
      const { methods } = (await owner.browser.get('/api/mfa/methods')).body
      expect(methods).toContainEqual(expect.objectContaining({ enrollmentId: id, disabled: true }))
    },
  }

  test.each(Object.keys(changes))('%s', async (name) => {
    const { owner, app } = await withMfa()
    const email = await enroll(running, owner, 'email')
    const there = await trusting(running, owner, app)
    expect(await withPassword(there)).toBe('signed_in')
    expect(await trustedBy(running, owner.email)).toHaveLength(1)
    const { browser, ...now } = (await changes[name]!({ owner, app, email })) ?? owner
    expect(browser.origin).toBe(running.origin)
    expect(await trustedBy(running, now.email)).toEqual([])
    expect(await withPassword({ ...now, browser: there.browser })).toBe('challenge')
  })

  test('a reset by an administrator', async () => {
    const { teamId, owner, managed } = await administered(running, zone)
    const app = await enroll(running, managed, 'totp')
    const there = await trusting(running, managed, app)
    const path = `/api/teams/${teamId}/people/${managed.accountId}/reset-mfa`
    const reset = await confirmed(running, owner, 'POST', path, { reason: 'They have lost their phone' })
    expect(reset.status, reset.text).toBe(204)
    running.clock.advance(1000)
    expect(await trustedBy(running, managed.email)).toEqual([])
    expect(await withPassword(managed)).toBe('signed_in')
    await enroll(running, managed, 'totp')
    expect(await withPassword(there)).toBe('challenge')
  })

  test('whatever else becomes of the password, of an enrollment or of MFA, though the trust is still in the table', async () => {
    const ways = [
      async (id: string, { password }: Person) => {
        const cost = { memoryCost: 8, timeCost: 1, parallelism: 1 }
        const other = await hash(password, cost)
        await execute(running, 'account', `UPDATE account SET password_hash = '${other}' WHERE id = '${id}'`)
      },
      (id: string) =>
        execute(
          running,
          'sallyport_enrollment',
          `UPDATE sallyport_enrollment SET sealed = sealed || 'A' WHERE account_id = '${id}'`,
        ),
      (id: string) =>
        execute(
          running,
          'sallyport_enrollment',
          `DELETE FROM sallyport_enrollment WHERE account_id = '${id}' AND is_backup = 1`,
        ),
      (id: string) =>
        execute(
          running,
          'sallyport_account',
          `UPDATE sallyport_account SET mfa_enabled_at = mfa_enabled_at + 1 WHERE account_id = '${id}'`,
        ),
    ]
    for (const change of ways) {
      const { owner, app } = await withMfa()
      const there = await trusting(running, owner, app)
      await change(await accountIdOf(running, owner.email), owner)
      expect(await trustedBy(running, owner.email)).toHaveLength(1)
      expect((await signIn(there)).body.status).not.toBe('signed_in')
    }
  })
})
