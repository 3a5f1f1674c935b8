import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enrollmentRoutes, openRoutes } from '../../apps/console/server/protection/gate.ts'
import { wellKnown } from '../../apps/console/server/well-known.ts'
import { newAddress, person } from '../support/account.ts'
import { App, signInApp, withApp } from '../support/app.ts'
import type { RunningConsole } from '../support/console.ts'
import { crawl, type Crawled, type Held } from '../support/crawl.ts'
import { consoleToCrawl, documented } from '../support/crawled-console.ts'
import { confirmed, elsewhere, enroll, type Person, signIn } from '../support/person.ts'
import { askForReset } from '../support/reset.ts'
import { everyRoute } from '../support/routes.ts'
import { invitationTo, type Situated } from '../support/sensitive.ts'
import { tablesOf } from '../support/tables.ts'
import { knownCookie, trustedBy, trustedCookie, trusting } from '../support/trusted.ts'
import { Visitor } from '../support/visitor.ts'

const apiV1 = new Set(Object.keys(everyRoute).filter((route) => route.includes(' /api/v1/')))

const cookiesOf = ({ browser }: Pick<Person, 'browser'>): ReadonlyMap<string, string> => new Map(browser.cookies)

/** A secret as a whole and in the parts that it is made of. */
const inParts = (secret: string): readonly string[] => [
  ...new Set([secret, ...secret.split('.').filter((part) => part.length >= 16)]),
]

/** Everything that there is before the second factor, and everything that is no session, or none any more. */
const inHand: Readonly<Record<string, (running: RunningConsole, victim: Situated) => Promise<Held>>> = {
  'a browser’s cookie': async (running) => {
    const browser = new Visitor(running.origin)
    const { csrf } = (await browser.session()).body
    return { name: 'a browser', cookies: cookiesOf({ browser }), values: [csrf, ...browser.cookies.values()] }
  },
  'the cookie of a pending login': async (running, { owner }) => {
    running.clock.advance(30_000)
    const there = elsewhere(owner)
    const begun = await signIn(there)
    expect(begun.body.status).toBe('challenge')
    const cookies = cookiesOf(there)
    const values = inParts(cookies.get('__Host-sallyport-pending') ?? '')
    const isGood = async () => (await there.browser.copy().get('/api/mfa/challenge')).status === 200
    return { name: 'a pending login', cookies, values, isGood }
  },
  'the challenge token of an app': async (running, { owner }) => {
    const { email, password } = owner
    const inApp = new App(running.origin)
    const { status, challengeToken } = (await inApp.mobile('sign-in', { email, password })).body
    expect(status).toBe('mfa_required')
    const isGood = async () => (await inApp.mobile('challenge', { challengeToken })).status === 200
    return { name: 'a challenge token', values: inParts(challengeToken), isGood }
  },
  'the cookie of a confirmation': async (running) => {
    const browser = new Visitor(running.origin)
    const form = { email: newAddress(), phone: '', country: 'US', password: 'plain words about rivers' }
    expect((await browser.post('/api/registration', form)).status).toBe(202)
    const cookies = cookiesOf({ browser })
    const values = inParts(cookies.get('__Host-console-confirmation') ?? '')
    const isGood = async () => (await browser.copy().get('/api/confirmation')).status === 200
    return { name: 'a confirmation', cookies, values, isGood }
  },
  'the cookie of a sign-in at a provider': async (running) => {
    const browser = new Visitor(running.origin)
    expect((await browser.post('/api/providers/example/begin')).status).toBe(200)
    const cookies = cookiesOf({ browser })
    return { name: 'an OIDC state', cookies, values: [cookies.get('__Host-console-oidc') ?? ''] }
  },
  'the link of a password reset': async (running, { owner }) => {
    const token = await askForReset(running, owner.email)
    const browser = new Visitor(running.origin)
    const isGood = async () => (await browser.post('/api/password-reset/read', { token })).status === 200
    return { name: 'a reset token', values: [token], isGood }
  },
  'the link of an invitation': async (running) => {
    const mail = running.emails.messages.findLast(({ text }) => text.includes('/invitation#'))
    const token = invitationTo(running, mail?.to ?? '')
    const browser = new Visitor(running.origin)
    const isGood = async () => (await browser.post('/api/invitations/read', { token })).status === 200
    return { name: 'an invitation token', values: [token], isGood }
  },
  'the cookie of a session that was signed out': async (_, { colleague }) => {
    const there = elsewhere(colleague)
    expect((await signIn(there)).body.status).toBe('signed_in')
    const cookies = cookiesOf(there)
    await there.browser.post('/api/sign-out')
    return { name: 'a signed-out session', cookies, values: [cookies.get('__Host-console-session') ?? ''] }
  },
  'the cookie of a session from before MFA': async (running) => {
    const owner = await person(running)
    const cookies = cookiesOf(owner)
    await enroll(running, owner, 'totp')
    return { name: 'an older session', cookies, values: [cookies.get('__Host-console-session') ?? ''] }
  },
  'the tokens of an app that was signed out': async (running, { owner }) => {
    const there = withApp(owner)
    expect((await signInApp(running, there)).status).toBe(200)
    const { accessToken, refreshToken } = there.browser.tokens!
    expect((await there.browser.mobile('sign-out', { refreshToken })).status).toBe(204)
    return { name: 'an app’s old tokens', values: [accessToken, refreshToken] }
  },
  'a refresh token that was used': async (running, { owner }) => {
    const there = withApp(owner)
    expect((await signInApp(running, there)).status).toBe(200)
    const { refreshToken } = there.browser.tokens!
    expect((await there.browser.refresh()).status).toBe(200)
    return { name: 'a used refresh token', values: [refreshToken] }
  },
  'a refresh token, but for the next one': async (running, { owner }) => {
    const there = withApp(owner)
    expect((await signInApp(running, there)).status).toBe(200)
    const opens = new Set(['POST /api/mobile/refresh'])
    return { name: 'a refresh token', values: [there.browser.tokens!.refreshToken], opens }
  },
  'an API key': async (running, { owner }) => {
    const wanted = { name: 'crawler', scopes: ['teams:read'], expiresInDays: 7 }
    const made = await confirmed(running, owner, 'POST', '/api/api-keys', wanted)
    expect(made.status, made.text).toBe(201)
    const headers = { authorization: `Bearer ${made.body.secret}` }
    const isGood = async () => (await new Visitor(running.origin).request('/api/v1/teams', { headers })).status === 200
    return { name: 'an API key', values: [made.body.secret], opens: apiV1, isGood }
  },
  'the cookies of a trusted browser': async (running) => {
    const owner = await person(running)
    const there = await trusting(running, owner, await enroll(running, owner, 'totp'))
    const kept = [trustedCookie, knownCookie].map((name) => [name, there.browser.cookies.get(name) ?? ''] as const)
    const isGood = async () => (await trustedBy(running, owner.email)).length === 1
    return { name: 'a trusted browser', cookies: new Map(kept), values: [kept[0]![1]], isGood }
  },
  'the id of a challenge in someone’s session': async (_, { owner }) => {
    const { body } = await owner.browser.post('/api/account/delete', { email: owner.email })
    return { name: 'a step-up challenge', values: [body.challenge.id] }
  },
  'a recovery code': async (_, { app }) => ({ name: 'a recovery code', values: app.recoveryCodes.slice(0, 1) }),
}

