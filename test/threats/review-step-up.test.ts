import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAddress, person } from '../support/account.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { answer, answerStepUp, confirmed, elsewhere, enroll, passStepUp, sentCode, signIn } from '../support/person.ts'
import { situated } from '../support/sensitive.ts'
import { accountIdOf, audit, execute, tablesOf } from '../support/tables.ts'
import { Visitor } from '../support/visitor.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Where a second factor sends its codes can't be written for a while: the store is full, or the process was killed. */
const cannotMove = {
  SQLite: `create trigger broken before update of sealed on sallyport_enrollment begin select raise(abort, 'full'); end`,
  PostgreSQL: `create function broken() returns trigger language plpgsql as
    $$ begin raise exception 'full' using errcode = '53100'; end $$;
    create trigger broken before update of sealed on sallyport_enrollment for each row execute function broken()`,
}
const canMove = { SQLite: 'drop trigger broken', PostgreSQL: 'drop trigger broken on sallyport_enrollment' }

/** Sends a request's headers, and its body only when told: until then it is under way. */
async function underWay(browser: Visitor, method: string, path: string, body: object): Promise<() => Promise<number>> {
  const { csrf } = (await browser.session()).body
  const { host, port } = new URL(browser.origin)
  const payload = JSON.stringify(body)
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: ${host}`,
    `cookie: ${cookie}`,
    `origin: ${browser.origin}`,
    'sec-fetch-site: same-origin',
    'content-type: application/json',
    `x-csrf-token: ${csrf}`,
    `content-length: ${payload.length}`,
    'expect: 100-continue',
    'connection: close',
  ]
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  // The server says so once it has handed the request on.
  await once(socket, 'data')
  // A round trip on another connection: by then the session of this one was looked up.
  await browser.get('/api/session')
  return async () => {
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.write(payload)
    await once(socket, 'close')
    return Number(/HTTP\/1\.1 (\d{3})/.exec(text)?.[1])
  }
}

describe.each(databases)('what a review of the console tried on %s', (on) => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on })
  })
  afterAll(() => running.close())

  test('SC-02 · a password given again is no check for whoever copied the cookie before', async () => {
    const owner = await person(running)
    const thief = owner.browser.copy()
    expect((await thief.post('/api/mfa/methods', { method: 'totp' })).body.code).toBe('own_check_required')
    expect((await owner.browser.post('/api/password-check', { password: owner.password })).status).toBe(204)
    const begun = await thief.post('/api/mfa/methods', { method: 'totp' })
    expect(begun.status).toBeGreaterThanOrEqual(401)
    expect((await thief.session()).body.account).toBeNull()
  })

  test('S6 RP-13 · a window ends with the session it was opened in, also for a request that is under way', async () => {
    const { owner, teamId, colleagueId } = await situated(running)
    const path = `/api/teams/${teamId}/members/${colleagueId}`
    const opened = await owner.browser.send('PATCH', path, { role: 'admin' })
    await passStepUp(running, owner, opened.body.challenge)
    const finish = await underWay(owner.browser.copy(), 'PATCH', path, { role: 'member' })
    const other = await owner.browser.post('/api/sessions/end-others')
    await passStepUp(running, owner, other.body.challenge)
    expect((await owner.browser.post('/api/sign-out')).status).toBe(204)
    expect(await finish()).toBeGreaterThanOrEqual(400)
  })

  test('RP-13 SC-13 · a request that was under way when its session ended does nothing', async () => {
    const owner = await person(running)
    const finish = await underWay(owner.browser.copy(), 'POST', '/api/teams', { name: 'Ghost' })
    const next = 'wholly other lantern 7'
    expect((await owner.browser.post('/api/account/password', { current: owner.password, next })).status).toBe(204)
    expect(await finish()).toBeGreaterThanOrEqual(401)
  })

  test('TF-03 TF-05 · one account has codes sent to a few numbers in an hour, not to any number of them', async () => {
    const owner = await person(running)
    const before = running.texts.messages.length
    for (let time = 0; time < 12; time += 1) {
      await owner.browser.post('/api/password-check', { password: owner.password })
      await owner.browser.post('/api/account/phone', { phone: `+1415555${2000 + time}`, country: 'US' })
    }
    const codes = running.texts.messages.slice(before).filter(({ text }) => text.includes('#'))
    expect(codes.length).toBeLessThanOrEqual(10)
  })

  test('TF-03 · what an account is told of its changes is not one text message after another', async () => {
    const owner = await person(running)
    const before = running.texts.messages.length
    for (let time = 0; time < 12; time += 1) {
      await owner.browser.post('/api/password-check', { password: owner.password })
      await owner.browser.post('/api/account/email', { email: newAddress() })
    }
    await running.console.mfa.notices.deliver()
    const told = running.texts.messages.slice(before).filter(({ to }) => to === owner.phone)
    expect(told.length).toBeLessThanOrEqual(10)
  })

  test('XA-12 · a role that does not change ends nothing that the member has confirmed', async () => {
    const { owner, colleague, teamId, keyId } = await situated(running)
    const ownerId = await accountIdOf(running, owner.email)
    const asked = await owner.browser.send('DELETE', `/api/api-keys/${keyId}`)
    await passStepUp(running, owner, asked.body.challenge)
    const same = await confirmed(running, colleague, 'PATCH', `/api/teams/${teamId}/members/${ownerId}`, {
      role: 'owner',
    })
    expect(same.status).toBe(204)
    const done = await owner.browser.send(
      'DELETE',
      `/api/api-keys/${keyId}`,
      {},
      { 'x-step-up': asked.body.challenge.id },
    )
    expect(done.status).toBe(204)
  })

  test.each(['sign-out', 'five wrong passwords', 'five wrong codes'])(
    'PR-04 · a change that a session asked for ends with it: %s',
    async (how) => {
      const owner = await person(running)
      if (how === 'five wrong codes') await enroll(running, owner, 'totp')
      const to = newAddress()
      const asked = await confirmed(running, owner, 'POST', '/api/account/email', { email: to })
      expect(asked.status).toBe(202)
      const thief = owner.browser.copy()
      if (how === 'sign-out') await owner.browser.post('/api/sign-out')
      if (how === 'five wrong passwords') {
        for (let time = 0; time < 5; time += 1) await owner.browser.post('/api/password-check', { password: 'wrong' })
      }
      if (how === 'five wrong codes') {
        const { challenge } = (await owner.browser.post('/api/mfa/disable')).body
        for (let time = 0; time < 5; time += 1) {
          await answerStepUp(owner.browser, challenge.id, challenge.active, '000000')
        }
      }
      expect((await owner.browser.session()).body.account).toBeNull()
      const late = await thief.post('/api/confirmation/answer', { answer: sentCode(running, to) })
      expect([late.status, await running.console.accounts.findByEmail(to)]).toEqual([409, null])
    },
  )

  test('N4 · a deletion is told to the owner, though everything broke right after it', async () => {
    const owner = await person(running)
    await execute(running, 'sallyport_notice', 'alter table sallyport_notice rename to gone')
    await confirmed(running, owner, 'POST', '/api/account/delete', { email: owner.email })
    await execute(running, 'gone', 'alter table gone rename to sallyport_notice')
    expect(await running.console.accounts.findByEmail(owner.email)).toBeNull()
    await running.console.purge()
    await running.console.deliver()
    const told = running.emails.messages.filter(({ to, subject }) => to === owner.email && subject.includes('deleted'))
    expect(told).toHaveLength(1)
  })

  test('EN-07 · a second factor follows to the new address, though something broke right after the change', async () => {
    const owner = await person(running)
    const { enrollmentId } = await enroll(running, owner, 'email')
    running.clock.advance(2 * hour)
    await owner.browser.session()
    await signIn(owner)
    await answer(owner.browser, enrollmentId, sentCode(running, owner.email))
    running.clock.advance(10 * minute)
    const to = 'moved-on@example.com'
    expect((await confirmed(running, owner, 'POST', '/api/account/email', { email: to })).status).toBe(202)
    const code = sentCode(running, to)
    await execute(running, 'sallyport_enrollment', cannotMove[on])
    await owner.browser.post('/api/confirmation/answer', { answer: code })
    await execute(running, 'sallyport_enrollment', canMove[on])
    const moved = (await running.console.accounts.findByEmail(to)) !== null
    running.clock.advance(hour)
    await running.console.deliver()
    await signIn({ ...elsewhere(owner), email: moved ? to : owner.email })
    expect(running.emails.messages.at(-1)?.to).toBe(moved ? to : owner.email)
  })

  test('O4 · of registrations that were never confirmed, and of deleted accounts, nothing is left', async () => {
    const browser = new Visitor(running.origin)
    await browser.post('/api/registration', {
      email: newAddress(),
      phone: '',
      country: 'US',
      password: 'plain words about rivers',
    })
    await browser.post('/api/confirmation/answer', { answer: '000000' })
    running.clock.advance(4 * day)
    for (let time = 0; time < 3; time += 1) await running.console.purge()
    const tables = await tablesOf(running)
    const known = new Set((tables['account'] ?? []).map(({ id }) => id))
    expect((tables['sallyport_account'] ?? []).filter((row) => !known.has(row['account_id']))).toEqual([])
  })

  test('P6 · the store of the second factors holds no destination that can be read', async () => {
    const { owner } = await situated(running)
    await owner.browser.post('/api/account/phone', { phone: '+13035550999', country: 'US' })
    const { sallyport_challenge: challenges } = await tablesOf(running)
    expect(JSON.stringify(challenges)).not.toContain('13035550999')
  })

  test.each(['\uFE0F', 'prod\uFE0F', '\u034F', '\u180B', '\u17B4', '\u{E0100}'])(
    'a name with %j in it, which nobody can see, is none',
    async (name) => {
      const owner = await person(running)
      expect((await owner.browser.post('/api/teams', { name })).status).toBe(422)
    },
  )

  test('N1 S4 · the audit log says who was changed, and to what', async () => {
    const { owner, teamId, colleagueId } = await situated(running)
    await confirmed(running, owner, 'PATCH', `/api/teams/${teamId}/members/${colleagueId}`, { role: 'admin' })
    const details = (await audit(running, 'action.allowed')).map((entry) => entry['detail'] as string)
    const changed = details.find((detail) => detail.includes(colleagueId) && detail.includes('admin'))
    expect(JSON.parse(changed ?? '{}')).toMatchObject({ member: colleagueId, role: 'admin' })
  })

  test('skipping a number leaves no change behind', async () => {
    const owner = await person(running)
    await confirmed(running, owner, 'POST', '/api/account/phone', { phone: '+13035550777', country: 'US' })
    await owner.browser.post('/api/confirmation/skip')
    expect((await owner.browser.get('/api/account')).body.changes).toEqual([])
  })
})
