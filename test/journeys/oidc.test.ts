import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newAddress } from '../support/address.ts'
import { databases, type RunningConsole, runConsole } from '../support/console.ts'
import { atProvider, atTheProvider, comeBack, signInAt, type TestProvider, testProvider } from '../support/oidc.ts'
import { answer, codeFor, confirmed, elsewhere, enroll, newPerson, type Person, signIn } from '../support/person.ts'
import { nobodys } from '../support/routes.ts'
import { audit, execute, tablesOf } from '../support/tables.ts'
import { Visitor } from '../support/visitor.ts'

const begin = '/api/providers/example/begin'
const records = new Map<string, string>()

describe.each(databases)('on %s', (on) => {
  let social: TestProvider
  let company: TestProvider
  let running: RunningConsole

  beforeAll(async () => {
    social = await testProvider()
    company = await testProvider({ clientId: 'acme' }, { claimsInToken: true })
    const resolveTxt = async (name: string) => [[records.get(name) ?? '']]
    running = await runConsole({ on, providers: [social.provider], resolveTxt })
    await Promise.all([social.serve(running.origin, running.clock), company.serve(running.origin, running.clock)])
  })
  afterAll(async () => {
    await Promise.all([running.close(), social.close(), company.close()])
  })

  const locationOf = (answered: { readonly headers: Headers }) => answered.headers.get('location')
  const whoIs = async (browser: Visitor) => (await browser.session()).body.account?.email ?? null

  /** Links the provider to the person's account, as the person would. */
  async function linked(person: Person) {
    const atExample = atProvider(person.email)
    social.person = atExample
    const begun = await confirmed(running, person, 'POST', '/api/account/providers/example/link')
    expect(begun.status, begun.text).toBe(200)
    const back = await comeBack(person.browser, await atTheProvider(begun.body.location, running.origin))
    expect(locationOf(back)).toBe('/account?linked=example')
    return atExample
  }

  test('who is new at the provider gets an account without a password, and gets into it again', async () => {
    const email = newAddress()
    social.person = atProvider(email)
    const browser = new Visitor(running.origin)
    expect(locationOf(await signInAt(browser, begin))).toBe('/')
    expect((await browser.session()).body.account).toMatchObject({ email, hasPassword: false, mfaEnabled: false })
    const again = new Visitor(running.origin)
    expect(locationOf(await signInAt(again, begin))).toBe('/')
    expect(await whoIs(again)).toBe(email)
    // By the subject and not by the address, which they may change there.
    social.person = { ...social.person, email: newAddress() }
    const moved = new Visitor(running.origin)
    expect(locationOf(await signInAt(moved, begin))).toBe('/')
    expect(await whoIs(moved)).toBe(email)
    const [session] = (await tablesOf(running))['session']?.filter((row) => row['first_factor'] === 'oidc') ?? []
    expect(session).toMatchObject({ kind: 'browser', challenge_id: null })
  })

  /** Something that is confirmed first. */
  const makeKey = async (browser: Visitor, name = 'ci') =>
    await browser.post('/api/api-keys', { name, scopes: ['teams:read'], expiresInDays: 7 })

  test('only a sign-in that was a fresh one at the provider confirms anything, and for 5 minutes', async () => {
    social.person = atProvider(newAddress())
    const atExample = new Map<string, string>()
    const browser = new Visitor(running.origin)
    const through = async (body: object) => {
      const begun = await browser.post(begin, body)
      const asked = new URL(begun.body.location).searchParams.get('max_age')
      const before = social.asked
      const path = await atTheProvider(begun.body.location, running.origin, atExample)
      expect(path).toMatch(/^\/api\/providers\/example\/callback\?/)
      expect(locationOf(await comeBack(browser, path))).toBe('/')
      await browser.session()
      return [asked, social.asked - before]
    }
    expect(await through({})).toEqual([null, 1])
    expect((await makeKey(browser)).body.code).toBe('own_check_required')
    // It knows them still, and asks nothing.
    expect(await through({})).toEqual([null, 0])
    expect((await makeKey(browser)).body.code).toBe('own_check_required')
    expect((await browser.session()).body.account.ownCheck).toBe('sign_in')
    running.clock.advance(120_000)
    expect(await through({ fresh: true })).toEqual(['60', 1])
    running.clock.advance(5 * 60_000)
    expect((await makeKey(browser)).status).toBe(201)
    running.clock.advance(1)
    expect((await makeKey(browser, 'another')).body.code).toBe('own_check_required')
  })

  test('no password opens an account that has none', async () => {
    const email = newAddress()
    social.person = atProvider(email)
    await signInAt(new Visitor(running.origin), begin)
    for (const password of ['', 'any password']) {
      const tried = await signIn({ email, password, browser: new Visitor(running.origin) })
      expect(tried.body.code).toBe('credentials_wrong')
    }
  })

  test('what is linked signs in, and is listed', async () => {
    const person = await newPerson(running)
    const listed = async () => (await person.browser.get('/api/account/providers')).body
    expect(await listed()).toEqual({
      providers: [{ id: 'example', name: 'Example ID', linked: null }],
      hasPassword: true,
    })
    await linked(person)
    expect((await listed()).providers[0].linked).toMatchObject({ email: person.email })
    const browser = new Visitor(running.origin)
    expect(locationOf(await signInAt(browser, begin))).toBe('/')
    expect(await whoIs(browser)).toBe(person.email)
    // The password goes on to work beside it.
    expect((await signIn(elsewhere(person))).body).toEqual({ status: 'signed_in' })
    await running.console.deliver()
    expect(running.emails.lastTo(person.email).text).toContain('Example ID')
  })

  test('L2 an account with MFA meets its challenge after the provider', async () => {
    const person = await newPerson(running)
    await linked(person)
    const app = await enroll(running, person, 'totp')
    const browser = new Visitor(running.origin)
    expect(locationOf(await signInAt(browser, begin))).toBe('/challenge')
    expect(await whoIs(browser)).toBeNull()
    expect((await browser.get('/api/account')).status).toBe(401)
    const answered = await answer(browser, app.enrollmentId, codeFor(running, person, 'totp', app.secret))
    expect(answered.status, answered.text).toBe(200)
    expect(await whoIs(browser)).toBe(person.email)
  })

  test('E2 with MFA mandated: the provider signs in, and from the day on only to set up a second factor', async () => {
    const email = newAddress()
    social.person = atProvider(email)
    const [browser, before] = [new Visitor(running.origin), new Visitor(running.origin)]
    expect(locationOf(await signInAt(before, begin))).toBe('/')
    const { id: teamId } = (await before.post('/api/teams', { name: 'Observatory' })).body
    const policy = `mfa_policy = 'everyone', mfa_from = ${running.clock() + 600_000}`
    await execute(running, 'team', `UPDATE team SET ${policy} WHERE id = '${teamId}'`)
    expect(locationOf(await signInAt(browser, begin))).toBe('/')
    expect((await browser.session()).body.standing).toMatchObject({ status: 'postponed' })
    expect((await browser.get('/api/teams')).status).toBe(200)

    running.clock.advance(600_000)
    expect((await before.get('/api/teams')).body.code).toBe('enrollment_required')
    expect(locationOf(await signInAt(browser, begin))).toBe('/')
    expect((await browser.session()).body.standing).toMatchObject({ status: 'required', atLeast: 'sms' })
    expect(await browser.get('/api/teams')).toMatchObject({ status: 403, body: { code: 'enrollment_required' } })
    // Setting one up is confirmed like everything else: by a sign-in of now, where there is no password.
    expect((await browser.post('/api/mfa/methods', { method: 'totp' })).body.code).toBe('own_check_required')
    expect(locationOf(await signInAt(browser, begin, { fresh: true }))).toBe('/')
    const person = { email, phone: '', password: '', browser }
    const app = await enroll(running, person, 'totp')
    expect((await browser.get('/api/teams')).status).toBe(200)

    const again = new Visitor(running.origin)
    expect(locationOf(await signInAt(again, begin))).toBe('/challenge')
    const answered = await answer(again, app.enrollmentId, codeFor(running, person, 'totp', app.secret))
    expect(answered.status, answered.text).toBe(200)
    expect((await again.session()).body.standing).toMatchObject({ status: 'free' })
  })

  test('unlinking leaves the password, and the owner is told', async () => {
    const person = await newPerson(running)
    await linked(person)
    expect((await confirmed(running, person, 'DELETE', '/api/account/providers/example')).status).toBe(204)
    expect(locationOf(await signInAt(new Visitor(running.origin), begin))).toBe('/sign-in?problem=identity_not_linked')
    expect((await signIn(elsewhere(person))).body).toEqual({ status: 'signed_in' })
    const again = await person.browser.send('DELETE', '/api/account/providers/example')
    expect(again.body.code).toBe('provider_not_linked')
    const told = await audit(running, 'owner.told')
    expect(told.map((entry) => entry['detail']).join()).toContain('identity.unlinked')
  })

  test('what is linked to one account is not linked to another', async () => {
    const [first, second] = [await newPerson(running), await newPerson(running)]
    social.person = await linked(first)
    const begun = await confirmed(running, second, 'POST', '/api/account/providers/example/link')
    const back = await comeBack(second.browser, await atTheProvider(begun.body.location, running.origin))
    expect(locationOf(back)).toBe('/sign-in?problem=identity_taken')
    // Nor a second one of the same provider to the first.
    const more = await first.browser.send('POST', '/api/account/providers/example/link')
    expect(more.body.code).toBe('identity_taken')
  })

  test('OA-04 a code that someone else was given is worth nothing: the verifier is not theirs', async () => {
    const [victim, thief] = [new Visitor(running.origin), new Visitor(running.origin)]
    social.person = atProvider(newAddress())
    const wanted = (await victim.post(begin)).body.location
    const stolen = await atTheProvider(wanted, running.origin)
    const own = await atTheProvider((await thief.post(begin)).body.location, running.origin)
    const code = new URLSearchParams(stolen.split('?')[1]).get('code') ?? ''
    const back = await comeBack(thief, own.replace(/code=[^&]+/, `code=${encodeURIComponent(code)}`))
    expect(locationOf(back)).toBe('/sign-in?problem=provider_failed')
    expect(await whoIs(thief)).toBeNull()
  })

  test('whoever says no at the provider is told that nothing has happened', async () => {
    social.person = null
    const browser = new Visitor(running.origin)
    expect(locationOf(await signInAt(browser, begin))).toBe('/sign-in?problem=provider_refused')
    expect(browser.cookies.has('__Host-console-oidc')).toBe(false)
  })

  describe('single sign-on', () => {
    const sso = '/api/sso/begin'
    // The domain is one team's at a time.
    afterEach(() => execute(running, 'team', 'delete from team'))

    /** A team with an owner, and a colleague whom its provider signs in. */
    async function managedTeam() {
      const owner = await newPerson(running)
      const colleague = await newPerson(running)
      const team = await confirmed(running, owner, 'POST', '/api/teams', { name: 'Acme' })
      const teamId: string = team.body.id
      const path = `/api/teams/${teamId}`
      const invited = { email: colleague.email, role: 'member' }
      expect((await confirmed(running, owner, 'POST', `${path}/invitations`, invited)).status).toBe(201)
      const token = /\/invitation#([\w-]+)/.exec(running.emails.lastTo(colleague.email).text)?.[1]
      expect((await colleague.browser.post('/api/invitations/accept', { token })).status).toBe(200)
      const added = await confirmed(running, owner, 'POST', `${path}/domains`, { domain: 'example.com' })
      expect(added.status, added.text).toBe(201)
      records.set(added.body.record.name, added.body.record.value)
      const verified = await confirmed(running, owner, 'POST', `${path}/domains/example.com/verify`)
      expect(verified.status, verified.text).toBeLessThan(300)
      const change = async (differs: object = {}) => {
        const { issuer, clientId, clientSecret } = company.provider
        const wanted = { issuer, clientId, clientSecret, trusted: true, on: true, ...differs }
        const changed = await confirmed(running, owner, 'PUT', `${path}/sso`, wanted)
        expect(changed.status, changed.text).toBeLessThan(300)
        // Whatever began in that very millisecond is from before.
        running.clock.advance(1)
      }
      return { teamId, owner, colleague, change }
    }

    test('L4 it signs in the people it manages, unchallenged, and nothing else does; switched off, all is as before', async () => {
      const { colleague, change } = await managedTeam()
      const app = await enroll(running, colleague, 'totp')
      const atExample = atProvider(colleague.email)
      expect((await new Visitor(running.origin).post(sso, { email: colleague.email })).body.code).toBe('sso_not_found')

      await change()
      company.person = atProvider(colleague.email, { amr: ['hwk', 'not an amr'] })
      const browser = new Visitor(running.origin)
      // What they did to get in before is nothing now.
      expect((await colleague.browser.session()).body.account).toBeNull()
      const byPassword = await signIn(elsewhere(colleague))
      expect(byPassword.body.status ?? byPassword.body.code).not.toBe('signed_in')
      // Any address of the domain leads there, whether or not someone has it.
      expect(locationOf(await signInAt(browser, sso, { email: newAddress() }))).toBe('/')
      expect((await browser.session()).body.account).toMatchObject({ email: colleague.email, managed: 'Acme' })
      const sessions = (await tablesOf(running))['session'] ?? []
      expect(sessions.find((row) => row['first_factor'] === 'sso')).toMatchObject({ challenge_id: null, amr: 'hwk' })
      expect((await browser.send('POST', '/api/account/providers/example/link')).body.code).toBe('sso_required')
      // Who knows when its provider asked them last? They come anew, and then it is known.
      expect((await makeKey(browser)).body.code).toBe('own_check_required')
      const fresh = { email: colleague.email, fresh: true }
      expect(locationOf(await signInAt(browser, sso, fresh))).toBe('/')
      await browser.session()
      expect((await makeKey(browser)).status).toBe(201)

      // Known by the subject from then on, and by nothing else.
      company.person = { ...company.person, email: newAddress(), emailVerified: false }
      expect(locationOf(await signInAt(new Visitor(running.origin), sso, { email: colleague.email }))).toBe('/')
      company.person = atProvider(colleague.email)
      const replaced = await signInAt(new Visitor(running.origin), sso, { email: colleague.email })
      expect(locationOf(replaced)).toBe('/sign-in?problem=sso_not_managed')

      // A social provider is not this.
      social.person = atExample
      const unlinked = await signInAt(new Visitor(running.origin), begin)
      expect(locationOf(unlinked)).toBe('/sign-in?problem=identity_not_linked')

      await change({ on: false })
      expect((await browser.session()).body.account).toBeNull()
      expect((await new Visitor(running.origin).post(sso, { email: colleague.email })).body.code).toBe('sso_not_found')
      const back = elsewhere(colleague)
      expect((await signIn(back)).body.status).toBe('challenge')
      running.clock.advance(30_000)
      const code = codeFor(running, colleague, 'totp', app.secret)
      expect((await answer(back.browser, app.enrollmentId, code)).status).toBe(200)
    })

    test('it signs in nobody whom the team does not manage', async () => {
      const { owner, change } = await managedTeam()
      await change()
      const stranger = await newPerson(running)
      for (const person of [
        atProvider(stranger.email),
        // Owners get in when their provider does not.
        atProvider(owner.email),
        atProvider(newAddress()),
      ]) {
        company.person = person
        const back = await signInAt(new Visitor(running.origin), sso, { email: owner.email })
        expect(locationOf(back)).toBe('/sign-in?problem=sso_not_managed')
      }
    })

    test('an address that the provider has not confirmed signs in nobody', async () => {
      const { colleague, change } = await managedTeam()
      await change()
      company.person = atProvider(colleague.email, { emailVerified: false })
      const back = await signInAt(new Visitor(running.origin), sso, { email: colleague.email })
      expect(locationOf(back)).toBe('/sign-in?problem=sso_not_managed')
    })

    test('OA-04 a team’s provider has an address of its own to send people back to, which its owners are shown', async () => {
      const { teamId, owner, colleague, change } = await managedTeam()
      await change()
      company.person = atProvider(colleague.email)
      const browser = new Visitor(running.origin)
      const begun = await browser.post(sso, { email: colleague.email })
      const { redirectUri } = (await owner.browser.get(`/api/teams/${teamId}/security`)).body
      expect(redirectUri).toBe(`${running.origin}/api/providers/sso-${teamId}/callback`)
      expect(new URL(begun.body.location).searchParams.get('redirect_uri')).toBe(redirectUri)
      const path = await atTheProvider(begun.body.location, running.origin)
      for (const other of ['example', `sso-${nobodys}`, teamId, 'sso-']) {
        const copy = browser.copy()
        const back = await comeBack(copy, path.replace(/sso-[\w-]+(?=\/callback)/, other))
        expect(locationOf(back)).toBe('/sign-in?problem=provider_failed')
      }
      expect(locationOf(await comeBack(browser, path))).toBe('/')
    })

    test('switched off while someone is at the provider, it signs nobody in', async () => {
      const { colleague, change } = await managedTeam()
      await change()
      company.person = atProvider(colleague.email)
      const browser = new Visitor(running.origin)
      const begun = await browser.post(sso, { email: colleague.email })
      await change({ on: false })
      const back = await comeBack(browser, await atTheProvider(begun.body.location, running.origin))
      expect(locationOf(back)).toBe('/sign-in?problem=sso_not_found')
    })

    test('who was linked before the team took over is sent to its single sign-on', async () => {
      const { colleague, change } = await managedTeam()
      await linked(colleague)
      await change()
      const back = await signInAt(new Visitor(running.origin), begin)
      expect(locationOf(back)).toBe('/sign-in?problem=sso_required')
    })
  })
})
