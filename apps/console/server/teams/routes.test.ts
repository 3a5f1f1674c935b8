import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EmailMessage } from 'sallyport'
import { newAddress, person } from '../../../../test/support/account.ts'
import { runConsole } from '../../../../test/support/console.ts'
import type { RunningConsole } from '../../../../test/support/console.ts'
import { confirmed, enroll, passStepUp } from '../../../../test/support/person.ts'
import type { Person } from '../../../../test/support/person.ts'
import { accountIdOf, audit } from '../../../../test/support/tables.ts'
import { Visitor } from '../../../../test/support/visitor.ts'
import type { Answer } from '../../../../test/support/visitor.ts'

let running: RunningConsole
let ada: Person
let teamId: string
let fails = false
const mails: EmailMessage[] = []

beforeAll(async () => {
  running = await runConsole({
    email: {
      name: 'test',
      async send(message) {
        if (fails) throw new Error('down')
        mails.push(message)
      },
    },
  })
})
afterAll(() => running.close())
beforeEach(async () => {
  fails = false
  mails.length = 0
  running.clock.advance(86_400_000)
  ada = await person(running)
  teamId = (await ada.browser.post('/api/teams', { name: 'Observatory' })).body.id
})

const invite = (email: string, role = 'member', by = ada): Promise<Answer> =>
  confirmed(running, by, 'POST', `/api/teams/${teamId}/invitations`, { email, role })
const tokenTo = (email: string): string =>
  /#([\w-]{43})/.exec(mails.findLast(({ to, text }) => to === email && text.includes('#'))?.text ?? '')?.[1] ?? ''
const accept = ({ email, browser }: Person): Promise<Answer> =>
  browser.post('/api/invitations/accept', { token: tokenTo(email) })
const read = async (by = ada): Promise<Answer['body']> => (await by.browser.get(`/api/teams/${teamId}`)).body
const pathTo = async (who: Person): Promise<string> =>
  `/api/teams/${teamId}/members/${await accountIdOf(running, who.email)}`

/** Someone who was invited and came. */
async function joined(role = 'member'): Promise<Person> {
  const member = await person(running)
  running.clock.advance(1_000)
  expect((await invite(member.email, role)).status).toBe(201)
  expect((await accept(member)).body).toEqual({ teamId })
  return member
}

