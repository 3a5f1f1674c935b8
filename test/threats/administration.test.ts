import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Administered, administered, type Colleague, join, verifyDomain, Zone } from '../support/administered.ts'
import { newAddress } from '../support/address.ts'
import { bytesOf } from '../support/bytes.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { atProvider, hostileProvider, signInAt, type TestProvider, testProvider } from '../support/oidc.ts'
import { confirmed, elsewhere, enroll, passStepUp, type Person, signIn } from '../support/person.ts'
import { everyRoute, filled, nobodys } from '../support/routes.ts'
import { invitationTo, thingsOf } from '../support/sensitive.ts'
import { audit } from '../support/tables.ts'
import type { Answer, Visitor } from '../support/visitor.ts'

const reason = 'They have lost their phone'
const sso = {
  /** Of a provider that answers; nobody signs in there. */
  issuer: '',
  clientId: 'console',
  clientSecret: 'plain-words-about-rivers-and-meadows',
  trusted: false,
  on: true,
}

describe.each(databases)('administration on %s', (on) => {
  let running: RunningConsole
  let here: Administered
  let team: string
  const zone = new Zone()
  let answers: TestProvider
  beforeAll(async () => {
    answers = await testProvider()
    sso.issuer = answers.provider.issuer
    running = await runConsole({ on, resolveTxt: zone.resolve })
    await answers.serve(running.origin)
  })
  afterAll(() => answers.close())
  beforeEach(async () => {
    here = await administered(running, zone)
    team = `/api/teams/${here.teamId}`
  })
  afterAll(() => running.close())

  const personIn = (teamId: string, { accountId }: Pick<Colleague, 'accountId'>): string =>
    `/api/teams/${teamId}/people/${accountId}`
  const resetPath = (person: Colleague): string => `${personIn(here.teamId, person)}/reset-mfa`
  const mfaOf = async ({ browser }: Person): Promise<boolean> => (await browser.session()).body.account?.mfaEnabled

  /** Asked from a session whose CSRF token is there already, so that nothing but the answers differs. */
  async function expectSame(ask: (path: string) => Promise<Answer>, known: string, unknown: string): Promise<void> {
    const [one, other] = [await ask(known), await ask(unknown)]
    expect(one.status, one.text).toBe(404)
    expect(bytesOf(one)).toEqual(bytesOf(other))
  }

  describe('RV-09 · a reset by an administrator', () => {
    beforeEach(() => enroll(running, here.managed, 'totp'))

    test('takes an answer of their own to exactly this, and shows and chooses nothing', async () => {
      const { admin, managed } = here
      const other = await join(running, here.owner, here.teamId, { domain: here.domain })
      await enroll(running, other, 'totp')
      const refused = await admin.browser.post(resetPath(managed), { reason })
      expect([refused.status, refused.body.code]).toEqual([403, 'step_up_required'])
      expect(refused.body.challenge).toMatchObject({ action: 'mfa.reset' })
      expect(refused.body.challenge.purpose).toBe(`reset two-step sign-in of ${managed.email}`)
      const challengeId = await passStepUp(running, admin, refused.body.challenge)
      const before = await thingsOf(running)
      const withIt = (path: string, body: object): Promise<Answer> =>
        admin.browser.send('POST', path, body, { 'x-step-up': challengeId })
      expect((await withIt(resetPath(other), { reason })).body.code).toBe('step_up_mismatch')
      expect((await withIt(resetPath(managed), { reason: 'another' })).body.code).toBe('step_up_mismatch')
      for (const chosen of [{ secret: 'JBSWY3DPEHPK3PXP' }, { password: 'chosen' }, { recoveryCodes: ['a'] }])
        expect((await withIt(resetPath(managed), { reason, ...chosen })).status).toBe(400)
      expect(await thingsOf(running)).toBe(before)
      const done = await withIt(resetPath(managed), { reason })
      expect([done.status, done.text]).toEqual([204, ''])
      expect(await mfaOf(other)).toBe(true)
    })

    test('ends every session and pending login of the person, and is told on every channel', async () => {
      const { admin, managed } = here
      const pending = elsewhere(managed)
      running.clock.advance(30_000)
      expect((await signIn(pending)).body.status).toBe('challenge')
      const copy = managed.browser.copy()
      expect((await confirmed(running, admin, 'POST', resetPath(managed), { reason })).status).toBe(204)
      expect((await managed.browser.session()).body.account).toBeNull()
      expect((await copy.session()).body.account).toBeNull()
      // What was begun before has nothing left that could finish it.
      expect((await pending.browser.get('/api/mfa/challenge')).body.methods ?? []).toEqual([])
      await running.console.mfa.notices.deliver()
      const sent = [...running.emails.messages, ...running.texts.messages]
      for (const destination of [managed.email, managed.phone]) {
        const told = sent.filter(({ to, text }) => to === destination && /administrator/i.test(text))
        expect([destination, told.length]).toEqual([destination, 1])
        expect(told[0]?.text).not.toMatch(/(?<!\d)\d{6}(?!\d)/)
      }
    })

    test('is not for an administrator without a second factor, of themself, or of someone above them', async () => {
      const { owner, admin, managed } = here
      const second = await join(running, owner, here.teamId, { domain: here.domain, role: 'admin' })
      const before = await thingsOf(running)
      expect((await confirmed(running, second, 'POST', resetPath(managed), { reason })).body.code).toBe(
        'method_too_weak',
      )
      for (const [by, whom, code] of [
        [admin, admin, 'not_yourself'],
        [owner, owner, 'not_yourself'],
        [admin, owner, 'role_insufficient'],
        [admin, second, 'role_insufficient'],
      ] as const) {
        const refused = await by.browser.post(resetPath(whom), { reason })
        expect([refused.body.code, refused.status]).toEqual([code, code === 'not_yourself' ? 409 : 403])
      }
      expect(await thingsOf(running)).toBe(before)
      expect(await mfaOf(admin)).toBe(true)
    })

    test('is refused once the person has left the domain or the team, though it was confirmed before', async () => {
      const { admin, owner, managed, domain } = here
      const refused = await admin.browser.post(resetPath(managed), { reason })
      const challengeId = await passStepUp(running, admin, refused.body.challenge)
      expect((await confirmed(running, owner, 'DELETE', `${team}/domains/${domain}`)).status).toBe(204)
      const late = await admin.browser.send('POST', resetPath(managed), { reason }, { 'x-step-up': challengeId })
      expect(late.body.code).toBe('member_not_found')
      expect(await mfaOf(managed)).toBe(true)
    })
  })

  describe('XA-12 · people of others', () => {
    let rival: Administered
    beforeEach(async () => {
      rival = await administered(running, zone)
      await enroll(running, here.managed, 'totp')
      await enroll(running, here.outsider, 'totp')
    })

    test('an owner of one team sees and touches nothing of another: the same bytes as for no such team', async () => {
      const { browser } = rival.owner
      await browser.session()
      const before = await thingsOf(running)
      for (const [route, body] of Object.entries(everyRoute)) {
        const [method = '', path = ''] = route.split(' ')
        if (!/\/teams\/\{teamId\}\/(security|policy|domains|sso|people|audit)/.test(path)) continue
        const ids = { accountId: here.managed.accountId, domain: here.domain }
        const ask = (there: string): Promise<Answer> =>
          method === 'GET' ? browser.get(there) : browser.send(method, there, body)
        await expectSame(ask, filled(path, { ...ids, teamId: here.teamId }), filled(path, { ...ids, teamId: nobodys }))
      }
      expect(await thingsOf(running)).toBe(before)
    })

    test('whoever gets a person into their own team can’t reset, unlock or look at them', async () => {
      const { managed } = here
      const { email } = managed
      const invitations = `/api/teams/${rival.teamId}/invitations`
      await confirmed(running, rival.owner, 'POST', invitations, { email, role: 'member' })
      await confirmed(running, managed, 'POST', '/api/invitations/accept', { token: invitationTo(running, email) })
      const { people } = (await rival.owner.browser.get(`/api/teams/${rival.teamId}/people`)).body
      const seen = people.find((person: { email: string }) => person.email === email)
      expect(seen).toMatchObject({ managed: false, mfa: 'on', methods: null, lockedUntil: null })
      const nobody = { accountId: nobodys }
      for (const [last, body] of [
        ['reset-mfa', { reason }],
        ['unlock', {}],
      ] as const) {
        const ask = (path: string): Promise<Answer> => rival.owner.browser.post(`${path}/${last}`, body)
        await expectSame(ask, personIn(rival.teamId, managed), personIn(rival.teamId, nobody))
      }
      // Nor by naming their domain: it is taken.
      const domains = `/api/teams/${rival.teamId}/domains`
      const { record } = (await rival.owner.browser.post(domains, { domain: here.domain })).body
      zone.records.set(record.name, [record.value])
      expect((await rival.owner.browser.post(`${domains}/${here.domain}/verify`)).body.code).toBe('domain_taken')
      expect(await mfaOf(managed)).toBe(true)
    })
  })

  describe('XA-06 · the people of a team', () => {
    test('are shown to owners and admins; to a member the team has no such pages', async () => {
      const { browser } = here.managed
      expect((await here.admin.browser.get(`${team}/people`)).body.people).toHaveLength(4)
      await browser.session()
      for (const [route, body] of Object.entries(everyRoute)) {
        const [method = '', path = ''] = route.split(' ')
        if (!/\/teams\/\{teamId\}\/(security|policy|domains|sso|people|audit)/.test(path)) continue
        const ids = { accountId: here.admin.accountId, domain: here.domain }
        const ask = (there: string): Promise<Answer> =>
          method === 'GET' ? browser.get(there) : browser.send(method, there, body)
        await expectSame(ask, filled(path, { ...ids, teamId: here.teamId }), filled(path, { ...ids, teamId: nobodys }))
      }
    })

    test('a member outside the domains is as unknown to a reset as someone who is not there', async () => {
      await enroll(running, here.outsider, 'totp')
      const nobody = { accountId: nobodys }
      for (const by of [here.owner, here.admin]) {
        await by.browser.session()
        const reset = (path: string): Promise<Answer> => by.browser.post(`${path}/reset-mfa`, { reason })
        await expectSame(reset, personIn(here.teamId, here.outsider), personIn(here.teamId, nobody))
        const unlock = (path: string): Promise<Answer> => by.browser.post(`${path}/unlock`)
        await expectSame(unlock, personIn(here.teamId, here.outsider), personIn(here.teamId, nobody))
      }
      expect(await mfaOf(here.outsider)).toBe(true)
    })
  })

  test('SU-01 · each change of who must have MFA, or where people sign in, takes a fresh answer', async () => {
    const { owner, managed, domain } = here
    await enroll(running, managed, 'totp')
    const other = `other.${domain}`
    const { record } = (await owner.browser.post(`${team}/domains`, { domain: other })).body
    zone.records.set(record.name, [record.value])
    const sensitive = [
      ['policy.change', 'PUT', `${team}/policy`, { who: 'everyone', from: null, atLeast: 'totp' }],
      ['domain.verify', 'POST', `${team}/domains/${other}/verify`, {}],
      ['sso.change', 'DELETE', `${team}/domains/${domain}`, {}],
      ['sso.change', 'PUT', `${team}/sso`, sso],
      ['mfa.reset', 'POST', resetPath(managed), { reason }],
    ] as const
    const stale = 'BBBBBBBBBBBBBBBBBBBBBB'
    const before = await thingsOf(running)
    for (const [action, method, path, body] of sensitive) {
      for (const headers of [{}, { 'x-step-up': stale }]) {
        const refused = await owner.browser.send(method, path, body, headers)
        expect([path, refused.status, refused.body.code]).toEqual([path, 403, 'step_up_required'])
        expect(refused.body.challenge.action).toBe(action)
      }
    }
    expect(await thingsOf(running)).toBe(before)

    // What was confirmed is what can be done: another policy takes another answer.
    const [, method, path, body] = sensitive[0]
    const { challenge } = (await owner.browser.send(method, path, body)).body
    const challengeId = await passStepUp(running, owner, challenge)
    for (const changed of [{ who: 'optional' }, { atLeast: null }, { from: '2099-01-01T00:00:00.000Z' }]) {
      const answered = await owner.browser.send(method, path, { ...body, ...changed }, { 'x-step-up': challengeId })
      expect([answered.status, answered.body.code].join(' ')).toMatch(/^(403 step_up_mismatch|422 fields_invalid)$/)
    }
    expect((await owner.browser.send(method, path, body, { 'x-step-up': challengeId })).status).toBe(204)
    const replayed = await owner.browser.send(method, path, body, { 'x-step-up': challengeId })
    expect(replayed.body.code).toBe('step_up_required')
    const allowed = (await audit(running, 'action.allowed')).filter((entry) => entry['action'] === 'policy.change')
    expect(allowed.map(({ detail }) => JSON.parse(detail))).toContainEqual(
      expect.objectContaining({ team: here.teamId, who: 'everyone', atLeast: 'totp' }),
    )
  })

  test('RV-09 · whom single sign-on signs in keeps the address that their organisation knows them by', async () => {
    const { owner, managed } = here
    const provider = await hostileProvider(running.clock, atProvider(managed.email))
    const { issuer, clientId, clientSecret } = provider.provider
    const own = { issuer, clientId, clientSecret, trusted: false, on: true }
    expect((await confirmed(running, owner, 'PUT', `${team}/sso`, own)).status).toBe(204)
    // Whatever began in that very millisecond is from before.
    running.clock.advance(1)
    const fresh = { email: managed.email, fresh: true }
    const { browser } = elsewhere(managed)
    const back = await signInAt(browser, '/api/sso/begin', fresh)
    expect(back.headers.get('location')).toBe('/')
    await running.console.mfa.notices.deliver()
    const [before, sent] = [await thingsOf(running), running.emails.messages.length]
    await browser.session()
    for (const email of [newAddress(), `another@${here.domain}`, managed.email]) {
      const refused = await browser.post('/api/account/email', { email })
      expect([refused.status, refused.body.code]).toEqual([409, 'account_managed'])
      expect(browser.cookies.has('__Host-console-confirmation')).toBe(false)
    }
    await running.console.mfa.notices.deliver()
    expect(running.emails.messages).toHaveLength(sent)
    expect(await thingsOf(running)).toBe(before)
    expect((await browser.get('/api/account')).body).toMatchObject({ email: managed.email, changes: [] })
    await provider.close()
  })

  describe('a mandate', () => {
    const mandate = (policy: object = {}) =>
      confirmed(running, here.owner, 'PUT', `${team}/policy`, {
        who: 'everyone',
        from: null,
        atLeast: null,
        ...policy,
      })

    /** Every documented route that needs a session, once; those that said anything but that a factor is missing. */
    async function reachable(browser: Visitor): Promise<readonly string[]> {
      const open: string[] = []
      for (const [route, body] of Object.entries(everyRoute)) {
        // What has its own door, and what would end the session for all that come after it.
        if (/ \/api\/(v1|mobile)\/|sign-out/.test(route)) continue
        const [method = '', path = ''] = route.split(' ')
        const copy = browser.copy()
        const there = filled(path, { teamId: here.teamId, accountId: here.managed.accountId })
        const answered = method === 'GET' ? await copy.get(there) : await copy.send(method, there, body)
        if (answered.body?.code !== 'enrollment_required') open.push(route)
      }
      return open
    }

    test('FB-12 · leaves a session from before nothing but setting up a second factor, and signing out', async () => {
      const { managed } = here
      expect((await managed.browser.get('/api/teams')).status).toBe(200)
      expect((await mandate()).status).toBe(204)
      const mine = (await reachable(managed.browser)).filter(
        (route) =>
          /\/(account|api-keys|teams|sessions|invitations\/accept|mfa)/.test(route) &&
          !/\/mfa\/(challenge|passkey)/.test(route),
      )
      expect(mine.toSorted((one, other) => (one < other ? -1 : 1))).toEqual(
        [
          'GET /api/mfa/methods',
          'GET /api/mfa/step-up/{challengeId}',
          'POST /api/mfa/methods',
          'POST /api/mfa/methods/{enrollmentId}/confirm',
          'POST /api/mfa/methods/{enrollmentId}/prompt',
          'POST /api/mfa/step-up/{challengeId}/answer',
          'POST /api/mfa/step-up/{challengeId}/cancel',
          'POST /api/mfa/step-up/{challengeId}/prompt',
        ].toSorted((one, other) => (one < other ? -1 : 1)),
      )
    })

    test('FB-12 · leaves a new sign-in, an API key and an invitation no more than that', async () => {
      const { managed, owner } = here
      const key = { name: 'ci', scopes: ['teams:read'], expiresInDays: 7 }
      const { secret } = (await confirmed(running, managed, 'POST', '/api/api-keys', key)).body
      const byKey = (): Promise<Answer> =>
        managed.browser.request('/api/v1/teams', { headers: { cookie: null, authorization: `Bearer ${secret}` } })
      expect((await byKey()).status).toBe(200)
      const rival = await administered(running, zone)
      const { email } = managed
      await confirmed(running, rival.owner, 'POST', `/api/teams/${rival.teamId}/invitations`, { email, role: 'owner' })
      expect((await mandate()).status).toBe(204)
      expect((await byKey()).body.code).toBe('enrollment_required')
      const there = elsewhere(managed)
      expect((await signIn(there)).body.status).toBe('signed_in')
      const accepted = await there.browser.post('/api/invitations/accept', { token: invitationTo(running, email) })
      expect(accepted.body.code).toBe('enrollment_required')
      expect((await there.browser.get(team)).body.code).toBe('enrollment_required')
      // The owner has what is asked for, and goes on.
      expect((await owner.browser.get(team)).status).toBe(200)
    })

    test('MB-04 · once it is met, every session and key of before that is not the one in which it was is over', async () => {
      const { managed } = here
      const [other, copy] = [elsewhere(managed), managed.browser.copy()]
      await signIn(other)
      expect((await mandate()).status).toBe(204)
      await enroll(running, managed, 'totp')
      expect((await managed.browser.get('/api/teams')).status).toBe(200)
      expect((await other.browser.session()).body.account).toBeNull()
      expect((await copy.session()).body.account).toBeNull()
      expect((await copy.get('/api/teams')).body.code).toBe('not_signed_in')
    })

    test('E3 · someone who is made an admin meets the stricter rule at the next request', async () => {
      const { managed, owner } = here
      expect((await mandate({ who: 'privileged' })).status).toBe(204)
      await enroll(running, managed, 'email')
      expect((await managed.browser.get('/api/teams')).status).toBe(200)
      const member = `${team}/members/${managed.accountId}`
      expect((await confirmed(running, owner, 'PATCH', member, { role: 'admin' })).status).toBe(204)
      expect((await managed.browser.get('/api/teams')).body.code).toBe('enrollment_required')
      expect((await managed.browser.session()).body.standing).toMatchObject({
        status: 'required',
        because: ['you are an admin of Observatory'],
        atLeast: 'sms',
      })
    })

    test('FB-14 · the last second factor, and the last that is strong enough, can’t be removed or turned off', async () => {
      const { managed } = here
      const app = await enroll(running, managed, 'totp')
      const email = await enroll(running, managed, 'email')
      expect((await mandate({ atLeast: 'totp' })).status).toBe(204)
      const { browser } = managed
      const remove = (enrollmentId: string): Promise<Answer> =>
        confirmed(running, managed, 'DELETE', `/api/mfa/methods/${enrollmentId}`)
      for (const refused of [
        await remove(app.enrollmentId),
        await confirmed(running, managed, 'POST', '/api/mfa/disable'),
      ])
        expect([refused.status, refused.body.code]).toEqual([409, 'mfa_mandatory'])
      expect((await remove(email.enrollmentId)).status).toBe(204)
      expect((await remove(app.enrollmentId)).body.code).toBe('mfa_mandatory')
      expect((await browser.get('/api/mfa/methods')).body.enabledAt).not.toBeNull()
      expect((await mandate({ who: 'optional' })).status).toBe(204)
      expect((await confirmed(running, managed, 'POST', '/api/mfa/disable')).status).toBe(204)
    })
  })

  test('L4 · owners are never managed: whoever turns single sign-on on is not locked out by it', async () => {
    const { owner, managed, outsider } = here
    expect((await confirmed(running, owner, 'PUT', `${team}/sso`, sso)).status).toBe(204)
    expect((await owner.browser.get(`${team}/security`)).status).toBe(200)
    expect((await outsider.browser.get('/api/teams')).status).toBe(200)
    expect((await managed.browser.get('/api/teams')).body.code).toBe('not_signed_in')
    // Another domain makes more people managed, and takes effect as fast.
    const domain = outsider.email.slice(outsider.email.indexOf('@') + 1)
    await verifyDomain(running, zone, owner, here.teamId, domain)
    expect((await outsider.browser.get('/api/teams')).body.code).toBe('not_signed_in')
    expect((await confirmed(running, owner, 'DELETE', `${team}/domains/${domain}`)).status).toBe(204)
  })
})
