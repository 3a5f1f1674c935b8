import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enrollmentRoutes } from '../../apps/console/server/protection/gate.ts'
import { person } from '../support/account.ts'
import { signInApp, withApp } from '../support/app.ts'
import type { RunningConsole } from '../support/console.ts'
import { crawl, type Crawled } from '../support/crawl.ts'
import { consoleToCrawl } from '../support/crawled-console.ts'
import { confirmed, enroll, type Person } from '../support/person.ts'
import { invitationTo } from '../support/sensitive.ts'
import { execute } from '../support/tables.ts'
import { Visitor } from '../support/visitor.ts'

describe('FB-12 E2 E3 · someone who must set up a second factor first', () => {
  let running: RunningConsole
  let crawled: Crawled
  let end: () => Promise<void>
  let privileged: Person
  let app: ReturnType<typeof withApp>
  let secret: string
  beforeAll(async () => {
    const begun = await consoleToCrawl()
    ;({ running, end } = begun)
    privileged = await person(running)
    const post = async (path: string, body: object) => (await confirmed(running, privileged, 'POST', path, body)).body
    const { id: teamId } = await post('/api/teams', { name: 'Ministry' })
    secret = (await post('/api/api-keys', { name: 'old', scopes: ['teams:read'], expiresInDays: 7 })).secret
    app = withApp(privileged)
    expect((await signInApp(running, app)).status).toBe(200)
    crawled = { ...begun.crawled, ids: { ...begun.crawled.ids, teamId }, secrets: [] }
    expect((await privileged.browser.get(`/api/teams/${teamId}`)).status).toBe(200)
    const policy = `mfa_policy = 'privileged', mfa_from = ${running.clock()}`
    await execute(running, 'team', `UPDATE team SET ${policy} WHERE id = '${teamId}'`)
  })
  afterAll(() => end())

  test('FB-12 · reaches by cookie what sets one up, and nothing else', async () => {
    const cookies = new Map(privileged.browser.cookies)
    const isGood = async () => (await privileged.browser.get('/api/mfa/methods')).status === 200
    const held = { name: 'a session', cookies, opens: enrollmentRoutes, isGood }
    expect(await crawl(withoutUsingUp(crawled), held)).toEqual([])
    expect((await privileged.browser.get('/api/teams')).body.code).toBe('enrollment_required')
    expect((await privileged.browser.get('/api/mfa/methods')).status).toBe(200)
  })

  test('FB-12 · nor by an app that was signed in before, nor by the tokens that it gets next', async () => {
    for (const tokens of [app.browser.tokens!, (await app.browser.refresh()).body]) {
      const held = { name: 'an access token', values: [tokens.accessToken], opens: enrollmentRoutes }
      expect(await crawl(withoutUsingUp(crawled), held)).toEqual([])
    }
    expect((await app.browser.get('/api/teams')).body.code).toBe('enrollment_required')
    expect((await app.browser.get('/api/mfa/methods')).status).toBe(200)
  })

  test('FB-12 · nor by an API key', async () => {
    expect(await crawl(crawled, { name: 'an API key', values: [secret] })).toEqual([])
    const headers = { authorization: `Bearer ${secret}` }
    expect((await new Visitor(running.origin).request('/api/v1/teams', { headers })).body.code).toBe(
      'enrollment_required',
    )
  })

  test('FB-12 · nor by an invitation', async () => {
    const inviter = await person(running)
    const { id: teamId } = (await confirmed(running, inviter, 'POST', '/api/teams', { name: 'Elsewhere' })).body
    const invited = { email: privileged.email, role: 'member' }
    expect((await confirmed(running, inviter, 'POST', `/api/teams/${teamId}/invitations`, invited)).status).toBe(201)
    const accepted = await privileged.browser.post('/api/invitations/accept', {
      token: invitationTo(running, privileged.email),
    })
    expect(accepted.body.code).toBe('enrollment_required')
  })

  test('FB-14 · and once it is there, neither removes it nor turns MFA off', async () => {
    const totp = await enroll(running, privileged, 'totp')
    expect((await privileged.browser.get('/api/teams')).status).toBe(200)
    const off = await confirmed(running, privileged, 'POST', '/api/mfa/disable')
    expect([off.status, off.body.code]).toEqual([409, 'mfa_mandatory'])
    const removed = await confirmed(running, privileged, 'DELETE', `/api/mfa/methods/${totp.enrollmentId}`)
    expect([removed.status, removed.body.code]).toEqual([409, 'mfa_mandatory'])
    // A code by e-mail does not count for whoever is privileged.
    await enroll(running, privileged, 'email')
    const still = await confirmed(running, privileged, 'DELETE', `/api/mfa/methods/${totp.enrollmentId}`)
    expect([still.status, still.body.code]).toEqual([409, 'mfa_mandatory'])
    expect((await privileged.browser.get('/api/mfa/methods')).body.methods[0].enrollmentId).toBe(totp.enrollmentId)
  })
})

/** The session is to be there for the test after. */
function withoutUsingUp(crawled: Crawled): Crawled {
  return { ...crawled, routes: crawled.routes.filter((route) => !/sign-out|password-check|refresh/.test(route)) }
}