describe('a team', () => {
  test('is seen by who is in it, with everyone who is', async () => {
    const alan = await joined()
    await invite('eve@example.com', 'admin')
    expect((await ada.browser.get('/api/teams')).body.teams).toEqual([
      { id: teamId, name: 'Observatory', role: 'owner' },
    ])
    expect(await read(alan)).toMatchObject({
      name: 'Observatory',
      role: 'member',
      members: [
        { email: ada.email, role: 'owner', you: false },
        { email: alan.email, role: 'member', you: true },
      ],
      invitations: [{ email: 'eve@example.com', role: 'admin' }],
      window: null,
    })
  })

  test('N404 XA-12 is none to anybody else, whatever they try', async () => {
    const [alan, eve] = [await joined(), await person(running)]
    const member = await pathTo(alan)
    const before = JSON.stringify(await read())
    const tries = [
      ['GET', '', {}],
      ['DELETE', '', {}],
      ['POST', '/leave', {}],
      ['POST', '/invitations', { email: 'eve@example.com', role: 'owner' }],
      ['DELETE', '/invitations/x', {}],
      ['PATCH', member.replace(`/api/teams/${teamId}`, ''), { role: 'owner' }],
      ['DELETE', member.replace(`/api/teams/${teamId}`, ''), {}],
    ] as const
    for (const [method, rest, body] of tries) {
      const [here, nowhere] = await Promise.all(
        [teamId, 'x'.repeat(22)].map((id) =>
          method === 'GET'
            ? eve.browser.get(`/api/teams/${id}${rest}`)
            : eve.browser.send(method, `/api/teams/${id}${rest}`, body),
        ),
      )
      expect({ rest, status: here?.status, text: here?.text }).toEqual({ rest, status: 404, text: nowhere?.text })
      expect(here?.body.code).toBe('team_not_found')
    }
    expect(JSON.stringify(await read())).toBe(before)
  })

  test('has a name that people can see', async () => {
    for (const name of ['', ' ', 'x'.repeat(61), 'a\u200bb']) {
      const refused = await ada.browser.post('/api/teams', { name })
      expect(refused).toMatchObject({ status: 422, body: { errors: [{ field: 'name' }] } })
    }
  })

  test('a right that is not there is said before anything is to be confirmed', async () => {
    const [grace, alan] = [await joined('admin'), await joined()]
    const refused = [
      await alan.browser.send('DELETE', await pathTo(grace)),
      await alan.browser.send('POST', `/api/teams/${teamId}/invitations`, { email: newAddress(), role: 'member' }),
      await grace.browser.send('PATCH', await pathTo(alan), { role: 'admin' }),
      await grace.browser.send('DELETE', await pathTo(ada)),
      await grace.browser.send('DELETE', `/api/teams/${teamId}`),
    ]
    for (const { body } of refused) expect(body.code).toBe('role_insufficient')
    expect((await ada.browser.post(`/api/teams/${teamId}/leave`)).body.code).toBe('last_owner')
    expect((await ada.browser.send('PATCH', await pathTo(ada), { role: 'member' })).body.code).toBe('last_owner')
  })

  test('members leave it, and it is over for them', async () => {
    const alan = await joined()
    expect((await alan.browser.post(`/api/teams/${teamId}/leave`)).status).toBe(204)
    expect((await alan.browser.get(`/api/teams/${teamId}`)).status).toBe(404)
  })

  test('SU-01 is deleted by its owner, after a challenge that names it', async () => {
    await enroll(running, ada, 'totp')
    const asked = await ada.browser.send('DELETE', `/api/teams/${teamId}`)
    expect(asked.body.challenge.purpose).toBe('delete team Observatory')
    const { body: other } = await ada.browser.post('/api/teams', { name: 'Other' })
    const headers = { 'x-step-up': await passStepUp(running, ada, asked.body.challenge) }
    const mismatch = await ada.browser.send('DELETE', `/api/teams/${other.id}`, {}, headers)
    expect(mismatch.body.code).toBe('step_up_mismatch')
    expect((await ada.browser.send('DELETE', `/api/teams/${teamId}`, {}, headers)).status).toBe(204)
    expect((await ada.browser.get('/api/teams')).body.teams).toMatchObject([{ id: other.id }])
  })
})

describe('adjusting a team', () => {
  test('S4 one challenge is good for any number of adjustments, until five minutes after the last one', async () => {
    const alan = await joined()
    await enroll(running, ada, 'totp')
    const path = await pathTo(alan)
    const asked = await ada.browser.send('PATCH', path, { role: 'admin' })
    expect(asked.body.challenge.purpose).toBe('change who is in team Observatory')
    await passStepUp(running, ada, asked.body.challenge)
    for (const role of ['admin', 'member', 'admin']) {
      expect((await ada.browser.send('PATCH', path, { role })).status).toBe(204)
      running.clock.advance(299_000)
    }
    expect(
      (await ada.browser.post(`/api/teams/${teamId}/invitations`, { email: newAddress(), role: 'member' })).status,
    ).toBe(201)
    running.clock.advance(301_000)
    expect((await ada.browser.send('DELETE', path)).body.code).toBe('step_up_required')
  })

  test('S4 the page shows how long the window is open, and showing it slides nothing', async () => {
    const alan = await joined()
    await enroll(running, ada, 'totp')
    expect((await read()).window).toBeNull()
    await confirmed(running, ada, 'PATCH', await pathTo(alan), { role: 'admin' })
    expect((await read()).window).toEqual({ expiresInSeconds: 300, ceilingInSeconds: 3600 })
    running.clock.advance(299_000)
    expect((await read()).window).toEqual({ expiresInSeconds: 1, ceilingInSeconds: 3301 })
    running.clock.advance(1_000)
    expect((await read()).window).toBeNull()
  })

  test('S4 the window is of one team', async () => {
    const alan = await joined()
    await enroll(running, ada, 'totp')
    const { body: other } = await ada.browser.post('/api/teams', { name: 'Other' })
    await confirmed(running, ada, 'PATCH', await pathTo(alan), { role: 'admin' })
    const elsewhere = { email: newAddress(), role: 'member' }
    const refused = await ada.browser.post(`/api/teams/${other.id}/invitations`, elsewhere)
    expect(refused.body.code).toBe('step_up_required')
  })

  test('S6 who gets another role has nothing confirmed any more', async () => {
    const grace = await joined('owner')
    await enroll(running, grace, 'totp')
    await invite(newAddress(), 'member', grace)
    expect((await read(grace)).window).not.toBeNull()
    expect((await confirmed(running, ada, 'PATCH', await pathTo(grace), { role: 'admin' })).status).toBe(204)
    expect((await read(grace)).window).toBeNull()
    const again = await grace.browser.post(`/api/teams/${teamId}/invitations`, { email: newAddress(), role: 'member' })
    expect(again.body.code).toBe('step_up_required')
  })

  test('each is audited with the challenge that allowed it', async () => {
    const alan = await joined()
    await enroll(running, ada, 'totp')
    const path = await pathTo(alan)
    const asked = await ada.browser.send('PATCH', path, { role: 'admin' })
    const challengeId = await passStepUp(running, ada, asked.body.challenge)
    for (const role of ['admin', 'member']) await ada.browser.send('PATCH', path, { role })
    const allowed = (await audit(running, 'action.allowed')).filter(({ challenge_id: by }) => by === challengeId)
    expect(allowed).toHaveLength(2)
  })
})

