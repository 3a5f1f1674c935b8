import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readConfig } from '../../apps/console/server/config.ts'
import { parseProviders } from '../../apps/console/server/sign-in-providers/providers.ts'
import { newAddress, person } from '../support/account.ts'
import { type Administered, administered, type Colleague, join, verifyDomain, Zone } from '../support/administered.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import {
  atProvider,
  atTheProvider,
  comeBack,
  type HostileProvider,
  hostileProvider,
  signInAt,
} from '../support/oidc.ts'
import {
  answer,
  codeFor,
  confirmed,
  elsewhere,
  enroll,
  passStepUp,
  type Person,
  signIn,
  wrongCode,
} from '../support/person.ts'
import { everyRoute, filled } from '../support/routes.ts'
import { invitationTo, thingsOf } from '../support/sensitive.ts'
import { accountIdOf, audit, execute, tablesOf } from '../support/tables.ts'
import { type Answer, Visitor } from '../support/visitor.ts'

const dayMs = 86_400_000
const reason = 'They have lost their phone'
const everyone = { who: 'everyone', from: null, atLeast: 'totp' }

describe.each(databases)('single sign-on on %s', (on) => {
  let running: RunningConsole
  const zone = new Zone()
  /** Who is signed in at each provider. The first is one that anyone can link, the others are of teams. */
  const [atOpen, atOwn, atOther] = [atProvider(''), atProvider(''), atProvider('')]
  let open: HostileProvider
  let own: HostileProvider
  let other: HostileProvider
  beforeAll(async () => {
    open = await hostileProvider(() => running.clock(), atOpen, { id: 'open' })
    own = await hostileProvider(() => running.clock(), atOwn)
    other = await hostileProvider(() => running.clock(), atOther)
    running = await runConsole({ on, resolveTxt: zone.resolve, providers: [open.provider] })
  })
  afterAll(async () => {
    await running.close()
    for (const provider of [open, own, other]) await provider.close()
  })

  const become = (who: object, email: string): unknown => Object.assign(who, atProvider(email))
  const locationOf = ({ headers }: Answer): string | null => headers.get('location')
  const settings = ({ provider }: HostileProvider) => {
    const { issuer, clientId, clientSecret } = provider
    return { issuer, clientId, clientSecret, trusted: false, on: true }
  }
  const change = (at: RunningConsole, by: Person, teamId: string, wanted: object) =>
    confirmed(at, by, 'PUT', `/api/teams/${teamId}/sso`, wanted)

  /** A team of one's own with a verified domain, whose owner signs in here. */
  async function ownTeam(domain: string, at = running, names = zone): Promise<{ owner: Person; teamId: string }> {
    const owner = await person(at, { domain })
    const { id: teamId } = (await confirmed(at, owner, 'POST', '/api/teams', { name: 'Own' })).body
    await verifyDomain(at, names, owner, teamId, domain)
    return { owner, teamId }
  }

  async function turnOn(owner: Person, teamId: string, provider: HostileProvider, differs = {}): Promise<void> {
    const done = await change(running, owner, teamId, { ...settings(provider), ...differs })
    expect(done.status, done.text).toBe(204)
    // Whatever began in that very millisecond is from before.
    running.clock.advance(1)
  }

  async function accept(owner: Person, teamId: string, { email, browser }: Person, at = running): Promise<void> {
    await confirmed(at, owner, 'POST', `/api/teams/${teamId}/invitations`, { email, role: 'member' })
    const there = await browser.post('/api/invitations/accept', { token: invitationTo(at, email) })
    expect(there.status, there.text).toBe(200)
    at.clock.advance(1)
  }

  async function bySso({ email }: Pick<Person, 'email'>): Promise<Visitor> {
    const browser = new Visitor(running.origin)
    expect(locationOf(await signInAt(browser, '/api/sso/begin', { email, fresh: true }))).toBe('/')
    return browser
  }

  const identitiesOf = async (provider: string) =>
    ((await tablesOf(running))['identity'] ?? []).filter((row) => row['provider'] === provider)
  const withKey = (path: string, secret: string): Promise<Answer> =>
    new Visitor(running.origin).request(path, { headers: { cookie: null, authorization: `Bearer ${secret}` } })
  const newDomain = (): string => newAddress().replace('@', '.at.')

  /** A member of one team who has a team of their own on the side, with single sign-on, and signs in by that. */
  async function withTeamOnTheSide(): Promise<{
    here: Administered
    insider: Colleague
    side: { owner: Person; teamId: string }
    switchOver: () => Promise<Visitor>
  }> {
    const here = await administered(running, zone)
    const domain = newDomain()
    const insider = await join(running, here.owner, here.teamId, { domain, role: 'admin' })
    const side = await ownTeam(domain)
    await accept(side.owner, side.teamId, insider)
    return {
      here,
      insider,
      side,
      async switchOver() {
        await turnOn(side.owner, side.teamId, own)
        become(atOwn, insider.email)
        return await bySso(insider)
      },
    }
  }

  describe('E3 L4 · the single sign-on of a team of one’s own', () => {
    test('opens nothing of a team whose rule is in force, and leaves no more than leaving it', async () => {
      const { here, insider, switchOver } = await withTeamOnTheSide()
      await enroll(running, here.managed, 'totp')
      const team = `/api/teams/${here.teamId}`
      expect((await confirmed(running, here.owner, 'PUT', `${team}/policy`, everyone)).status).toBe(204)
      expect((await insider.browser.get(team)).body.code).toBe('enrollment_required')
      const browser = await switchOver()
      const key = { name: 'mine', scopes: ['teams:read'], expiresInDays: null }
      const { secret } = (await browser.post('/api/api-keys', key)).body
      const before = new Set((await audit(running, 'request.refused')).map(({ id }) => id))
      let asked = 0
      for (const [route, body] of Object.entries(everyRoute)) {
        const [method = '', path = ''] = route.split(' ')
        if (!path.startsWith('/api/teams/{teamId}') || path.endsWith('/leave')) continue
        const there = filled(path, { teamId: here.teamId, accountId: here.managed.accountId, domain: here.domain })
        const refused = method === 'GET' ? await browser.get(there) : await browser.send(method, there, body)
        expect([route, refused.status, refused.body.code]).toEqual([route, 403, 'sso_not_accepted'])
        asked += 1
      }
      expect(asked).toBeGreaterThan(12)
      const refusals = (await audit(running, 'request.refused')).filter(({ id }) => !before.has(id))
      expect(refusals).toHaveLength(asked)
      for (const { detail } of refusals) {
        expect(JSON.parse(detail)).toEqual({ reason: 'sso_not_accepted', team: here.teamId })
      }
      const byKey = await withKey(`/api/v1/teams/${here.teamId}/members`, secret)
      expect([byKey.status, byKey.body.code]).toEqual([403, 'sso_not_accepted'])
      // Their own account and teams are as open as ever.
      expect((await withKey('/api/v1/teams', secret)).status).toBe(200)
      expect((await browser.get('/api/account')).status).toBe(200)
      expect((await here.managed.browser.session()).body.account.mfaEnabled).toBe(true)
      expect((await browser.post(`${team}/leave`)).status).toBe(204)
    })

    test('is no second factor to the people who run another team', async () => {
      const { here, insider, switchOver } = await withTeamOnTheSide()
      const team = `/api/teams/${here.teamId}`
      await switchOver()
      const shown = async () => {
        const { people } = (await here.owner.browser.get(`${team}/people`)).body
        return people.find(({ email }: { email: string }) => email === insider.email)
      }
      expect(await shown()).toMatchObject({ mfa: 'sso', meetsRule: true })
      expect((await confirmed(running, here.owner, 'PUT', `${team}/policy`, everyone)).status).toBe(204)
      expect(await shown()).toMatchObject({ mfa: 'sso', meetsRule: false, standing: { status: 'required' } })
    })

    test('XA-12 · changes nothing in a team, with or without a rule: nobody is raised, let in or signed in by it', async () => {
      const { here, switchOver } = await withTeamOnTheSide()
      const team = `/api/teams/${here.teamId}`
      const browser = await switchOver()
      expect((await browser.get(team)).status).toBe(200)
      const before = await thingsOf(running)
      let asked = 0
      for (const [route, body] of Object.entries(everyRoute)) {
        const [method = '', path = ''] = route.split(' ')
        const decides = ['/policy', '/domains', '/sso', '/people', '/members', '/invitations'].some((part) =>
          path.includes(part),
        )
        if (method === 'GET' || !path.startsWith('/api/teams/{teamId}') || !decides) continue
        const there = filled(path, { teamId: here.teamId, accountId: here.managed.accountId, domain: here.domain })
        const refused = await browser.send(method, there, body)
        expect([route, refused.status >= 400]).toEqual([route, true])
        asked += refused.body.code === 'sso_not_accepted' ? 1 : 0
      }
      expect(asked).toBeGreaterThan(8)
      expect(await thingsOf(running)).toEqual(before)
      const role = { role: 'admin' }
      const raised = await browser.send('POST', `${team}/invitations`, { email: newAddress(), role: 'member' })
      expect([raised.status, raised.body.code]).toEqual([403, 'sso_not_accepted'])
      expect((await browser.send('PATCH', `${team}/members/${here.managed.accountId}`, role)).status).toBe(403)
    })

    test('opens a team whose rule is not in force yet, but helps nobody there to lose a second factor', async () => {
      const { here, switchOver } = await withTeamOnTheSide()
      await enroll(running, here.managed, 'totp')
      const team = `/api/teams/${here.teamId}`
      const browser = await switchOver()
      const colleague = `${team}/people/${here.managed.accountId}`
      const helps = async (): Promise<void> => {
        expect((await browser.get(`${team}/people`)).status).toBe(200)
        for (const [last, body] of [
          ['reset-mfa', { reason }],
          ['unlock', {}],
        ] as const) {
          const refused = await browser.post(`${colleague}/${last}`, body)
          expect([refused.status, refused.body.code]).toEqual([403, 'sso_not_accepted'])
        }
      }
      await helps()
      const from = new Date(running.clock() + dayMs).toISOString()
      const later = { ...everyone, from }
      expect((await confirmed(running, here.owner, 'PUT', `${team}/policy`, later)).status).toBe(204)
      await helps()
      expect((await here.managed.browser.session()).body.account.mfaEnabled).toBe(true)
    })

    test('and that of the team itself is taken, whatever its rule', async () => {
      const here = await administered(running, zone)
      const team = `/api/teams/${here.teamId}`
      await turnOn(here.owner, here.teamId, own)
      expect((await confirmed(running, here.owner, 'PUT', `${team}/policy`, everyone)).status).toBe(204)
      become(atOwn, here.admin.email)
      const browser = await bySso(here.admin)
      expect((await browser.get(team)).status).toBe(200)
      expect((await browser.get(`${team}/people`)).status).toBe(200)
    })
  })

  test('E1 L4 · while the deployment asks for a second factor, only a provider that it names stands in for one', async () => {
    const names = new Zone()
    const enforcement = { who: 'everyone', from: running.clock() + dayMs } as const
    const options = { on, resolveTxt: names.resolve, enforcement, ssoIssuers: [own.provider.issuer] }
    const strict = await runConsole(options)
    const domain = newDomain()
    const { owner, teamId } = await ownTeam(domain, strict, names)
    const insider = await person(strict, { domain })
    await accept(owner, teamId, insider, strict)
    const refused = await change(strict, owner, teamId, settings(other))
    expect([refused.status, refused.body.code]).toEqual([409, 'sso_issuer_not_named'])
    expect(refused.body.errors).toEqual([
      { field: 'issuer', code: 'sso_issuer_not_named', message: expect.stringMatching(/^[A-Z].*\.$/) },
    ])
    // What manages nobody may be kept.
    expect((await change(strict, owner, teamId, { ...settings(other), on: false })).status).toBe(204)
    expect((await change(strict, owner, teamId, settings(own))).status).toBe(204)
    expect((await insider.browser.get('/api/teams')).body.code).toBe('not_signed_in')
    const managed = await signIn(elsewhere(insider))
    expect([managed.status, managed.body.code]).toEqual([403, 'sso_required'])
    // One that was on before the deployment asked for anything.
    const rogue = `UPDATE team_sso SET issuer = '${other.provider.issuer}' WHERE team_id = '${teamId}'`
    await execute(strict, 'team_sso', rogue)
    strict.clock.advance(2 * dayMs)
    const begun = await new Visitor(strict.origin).post('/api/sso/begin', { email: insider.email })
    expect(begun.body.code).toBe('sso_not_found')
    const there = elsewhere(insider)
    expect((await signIn(there)).body.status).toBe('signed_in')
    expect((await there.browser.get('/api/account')).body.code).toBe('enrollment_required')
    await strict.close()
  })

  test('L4 · an API key of a managed account is as good as its sign-in: 30 days after the last one it opens nothing', async () => {
    const { owner, teamId } = await ownTeam(newDomain())
    const employee = await person(running, { domain: owner.email.slice(owner.email.indexOf('@') + 1) })
    const wanted = { name: 'mine', scopes: ['teams:read'], expiresInDays: null }
    await accept(owner, teamId, employee)
    const { secret } = (await confirmed(running, employee, 'POST', '/api/api-keys', wanted)).body
    const status = async (): Promise<string> => {
      const opened = await withKey('/api/v1/teams', secret)
      return [opened.status, opened.body.code].filter(Boolean).join(' ')
    }
    expect(await status()).toBe('200')
    await turnOn(owner, teamId, own)
    expect(await status(), 'before the first').toBe('401 api_key_invalid')
    become(atOwn, employee.email)
    await bySso(employee)
    expect(await status()).toBe('200')
    running.clock.advance(29 * dayMs)
    expect(await status()).toBe('200')
    await bySso(employee)
    running.clock.advance(30 * dayMs)
    expect(await status()).toBe('200')
    running.clock.advance(1)
    const before = (await audit(running, 'request.refused')).length
    expect(await status()).toBe('401 api_key_invalid')
    const [refused] = (await audit(running, 'request.refused')).slice(before)
    expect(JSON.parse(refused?.['detail'])).toMatchObject({ reason: 'api_key', key: expect.any(String) })
    // Whoever is managed no more has their keys back.
    const back = elsewhere(owner)
    await signIn(back)
    expect((await confirmed(running, back, 'DELETE', `/api/teams/${teamId}/sso`)).status).toBe(204)
    expect(await status()).toBe('200')
  })

  describe('XA-12 RV-09 · between the confirmation and the deed is time enough', () => {
    /** Has something happen once the next action is granted, before what it was granted for is done. */
    function meanwhile(happens: () => Promise<Answer>) {
      const { actions } = running.console.mfa
      const real = actions.require.bind(actions)
      return vi.spyOn(actions, 'require').mockImplementationOnce(async (...demand: Parameters<typeof real>) => {
        const step = await real(...demand)
        const done = await happens()
        expect(done.status, done.text).toBe(204)
        return step
      })
    }

    const changes = {
      'put out of the team': (here: Administered) =>
        confirmed(running, here.owner, 'DELETE', `/api/teams/${here.teamId}/members/${here.admin.accountId}`),
      'made a member': (here: Administered) =>
        confirmed(running, here.owner, 'PATCH', `/api/teams/${here.teamId}/members/${here.admin.accountId}`, {
          role: 'member',
        }),
      'whose team manages the person no more': (here: Administered) =>
        confirmed(running, here.owner, 'DELETE', `/api/teams/${here.teamId}/domains/${here.domain}`),
      'whose equal the person is by now': (here: Administered) =>
        confirmed(running, here.owner, 'PATCH', `/api/teams/${here.teamId}/members/${here.managed.accountId}`, {
          role: 'admin',
        }),
    }
    const cases = Object.keys(changes).flatMap((what) => [[what, 'reset-mfa'] as const, [what, 'unlock'] as const])

    test.each(cases)('an admin %s does nothing: %s', async (what, last) => {
      const here = await administered(running, zone)
      const { enrollmentId, secret } = await enroll(running, here.managed, 'totp')
      const there = elsewhere(here.managed)
      if (last === 'unlock') await lock(there, enrollmentId, secret)
      const path = `/api/teams/${here.teamId}/people/${here.managed.accountId}/${last}`
      const body = last === 'unlock' ? {} : { reason }
      const { challenge } = (await here.admin.browser.post(path, body)).body
      const challengeId = await passStepUp(running, here.admin, challenge)
      const things = async () => {
        const { sallyport_enrollment: enrollments, sallyport_account: accounts } = await tablesOf(running)
        const id = here.managed.accountId
        return [enrollments, accounts].map((rows) => rows?.filter((row) => row['account_id'] === id))
      }
      const before = await things()
      const spy = meanwhile(() => changes[what as keyof typeof changes](here))
      const late = await here.admin.browser.send('POST', path, body, { 'x-step-up': challengeId })
      spy.mockRestore()
      expect(late.body.code).toMatch(/^(team_not_found|member_not_found|role_insufficient)$/)
      expect(await things()).toEqual(before)
    })

    async function lock(there: Person, enrollmentId: string, secret: string): Promise<void> {
      for (let wrong = 0; wrong < 30; wrong += 1) {
        const begun = await signIn(there)
        if (begun.body.status !== 'challenge') break
        const right = codeFor(running, there, 'totp', secret)
        const answered = await answer(there.browser, enrollmentId, wrongCode(right))
        if (answered.body.code === 'account_locked') break
      }
    }

    test('DNS · a domain that was named anew while its record was read is not verified by the old one', async () => {
      const owner = await person(running)
      const domain = newDomain()
      const { id: teamId } = (await confirmed(running, owner, 'POST', '/api/teams', { name: 'Own' })).body
      const domains = `/api/teams/${teamId}/domains`
      const { record } = (await owner.browser.post(domains, { domain })).body
      zone.records.set(record.name, [record.value])
      expect((await owner.browser.post(`${domains}/${domain}/verify`)).body.code).toBe('own_check_required')
      await owner.browser.post('/api/password-check', { password: owner.password })
      const spy = meanwhile(async () => {
        const removed = await confirmed(running, owner, 'DELETE', `${domains}/${domain}`)
        expect((await owner.browser.post(domains, { domain })).body.record.value).not.toBe(record.value)
        return removed
      })
      const verified = await owner.browser.post(`${domains}/${domain}/verify`)
      spy.mockRestore()
      expect([verified.status, verified.body.code]).toEqual([404, 'domain_not_found'])
      const { domains: listed } = (await owner.browser.get(`/api/teams/${teamId}/security`)).body
      expect(listed).toMatchObject([{ domain, verifiedAt: null }])
    })
  })

  test('OA-03 L4 · single sign-on takes nobody’s own way in away: after it, everything is as before', async () => {
    const domain = newDomain()
    const email = newAddress(domain)
    become(atOpen, email)
    const browser = new Visitor(running.origin)
    expect(locationOf(await signInAt(browser, '/api/providers/open/begin'))).toBe('/')
    const employee: Person = { email, phone: '', password: '', browser }
    const { owner, teamId } = await ownTeam(domain)
    await accept(owner, teamId, employee)
    const [before] = (await identitiesOf('open')).filter((row) => row['email'] === email)
    // The organisation uses the same provider.
    await turnOn(owner, teamId, open)
    const key = { name: 'mine', scopes: ['teams:read'], expiresInDays: null }
    const signedIn = await bySso({ email })
    const { secret } = (await signedIn.post('/api/api-keys', key)).body
    running.clock.advance(29 * dayMs)
    await bySso({ email })
    running.clock.advance(30 * dayMs)
    expect((await withKey('/api/v1/teams', secret)).status).toBe(200)
    // Being turned away is no sign-in that a key would live on.
    const refused = await signInAt(new Visitor(running.origin), '/api/providers/open/begin')
    expect(locationOf(refused)).toBe('/sign-in?problem=sso_required')
    running.clock.advance(1)
    expect((await withKey('/api/v1/teams', secret)).status).toBe(401)
    const linked = (await identitiesOf('open')).filter((row) => row['email'] === email)
    expect(linked).toEqual([{ ...before, last_used_at: expect.anything() }])
    expect(await identitiesOf(`sso:${teamId}`)).toEqual([])
    const again = async () => locationOf(await signInAt(new Visitor(running.origin), '/api/providers/open/begin'))
    const back = elsewhere(owner)
    await signIn(back)
    await turnOn(back, teamId, open, { on: false })
    expect(await again()).toBe('/')
    expect((await confirmed(running, back, 'DELETE', `/api/teams/${teamId}/sso`)).status).toBe(204)
    running.clock.advance(1)
    expect(await again()).toBe('/')
  })

  test.each(['issuer', 'client'])(
    'OA-04 · a sign-in that ends after the team has gone to another %s signs nobody in',
    async (what) => {
      const { owner, teamId } = await ownTeam(newDomain())
      const employee = await person(running, { domain: owner.email.slice(owner.email.indexOf('@') + 1) })
      await accept(owner, teamId, employee)
      await turnOn(owner, teamId, own)
      become(atOwn, employee.email)
      become(atOther, employee.email)
      const late = new Visitor(running.origin)
      const { location } = (await late.post('/api/sso/begin', { email: employee.email })).body
      const path = await atTheProvider(location, running.origin)
      const real = globalThis.fetch
      let changed = false
      const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
        const answered = await real(input, init)
        const url = typeof input === 'string' || input instanceof URL ? String(input) : input.url
        if (url !== `${own.provider.issuer}/token`) return answered
        spy.mockRestore()
        await (what === 'issuer'
          ? turnOn(owner, teamId, other)
          : turnOn(owner, teamId, own, { clientId: 'another', clientSecret: 'another secret' }))
        changed = true
        return answered
      })
      const ended = await comeBack(late, path)
      spy.mockRestore()
      expect(changed).toBe(true)
      expect(locationOf(ended)).toBe('/sign-in?problem=sso_not_found')
      expect(await identitiesOf(`sso:${teamId}`)).toEqual([])
      if (what === 'issuer') await bySso(employee)
    },
  )

  test.each(['put out', 'gone'])('L4 · whoever is %s is known to the team’s single sign-on no more', async (how) => {
    const { owner, teamId } = await ownTeam(newDomain())
    const domain = owner.email.slice(owner.email.indexOf('@') + 1)
    const [employee, colleague] = [await person(running, { domain }), await person(running, { domain })]
    for (const each of [employee, colleague]) await accept(owner, teamId, each)
    await turnOn(owner, teamId, own)
    become(atOwn, colleague.email)
    await bySso(colleague)
    become(atOwn, employee.email)
    const first = await bySso(employee)
    expect(await identitiesOf(`sso:${teamId}`)).toHaveLength(2)
    if (how === 'gone') expect((await first.post(`/api/teams/${teamId}/leave`)).status).toBe(204)
    else {
      const { members } = (await owner.browser.get(`/api/teams/${teamId}`)).body
      const { accountId } = members.find(({ email }: { email: string }) => email === employee.email)
      const out = await confirmed(running, owner, 'DELETE', `/api/teams/${teamId}/members/${accountId}`)
      expect(out.status, out.text).toBe(204)
    }
    expect(await identitiesOf(`sso:${teamId}`)).toMatchObject([{ email: colleague.email }])
    running.clock.advance(1)
    // Invited again, with another account at the provider.
    const again = elsewhere(employee)
    expect((await signIn(again)).body.status).toBe('signed_in')
    await accept(owner, teamId, again)
    become(atOwn, employee.email)
    await bySso(employee)
  })

  test('OA-03 · whoever has got in by what was linked is out when it is unlinked, and nobody else is', async () => {
    const owner = await person(running)
    become(atOpen, newAddress())
    const begun = await confirmed(running, owner, 'POST', '/api/account/providers/open/link')
    await comeBack(owner.browser, await atTheProvider(begun.body.location, running.origin))
    const [thief, mine, byPassword] = [new Visitor(running.origin), new Visitor(running.origin), elsewhere(owner)]
    for (const browser of [thief, mine])
      expect(locationOf(await signInAt(browser, '/api/providers/open/begin'))).toBe('/')
    await signIn(byPassword)
    const { sessions } = (await thief.get('/api/sessions')).body
    const thiefs = sessions.find(({ current }: { current: boolean }) => current).sessionId
    const unlinking = { ...owner, browser: mine }
    expect((await confirmed(running, unlinking, 'DELETE', '/api/account/providers/open')).status).toBe(204)
    expect((await thief.session()).body.account).toBeNull()
    for (const browser of [mine, byPassword.browser, owner.browser]) {
      expect((await browser.session()).body.account?.email).toBe(owner.email)
    }
    // AU-01: and its owner can read of it.
    const of = await accountIdOf(running, owner.email)
    const ended = (await audit(running, 'session.ended')).filter((row) => row['account_id'] === of)
    expect(ended.map((row) => JSON.parse(row['detail']))).toEqual([{ session: thiefs, by: 'provider_unlinked' }])
  })
})

test('OA-04 · two providers whose issuers differ in spelling only are one', () => {
  const at = (id: string, issuer: string) => ({ id, name: id, issuer, clientId: 'console', clientSecret: 's3cret' })
  for (const spelling of ['https://id.example.com/', 'https://ID.example.com', 'https://id.example.com:443']) {
    const both = JSON.stringify([at('a', 'https://id.example.com'), at('b', spelling)])
    expect(parseProviders(both, 'https://console.example.com')).toMatchObject({ ok: false })
  }
})

test('E1 · the providers that may stand in for a second factor are read at the start, and checked', () => {
  const named = (text: string) => readConfig({ SALLYPORT_SSO_ISSUERS: text }).ssoIssuers
  expect(readConfig({}).ssoIssuers).toEqual([])
  expect(named('https://id.example.com, https://login.example.org/tenant ')).toEqual([
    'https://id.example.com',
    'https://login.example.org/tenant',
  ])
  for (const wrong of ['id.example.com', 'http://id.example.com', 'https://id.example.com?x=1', 'https://a.example,,'])
    expect(() => named(wrong)).toThrow(/^SALLYPORT_SSO_ISSUERS/)
})
