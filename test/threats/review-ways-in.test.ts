import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Administered, administered, type Colleague, join, verifyDomain, Zone } from '../support/administered.ts'
import { newAddress, person } from '../support/account.ts'
import { type AppPerson, signInApp, withApp } from '../support/app.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { type TestProvider, testProvider } from '../support/oidc.ts'
import { confirmed, type Person, sentCode } from '../support/person.ts'
import { askForReset, resetTokenTo } from '../support/reset.ts'
import { invitationTo } from '../support/sensitive.ts'
import { accountIdOf, audit, execute, tablesOf } from '../support/tables.ts'
import { type Answer, Visitor } from '../support/visitor.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const password = 'seven mild herons wade'
const sso = {
  /** Of a provider that answers; nobody signs in there. */
  issuer: '',
  clientId: 'console',
  clientSecret: 'plain-words-about-rivers-and-meadows',
  trusted: false,
  on: true,
}

describe.each(databases)('ways in, on %s', (on) => {
  let running: RunningConsole
  const zone = new Zone()
  let provider: TestProvider
  beforeAll(async () => {
    provider = await testProvider()
    sso.issuer = provider.provider.issuer
    running = await runConsole({ on, resolveTxt: zone.resolve })
    await provider.serve(running.origin)
  })
  afterAll(() => provider.close())
  afterAll(() => running.close())
  beforeEach(() => {
    // What was sent and tried in one test limits nothing in the next.
    running.clock.advance(day)
  })

  const rows = async (table: string) => (await tablesOf(running))[table] ?? []
  const isIn = async ({ browser }: Person): Promise<boolean> => (await browser.session()).body.account !== null
  /** Asked with the access token that the app has, which it does not refresh. */
  const opens = async ({ browser }: AppPerson): Promise<boolean> =>
    (await browser.request('/api/session')).status === 200
  /** What is recorded of refusals while `work` is done. */
  const refusals = async (work: () => Promise<unknown>) => {
    const before = new Set((await audit(running, 'request.refused')).map(({ id }) => id))
    await work()
    return (await audit(running, 'request.refused')).filter(({ id }) => !before.has(id))
  }
  /** What is recorded of sessions that have ended, of one account. */
  const endsOf = async (accountId: string): Promise<unknown[]> =>
    (await audit(running, 'session.ended'))
      .filter((row) => row['account_id'] === accountId)
      .map(({ detail }) => JSON.parse(detail))
  const reasonsFor = async (work: () => Promise<unknown>): Promise<unknown[]> =>
    (await refusals(work)).map(({ detail }) => JSON.parse(detail).reason)

  describe('sessions that the rules have ended', () => {
    let here: Administered
    let team: string
    beforeEach(async () => {
      here = await administered(running, zone)
      team = `/api/teams/${here.teamId}`
    })

    async function ask(by: Person, method: string, path: string, body: object = {}): Promise<Answer> {
      const answer = await confirmed(running, by, method, path, body)
      expect(answer.status, answer.text).toBeLessThan(300)
      return answer
    }
    /** Whatever is done next is not of the millisecond of what was done last. */
    const turnOn = async (): Promise<void> => {
      await ask(here.owner, 'PUT', `${team}/sso`, sso)
      running.clock.advance(1000)
    }
    const ofAccount = (accountId: string) => `account_id = '${accountId}'`
    const put = (accountId: string) =>
      execute(running, 'team_member', `INSERT INTO team_member VALUES ('${here.teamId}', '${accountId}', 'member', 1)`)
    const take = (accountId: string) =>
      execute(running, 'team_member', `DELETE FROM team_member WHERE ${ofAccount(accountId)}`)
    /** As if their team's provider had signed them in a moment ago, wherever they are signed in. */
    async function bySso({ accountId }: Colleague): Promise<void> {
      const now = running.clock()
      const set = `first_factor = 'sso', proved_at = ${now}, auth_at = ${now}, last_seen_at = ${now}`
      await execute(running, 'session', `UPDATE session SET ${set} WHERE ${ofAccount(accountId)}`)
      running.clock.advance(1000)
    }
    /** How many of the account's sessions would open something if the rules allowed it. */
    async function asleep(accountId: string): Promise<number> {
      const account = (await rows('account')).find(({ id }) => id === accountId)
      return (await rows('session')).filter(
        (row) => row['account_id'] === accountId && row['proved_at'] >= account?.['sessions_valid_from'],
      ).length
    }
    async function signedIn(domain = here.domain): Promise<Colleague> {
      const known = await person(running, { domain })
      return { ...known, accountId: await accountIdOf(running, known.email) }
    }
    async function invite({ email }: Person): Promise<string> {
      await ask(here.owner, 'POST', `${team}/invitations`, { email, role: 'member' })
      return invitationTo(running, email)
    }

    test('SC-13 L4 · whoever was in a team with single sign-on and goes finds no session from before it', async () => {
      await turnOn()
      const late = await signedIn()
      const app = withApp(late)
      await signInApp(running, app)
      const token = await invite(late)
      expect((await late.browser.post('/api/invitations/accept', { token })).status).toBe(200)
      expect([await isIn(late), await opens(app)]).toEqual([false, false])
      running.clock.advance(minute)
      await ask(here.owner, 'DELETE', `${team}/members/${late.accountId}`)
      expect([await isIn(late), await opens(app), (await app.browser.refresh()).status]).toEqual([false, false, 401])
    })

    test.each(['its cookie', 'an access token', 'a refresh token'] as const)(
      'SC-13 · one that comes with %s is gone from then on',
      async (which) => {
        const late = await signedIn()
        const app = withApp(late)
        await signInApp(running, app)
        await turnOn()
        // Without the console knowing when.
        await put(late.accountId)
        const come = {
          'its cookie': () => isIn(late),
          'an access token': () => opens(app),
          'a refresh token': async () => (await app.browser.refresh()).status === 200,
        }[which]
        expect(await come()).toBe(false)
        await take(late.accountId)
        expect(await come()).toBe(false)
        // The other is as good as it was.
        expect(await asleep(late.accountId)).toBe(1)
      },
    )

    test('SC-13 · what was confirmed in one goes with it', async () => {
      const { admin } = here
      const open = async () =>
        (await rows('sallyport_grant')).filter((row) => row['account_id'] === admin.accountId).length
      await ask(admin, 'POST', `${team}/invitations`, { email: newAddress(), role: 'member' })
      expect(await open()).toBe(1)
      // Without the console knowing when.
      await execute(running, 'team_sso', `INSERT INTO team_sso VALUES ('${here.teamId}', 'i', 'c', 's', 0, 1, 1)`)
      expect(await isIn(admin)).toBe(false)
      expect(await open()).toBe(0)
    })

    /** Who is signed in by single sign-on from then on, with a session from before; neither comes to the console in between. */
    const comes: Record<string, () => Promise<Colleague>> = {
      'accepts an invitation': async () => {
        await turnOn()
        const late = await signedIn()
        const token = await invite(late)
        expect((await late.browser.post('/api/invitations/accept', { token })).status).toBe(200)
        return late
      },
      'is an owner no more': async () => {
        await ask(here.owner, 'PATCH', `${team}/members/${here.managed.accountId}`, { role: 'owner' })
        await turnOn()
        await ask(here.owner, 'PATCH', `${team}/members/${here.managed.accountId}`, { role: 'admin' })
        return here.managed
      },
      'has an address of a domain that is verified': async () => {
        const domain = `${newAddress().split('@')[0]}.example.org`
        const late = await join(running, here.owner, here.teamId, { domain })
        await turnOn()
        await verifyDomain(running, zone, here.owner, here.teamId, domain)
        return late
      },
      'moves to an address of the domain': async () => {
        await turnOn()
        const moved = newAddress(here.domain)
        await ask(here.outsider, 'POST', '/api/account/email', { email: moved })
        const typed = { answer: sentCode(running, moved) }
        expect((await here.outsider.browser.post('/api/confirmation/answer', typed)).body).toEqual({ next: 'done' })
        return here.outsider
      },
    }

    /** Whose single sign-on ends, while signed in by it. */
    const goes: Record<string, (managed: Colleague) => Promise<unknown>> = {
      'leaves the team': ({ browser }) => browser.post(`${team}/leave`),
      'is removed': ({ accountId }) => ask(here.owner, 'DELETE', `${team}/members/${accountId}`),
      'is made an owner': ({ accountId }) =>
        ask(here.owner, 'PATCH', `${team}/members/${accountId}`, { role: 'owner' }),
      'has an address of a domain that is removed': () => ask(here.owner, 'DELETE', `${team}/domains/${here.domain}`),
      'was in a team that is deleted': () => ask(here.owner, 'DELETE', team),
    }

    test.each(Object.keys(comes))('SC-13 L4 · of whoever %s none from before is left', async (how) => {
      const { accountId } = (await comes[how]?.()) ?? here.managed
      expect(await asleep(accountId)).toBe(0)
      expect(await isIn(here.owner)).toBe(true)
    })

    test.each(Object.keys(goes))('SC-13 L4 · of whoever %s none by single sign-on is left', async (how) => {
      const { managed } = here
      await turnOn()
      await bySso(managed)
      expect(await isIn(managed)).toBe(true)
      await goes[how]?.(managed)
      expect(await asleep(managed.accountId)).toBe(0)
      expect(await isIn(here.owner)).toBe(true)
    })

    test('whoever changes the place of others, and whoever is none of them, stays signed in', async () => {
      const { admin, managed, outsider } = here
      await turnOn()
      for (const one of [admin, managed]) await bySso(one)
      await ask(here.owner, 'PATCH', `${team}/members/${managed.accountId}`, { role: 'admin' })
      await ask(here.owner, 'PATCH', `${team}/members/${managed.accountId}`, { role: 'member' })
      const other = await signedIn()
      const token = await invite(other)
      expect((await other.browser.post('/api/invitations/accept', { token })).status).toBe(200)
      const domain = `${newAddress().split('@')[0]}.example.org`
      await bySso(admin)
      await verifyDomain(running, zone, admin, here.teamId, domain)
      await ask(here.owner, 'DELETE', `${team}/domains/${domain}`)
      await bySso(admin)
      await ask(admin, 'DELETE', `${team}/members/${other.accountId}`)
      for (const one of [here.owner, admin, managed, outsider]) expect(await isIn(one)).toBe(true)
    })

    test('whoever comes and goes while single sign-on is switched on or off hinders nobody, and no session sleeps', async () => {
      const { outsider } = here
      for (let round = 0; round < 4; round += 1) {
        const late = await signedIn()
        const token = await invite(late)
        const switched = confirmed(running, here.owner, 'PUT', `${team}/sso`, { ...sso, on: round % 2 === 0 })
        const colleagues = round === 0 ? [here.managed, outsider] : []
        const all = await Promise.all([
          switched,
          late.browser.post('/api/invitations/accept', { token }),
          ...colleagues.map(({ browser }) => browser.post(`${team}/leave`)),
        ])
        // Whose session the switch has ended first is not signed in any more.
        expect(all.map(({ status }) => status).filter((status) => status >= 300 && status !== 401)).toEqual([])
        if (round % 2 === 0) expect(await asleep(late.accountId)).toBe(0)
        running.clock.advance(minute)
      }
    })

    test('where single sign-on is off, no change of anybody’s place signs them out', async () => {
      const { managed } = here
      await ask(here.owner, 'PUT', `${team}/sso`, { ...sso, on: false })
      const domain = `${newAddress().split('@')[0]}.example.org`
      await verifyDomain(running, zone, here.owner, here.teamId, domain)
      for (const role of ['owner', 'member'])
        await ask(here.owner, 'PATCH', `${team}/members/${managed.accountId}`, { role })
      await ask(here.owner, 'DELETE', `${team}/domains/${here.domain}`)
      await ask(here.owner, 'DELETE', `${team}/members/${managed.accountId}`)
      expect(await isIn(managed)).toBe(true)
    })
  })

  describe('a reset link', () => {
    const complete = (token: string, next = password): Promise<Answer> =>
      new Visitor(running.origin).post('/api/password-reset/complete', { token, password: next })
    const read = (token: string): Promise<Answer> =>
      new Visitor(running.origin).post('/api/password-reset/read', { token })
    const accountOf = async ({ email }: Person) => (await rows('account')).find((row) => row['email'] === email)
    const change = (set: string, { email }: Person): Promise<void> =>
      execute(running, 'account', `UPDATE account SET ${set} WHERE email = '${email}'`)

    test.each<[string, (owner: Person) => Promise<unknown>]>([
      [
        'its owner signs out everywhere else',
        async (owner) => expect((await confirmed(running, owner, 'POST', '/api/sessions/end-others')).status).toBe(204),
      ],
      ['the account is disabled', (owner) => change(`status = 'disabled'`, owner)],
      ['every session is ended', (owner) => change(`sessions_valid_from = ${running.clock() + 1}`, owner)],
      ['the address is confirmed anew', (owner) => change(`email_confirmed_at = ${running.clock()}`, owner)],
      ['the address is confirmed no more', (owner) => change('email_confirmed_at = NULL', owner)],
    ])('PR-04 L3 · sets no password when %s while it is being hashed', async (_what, meanwhile) => {
      const owner = await person(running)
      const token = await askForReset(running, owner.email)
      const before = await accountOf(owner)
      running.clock.advance(1000)
      const { passwords } = running.console
      const { hash } = passwords
      passwords.hash = async (typed) => {
        passwords.hash = hash
        const made = await hash(typed)
        running.clock.advance(5)
        await meanwhile(owner)
        return made
      }
      expect((await complete(token)).body?.code).toBe('reset_not_found')
      expect((await accountOf(owner))?.['password_hash']).toBe(before?.['password_hash'])
    })

    test('TF-10 · stays good whoever asks for another one: three stand side by side', async () => {
      const owner = await person(running)
      const first = await askForReset(running, owner.email)
      const others = [await askForReset(running, owner.email), await askForReset(running, owner.email)]
      const sent = running.emails.messages.length
      await askForReset(running, owner.email)
      expect(running.emails.messages).toHaveLength(sent)
      for (const token of [first, ...others]) expect((await read(token)).status).toBe(200)
      expect((await complete(first)).status).toBe(204)
      for (const token of others) {
        expect((await read(token)).status).toBe(404)
        expect((await complete(token, 'nine loud cranes fly')).status).toBe(404)
      }
    })

    test('RC-04 · of three that are used at once one sets the password', async () => {
      const owner = await person(running)
      const tokens: string[] = []
      for (let each = 0; each < 3; each += 1) tokens.push(await askForReset(running, owner.email))
      expect(new Set(tokens).size).toBe(3)
      const answers = await Promise.all(tokens.map((token, each) => complete(token, `${password} ${each}`)))
      expect(answers.map(({ status }) => `${status}`).toSorted()).toEqual(['204', '404', '404'])
    })

    test.each<[string, (owner: Person) => Promise<Answer>]>([
      [
        'the password is changed',
        async (owner) => {
          const next = { current: owner.password, next: 'nine loud cranes fly' }
          return await confirmed(running, owner, 'POST', '/api/account/password', next)
        },
      ],
      ['the others are signed out', (owner) => confirmed(running, owner, 'POST', '/api/sessions/end-others')],
      [
        'the address is changed, in the very millisecond',
        async (owner) => {
          const moved = newAddress()
          await confirmed(running, owner, 'POST', '/api/account/email', { email: moved })
          await askForReset(running, owner.email)
          return await owner.browser.post('/api/confirmation/answer', { answer: sentCode(running, moved) })
        },
      ],
    ])('PR-04 · ends with all the others when %s', async (_what, happens) => {
      const owner = await person(running)
      const tokens = [await askForReset(running, owner.email), await askForReset(running, owner.email)]
      const done = await happens(owner)
      expect(done.status, done.text).toBeLessThan(300)
      tokens.push(resetTokenTo(running, owner.email))
      for (const token of tokens) expect((await read(token)).status).toBe(404)
    })

    test('AU-01 · that is mailed is recorded, with the address masked', async () => {
      const owner = await person(running)
      await askForReset(running, owner.email)
      const sent = await audit(running, 'password.reset_link_sent')
      const accountId = await accountIdOf(running, owner.email)
      const entry = sent.find((each) => each['account_id'] === accountId)
      expect(entry).toMatchObject({ outcome: 'ok' })
      const text = JSON.stringify(entry)
      expect(text).toContain(`${owner.email.charAt(0)}***@`)
      expect(text).not.toContain(owner.email)
      await new Visitor(running.origin).post('/api/password-reset', { email: newAddress() })
      await running.console.settled()
      expect(await audit(running, 'password.reset_link_sent')).toHaveLength(sent.length)
    })

    test('AU-01 · that is none is recorded, whether it is opened or used', async () => {
      for (const use of [read, complete]) {
        expect(await reasonsFor(() => use('A'.repeat(43)))).toEqual(['reset_link'])
      }
      const token = await askForReset(running, (await person(running)).email)
      expect(await reasonsFor(() => read(token))).toEqual([])
    })
  })

  describe('a refresh token', () => {
    async function inApp(): Promise<AppPerson> {
      const app = withApp(await person(running))
      expect((await signInApp(running, app)).status).toBe(200)
      return app
    }

    test('AU-01 · that is unknown, or of a session that has ended, is recorded', async () => {
      const app = await inApp()
      expect(await reasonsFor(() => app.browser.copy().refresh('A'.repeat(43)))).toEqual(['refresh_token'])
      const { tokens } = app.browser
      expect(await reasonsFor(() => app.browser.mobile('sign-out', { refreshToken: tokens?.refreshToken }))).toEqual([])
      expect(await reasonsFor(() => app.browser.refresh(tokens?.refreshToken))).toEqual(['refresh_token'])
    })

    test('AU-01 · is recorded with whose it was when the rules have ended the session, and so is its end', async () => {
      const here = await administered(running, zone)
      const app = withApp(here.managed)
      await signInApp(running, app)
      const session = await sessionOf(app)
      await execute(running, 'team_sso', `INSERT INTO team_sso VALUES ('${here.teamId}', 'i', 'c', 's', 0, 1, 1)`)
      const refused = await refusals(() => app.browser.refresh())
      expect(refused).toMatchObject([{ account_id: here.managed.accountId, detail: '{"reason":"refresh_token"}' }])
      expect(await endsOf(here.managed.accountId)).toEqual([{ session, by: 'rule' }])
    })

    test('O4 MB-03 · that was used gives a thief away however often the next one was used since', async () => {
      const app = await inApp()
      const thief = app.browser.copy()
      const session = await sessionOf(app)
      expect((await thief.refresh()).status).toBe(200)
      await pretend(session, 600)
      running.clock.advance(minute)
      expect((await thief.refresh()).status).toBe(200)
      expect(await reasonsFor(() => app.browser.refresh())).toEqual(['refresh_token_reused'])
      const of = await accountIdOf(running, app.email)
      expect(await endsOf(of)).toEqual([{ session, by: 'refresh_token_reused' }])
      expect((await thief.refresh()).status).toBe(401)
    })

    test('O4 · that is used without end wears its session out, and what was used a week ago is forgotten', async () => {
      const app = await inApp()
      const session = await sessionOf(app)
      await pretend(session, 5000)
      expect((await app.browser.refresh()).body.code).toBe('token_invalid')
      expect(await opens(app)).toBe(false)
      const of = await accountIdOf(running, app.email)
      expect(await endsOf(of)).toEqual([{ session, by: 'refreshed_too_often' }])
      const other = await inApp()
      const its = await sessionOf(other)
      await pretend(its, 3000)
      running.clock.advance(4 * day)
      expect((await other.browser.refresh()).status).toBe(200)
      running.clock.advance(4 * day)
      expect((await other.browser.refresh()).status).toBe(200)
      const left = (await rows('refresh_token')).filter((row) => row['session_id'] === its)
      expect(left.length).toBeLessThan(4)
    })

    const sessionOf = async ({ email }: AppPerson): Promise<string> => {
      const accountId = await accountIdOf(running, email)
      const found = (await rows('session')).filter((row) => row['account_id'] === accountId && row['kind'] === 'tokens')
      return found[0]!['id_hash']
    }
    /** As if so many had been used. */
    async function pretend(session: string, times: number): Promise<void> {
      const at = running.clock()
      const used = Array.from({ length: times }, (_, each) => `('${session}/${each}', '${session}', ${at}, ${at})`)
      await execute(running, 'refresh_token', `INSERT INTO refresh_token VALUES ${used.join(', ')}`)
    }
  })
})