describe('an invitation', () => {
  test('is read by whoever has the link, signs nobody in, and is accepted by whom it is for', async () => {
    const alan = await person(running)
    await invite(alan.email)
    const stranger = new Visitor(running.origin)
    const shown = await stranger.post('/api/invitations/read', { token: tokenTo(alan.email) })
    expect(shown.body).toEqual({ team: 'Observatory', role: 'member', email: alan.email, yours: false })
    expect((await stranger.session()).body.account).toBeNull()
    expect((await stranger.post('/api/invitations/accept', { token: tokenTo(alan.email) })).status).toBe(401)
    const eve = await person(running)
    const notHers = await eve.browser.post('/api/invitations/accept', { token: tokenTo(alan.email) })
    expect(notHers).toMatchObject({ status: 403, body: { code: 'invitation_not_yours' } })
    const his = await alan.browser.post('/api/invitations/read', { token: tokenTo(alan.email) })
    expect(his.body.yours).toBe(true)
    expect((await accept(alan)).body).toEqual({ teamId })
    expect((await accept(alan)).body.code).toBe('invitation_not_found')
  })

  test('is withdrawn, and opens nothing from then on', async () => {
    const { body } = await invite('eve@example.com')
    const token = tokenTo('eve@example.com')
    expect((await confirmed(running, ada, 'DELETE', `/api/teams/${teamId}/invitations/${body.id}`)).status).toBe(204)
    const gone = await new Visitor(running.origin).post('/api/invitations/read', { token })
    expect(gone).toMatchObject({ status: 404, body: { code: 'invitation_not_found' } })
  })

  test('EO-02 tells nothing of who has an account, but knows who is in the team', async () => {
    const [alan, eve] = [await joined(), await person(running)]
    const [known, unknown] = [await invite(eve.email), await invite(newAddress())]
    expect([known.status, unknown.status]).toEqual([201, 201])
    expect(Object.keys(known.body)).toEqual(Object.keys(unknown.body))
    const inTeam = await ada.browser.post(`/api/teams/${teamId}/invitations`, { email: alan.email, role: 'member' })
    expect(inTeam).toMatchObject({ status: 422, body: { errors: [{ field: 'email', code: 'already_member' }] } })
    const malformed = await ada.browser.post(`/api/teams/${teamId}/invitations`, { email: 'eve', role: 'member' })
    expect(malformed).toMatchObject({ status: 422, body: { errors: [{ field: 'email', code: 'email_malformed' }] } })
  })

  test('FS-01 that can’t be mailed is none', async () => {
    fails = true
    const refused = await invite('eve@example.com')
    expect(refused).toMatchObject({ status: 503, body: { code: 'delivery_failed' } })
    expect((await read()).invitations).toEqual([])
  })

  test('P9 AU-02 its token is in no answer and no log', async () => {
    const answered = await invite('eve@example.com')
    const token = tokenTo('eve@example.com')
    expect(token).toHaveLength(43)
    await new Visitor(running.origin).post('/api/invitations/read', { token })
    expect(answered.text + running.log.join('\n') + JSON.stringify(await read())).not.toContain(token)
  })
})