/** What must be as it was, and sessions and refresh tokens, of which there may be fewer. */
async function stateOf(running: RunningConsole): Promise<{ things: string; opens: ReadonlySet<string> }> {
  const tables = await tablesOf(running)
  const kept = ['account', 'identity', 'team', 'team_member', 'team_invitation', 'team_domain', 'team_sso']
  const factors = ['contact_change', 'sallyport_enrollment', 'sallyport_code', 'sallyport_grant']
  const browsers = ['sallyport_trusted_device', 'sallyport_known_browser']
  const rows = [...kept, ...factors, ...browsers].map((name) => [
    name,
    (tables[name] ?? []).map((row) => JSON.stringify(row)).sort(),
  ])
  const sessions = (tables['session'] ?? []).map(({ id_hash: id }) => `session ${id}`)
  const tokens = (tables['refresh_token'] ?? []).map(({ token_hash: hash }) => `refresh token ${hash}`)
  const keys = (tables['api_key'] ?? []).map(({ id }) => `API key ${id}`)
  return { things: JSON.stringify(rows, null, 1), opens: new Set([...sessions, ...tokens, ...keys]) }
}

describe('L6 · every route of the running console', () => {
  let running: RunningConsole
  let victim: Situated
  let crawled: Crawled
  let end: () => Promise<void>
  beforeAll(async () => {
    ;({ running, victim, crawled, end } = await consoleToCrawl())
  })
  afterAll(() => end())

  test('FB-19 · stands in the document, and the tests know each of them', async () => {
    const inDocument = await documented(running.origin)
    expect(inDocument.toSorted()).toEqual(Object.keys(everyRoute).toSorted())
    expect(running.console.routes.toSorted()).toEqual(
      [...inDocument, 'GET /api/openapi.json', 'GET /healthz', 'GET /readyz', ...wellKnown, 'GET /*'].toSorted(),
    )
    const inDevelopment = new Set([...inDocument, 'GET /api/openapi.json', 'GET /api/dev/outbox'])
    for (const route of [...openRoutes, ...enrollmentRoutes]) expect(inDevelopment).toContain(route)
  })

  test.each(Object.keys(inHand))(
    'FB-01 FB-02 FB-03 FB-07 MB-01 · is not opened by %s',
    { timeout: 120_000 },
    async (name) => {
      const held = await inHand[name]!(running, victim)
      for (const value of held.values ?? []) expect(value).not.toBe('')
      const before = await stateOf(running)
      expect(await crawl(crawled, held)).toEqual([])
      const after = await stateOf(running)
      expect(after.things).toBe(before.things)
      // A refresh token that is good is exchanged for another one, of the same session.
      const made = [...after.opens].filter((each) => !before.opens.has(each))
      expect(made.filter((each) => held.opens === undefined || !each.startsWith('refresh token'))).toEqual([])
    },
  )
})
