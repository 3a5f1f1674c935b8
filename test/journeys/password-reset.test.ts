import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { person } from '../support/account.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { answer, codeFor, confirmed, elsewhere, enroll, newPerson, signIn } from '../support/person.ts'
import { askForReset, resetPassword } from '../support/reset.ts'
import { execute, tablesOf } from '../support/tables.ts'
import { Visitor } from '../support/visitor.ts'

const hour = 3_600_000

describe.each(databases)('a forgotten password on %s', (on) => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on })
  })
  afterAll(() => running.close())

  test('with MFA off: a link in the mail, another password, and signed in with that', async () => {
    const owner = await newPerson(running)
    const token = await askForReset(running, owner.email)
    const browser = new Visitor(running.origin)
    const { body } = await browser.post('/api/password-reset/read', { token })
    expect(body).toEqual({ email: `${owner.email[0]}***@e***.com`, hasPassword: true })
    const weak = await browser.post('/api/password-reset/complete', { token, password: 'password1' })
    expect(weak).toMatchObject({ status: 422, body: { code: 'fields_invalid', errors: [{ field: 'password' }] } })
    const password = 'seven mild herons wade'
    expect((await browser.post('/api/password-reset/complete', { token, password })).status).toBe(204)
    expect((await browser.session()).body.account).toBeNull()
    expect((await signIn(elsewhere(owner))).body.code).toBe('credentials_wrong')
    running.clock.advance(1000)
    expect((await signIn({ ...owner, password, browser })).body).toEqual({ status: 'signed_in' })
    expect((await browser.session()).body.account).toMatchObject({ email: owner.email, mfaEnabled: false })
  })

  test('the owner is told on every confirmed channel', async () => {
    const owner = await resetPassword(running, await person(running))
    await running.console.deliver()
    expect(running.emails.lastTo(owner.email).subject).toMatch(/password/i)
    expect(running.texts.lastTo(owner.phone).text).toMatch(/password/i)
  })

  test('PR-01 with MFA on: the next login asks for the second factor, which is as it was', async () => {
    const before = await person(running)
    const app = await enroll(running, before, 'totp')
    const methods = async (browser: Visitor) =>
      (await browser.get('/api/mfa/methods')).body.methods.map((each: { enrollmentId: string }) => each.enrollmentId)
    const had = await methods(before.browser)
    running.clock.advance(hour)
    const owner = await resetPassword(running, before)
    const begun = await signIn(owner)
    expect(begun.body).toMatchObject({ status: 'challenge', challenge: { active: app.enrollmentId } })
    expect((await owner.browser.session()).body.account).toBeNull()
    const done = await answer(owner.browser, app.enrollmentId, codeFor(running, owner, 'totp', app.secret))
    expect(done.body).toEqual({ status: 'signed_in' })
    expect((await owner.browser.session()).body.account).toMatchObject({ mfaEnabled: true })
    expect(await methods(owner.browser)).toEqual(had)
  })

  test('E2 with MFA mandated: it signs nobody in, and then nothing goes before setting up a second factor', async () => {
    const before = await person(running)
    const { id: teamId } = (await confirmed(running, before, 'POST', '/api/teams', { name: 'Observatory' })).body
    const policy = `mfa_policy = 'everyone', mfa_from = ${running.clock() + hour}`
    await execute(running, 'team', `UPDATE team SET ${policy} WHERE id = '${teamId}'`)
    const inTime = await resetPassword(running, before, 'plain words about rivers')
    expect((await signIn(inTime)).body).toEqual({ status: 'signed_in' })
    expect((await inTime.browser.session()).body.standing).toMatchObject({ status: 'postponed' })
    expect((await inTime.browser.get('/api/teams')).status).toBe(200)

    running.clock.advance(hour)
    expect((await inTime.browser.get('/api/teams')).status).toBe(401)
    const owner = await resetPassword(running, before)
    expect((await owner.browser.session()).body.account).toBeNull()
    expect((await signIn(owner)).body).toEqual({ status: 'signed_in' })
    expect((await owner.browser.get('/api/teams')).body.code).toBe('enrollment_required')
    await enroll(running, owner, 'totp')
    expect((await owner.browser.get('/api/teams')).status).toBe(200)
    running.clock.advance(hour)
    expect((await signIn(await resetPassword(running, owner, 'nine loud cranes fly'))).body.status).toBe('challenge')
  })

  test('L4 an account that its team signs in gets no link, and keeps none', async () => {
    const member = await person(running)
    const owner = await person(running)
    const { id: teamId } = (await confirmed(running, owner, 'POST', '/api/teams', { name: 'Observatory' })).body
    const accounts = (await tablesOf(running))['account'] ?? []
    const { id } = accounts.find(({ email }) => email === member.email) ?? {}
    const token = await askForReset(running, member.email)
    const insert = (table: string, columns: string, values: string): Promise<void> =>
      execute(running, table, `INSERT INTO ${table} (${columns}) VALUES (${values})`)
    await insert('team_member', 'team_id, account_id, role, joined_at', `'${teamId}', '${id}', 'member', 1`)
    await insert(
      'team_domain',
      'team_id, domain, token, created_at, verified_at',
      `'${teamId}', 'example.com', 't', 1, 1`,
    )
    await insert(
      'team_sso',
      'team_id, issuer, client_id, client_secret_sealed, trusted, is_on, changed_at',
      `'${teamId}', 'https://idp.example', 'console', 'sealed', 0, 1, 1`,
    )
    const stranger = new Visitor(running.origin)
    const mails = running.emails.messages.length
    expect((await stranger.post('/api/password-reset', { email: member.email })).status).toBe(202)
    await running.console.settled()
    expect(running.emails.messages).toHaveLength(mails)
    expect((await stranger.post('/api/password-reset/read', { token })).body.code).toBe('reset_not_found')
    const taken = await stranger.post('/api/password-reset/complete', { token, password: 'seven mild herons wade' })
    expect(taken.body.code).toBe('reset_not_found')
    await execute(running, 'team_sso', `DELETE FROM team_sso WHERE team_id = '${teamId}'`)
    expect((await stranger.post('/api/password-reset/read', { token })).status).toBe(200)
  })

  test('O4 links that are over and count no more are purged', async () => {
    await askForReset(running, (await person(running)).email)
    running.clock.advance(24 * hour)
    await running.console.purge()
    expect((await tablesOf(running))['password_reset']).toEqual([])
  })
})
