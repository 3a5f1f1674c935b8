import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { person } from '../../../../test/support/account.ts'
import { databases, runConsole } from '../../../../test/support/console.ts'
import type { RunningConsole } from '../../../../test/support/console.ts'
import { confirmed, elsewhere, enroll, passStepUp, register, signIn } from '../../../../test/support/person.ts'
import type { Person } from '../../../../test/support/person.ts'
import { accountIdOf, execute } from '../../../../test/support/tables.ts'
import { openDatabase } from '../database/open.ts'
import type { OpenDatabase } from '../database/open.ts'
import type { TeamRole } from '../database/tables.ts'
import { createTeams } from '../teams/teams.ts'
import type { Teams } from '../teams/teams.ts'

describe.each(databases)('deleting an account on %s', (on) => {
  let running: RunningConsole
  let opened: OpenDatabase
  let teams: Teams
  beforeAll(async () => {
    running = await runConsole({ on })
    const { where } = running
    opened = openDatabase('url' in where ? { connectionString: where.url } : { file: where.files[0]! })
    teams = createTeams({ database: opened.database, clock: running.clock, random: randomBytes })
  })
  afterAll(async () => {
    await opened.close()
    await running.close()
  })

  const idOf = ({ email }: Person): Promise<string> => accountIdOf(running, email)

  async function join(teamId: string, accountId: string, role: TeamRole): Promise<void> {
    const member = { team_id: teamId, account_id: accountId, role, joined_at: running.clock() }
    await opened.database.insertInto('team_member').values(member).execute()
  }

  /** What is left to do for an account that was just deleted. */
  const left = (id: string, { email }: Person) => ({ account_id: id, deleted_at: running.clock(), email, phone: null })

  const remove = (owner: Person) =>
    confirmed(running, owner, 'POST', '/api/account/delete', { email: owner.email.toUpperCase() })

  test('SC-14 every session, challenge and second factor goes with it, and the browser forgets it', async () => {
    const owner = await person(running)
    await enroll(running, owner, 'totp')
    const pending = elsewhere(owner)
    await signIn(pending)
    const stolen = { ...owner, browser: owner.browser.copy() }
    const id = await idOf(owner)
    const done = await remove(owner)
    expect(done.status).toBe(204)
    expect(done.headers.get('clear-site-data')).toBe('"cache", "storage"')
    expect([...owner.browser.cookies.keys()]).toEqual(['__Host-console-browser'])
    expect((await stolen.browser.session()).body.account).toBeNull()
    expect((await pending.browser.get('/api/mfa/challenge')).status).toBe(404)
    expect((await signIn(elsewhere(owner))).body.code).toBe('credentials_wrong')
    expect(await running.console.mfa.enrollments.list(id)).toMatchObject({ enabledAt: null, methods: [] })
  })

  test('the owner is told at the address the account had', async () => {
    const owner = await person(running)
    await remove(owner)
    await running.console.deliver()
    expect(running.emails.lastTo(owner.email).subject).toContain('your account was deleted')
  })

  test('the owner is told once, and what could not be erased goes with the next purge', async () => {
    const owner = await person(running)
    await enroll(running, owner, 'totp')
    const id = await idOf(owner)
    await execute(running, 'sallyport_enrollment', 'alter table sallyport_enrollment rename to gone')
    await opened.database.insertInto('account_erasure').values(left(id, owner)).execute()
    await opened.database.deleteFrom('account').where('id', '=', id).execute()
    for (let time = 0; time < 2; time += 1) await running.console.purge()
    await execute(running, 'gone', 'alter table gone rename to sallyport_enrollment')
    await running.console.purge()
    await running.console.deliver()
    expect(
      running.emails.messages.filter(({ to, subject }) => to === owner.email && subject.includes('deleted')),
    ).toHaveLength(1)
    expect(await running.console.mfa.enrollments.list(id)).toMatchObject({ enabledAt: null, methods: [] })
    expect(await opened.database.selectFrom('account_erasure').selectAll().execute()).toEqual([])
  })

  test('the address can register again and inherits nothing', async () => {
    const owner = await person(running)
    await enroll(running, owner, 'totp')
    const before = await idOf(owner)
    await remove(owner)
    running.clock.advance(3_600_000)
    const again = { ...elsewhere(owner), password: 'meadow copper 72 lantern' }
    await register(running, again)
    expect((await signIn(again)).body).toEqual({ status: 'signed_in' })
    expect(await idOf(again)).not.toBe(before)
    expect((await again.browser.get('/api/mfa/methods')).body.methods).toEqual([])
    expect((await again.browser.get('/api/teams')).body.teams).toEqual([])
  })

  test('SU-01 it takes the second factor, for this account and nothing else', async () => {
    const owner = await person(running)
    await enroll(running, owner, 'totp')
    const first = await owner.browser.post('/api/account/delete', { email: owner.email })
    expect(first.body).toMatchObject({
      code: 'step_up_required',
      challenge: { purpose: expect.stringContaining('delete account') },
    })
    const challengeId = await passStepUp(running, owner, first.body.challenge)
    const other = await owner.browser.send('POST', '/api/sessions/end-others', {}, { 'x-step-up': challengeId })
    expect(other.body.code).toBe('step_up_mismatch')
    expect((await owner.browser.session()).body.account).not.toBeNull()
  })

  test('another address than its own deletes nothing', async () => {
    const owner = await person(running)
    const answer = await owner.browser.post('/api/account/delete', { email: 'grace@example.com' })
    expect(answer.body).toMatchObject({
      code: 'fields_invalid',
      errors: [{ field: 'email', code: 'email_mismatch' }],
    })
  })

  test('a team that others are in keeps an owner; one without others goes', async () => {
    const owner = await person(running)
    const member = await person(running)
    const shared = (await owner.browser.post('/api/teams', { name: 'Observatory' })).body.id
    const alone = (await owner.browser.post('/api/teams', { name: 'Attic' })).body.id
    await join(shared, await idOf(member), 'member')
    const refused = await owner.browser.post('/api/account/delete', { email: owner.email })
    expect(refused).toMatchObject({ status: 409, body: { code: 'last_owner' } })
    expect(refused.body.detail).toContain('Observatory')
    const second = await person(running)
    await join(shared, await idOf(second), 'owner')
    expect((await remove(owner)).status).toBe(204)
    expect(await teams.find(shared, await idOf(member))).not.toBeNull()
    expect(await teams.members(alone)).toEqual([])
  })

  test('of two owners who delete their accounts at once one stays while there are others', async () => {
    const [one, other, member] = [await person(running), await person(running), await person(running)]
    const team = (await one.browser.post('/api/teams', { name: 'Observatory' })).body.id
    await join(team, await idOf(other), 'owner')
    await join(team, await idOf(member), 'member')
    for (const { browser, password } of [one, other]) await browser.post('/api/password-check', { password })
    const answers = await Promise.all(
      [one, other].map(({ browser, email }) => browser.post('/api/account/delete', { email })),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204, 409]))
  })
})
