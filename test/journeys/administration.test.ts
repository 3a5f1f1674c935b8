import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Administered, administered, Zone } from '../support/administered.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { dumpOf, secretsIn } from '../support/dump.ts'
import { type TestProvider, testProvider } from '../support/oidc.ts'
import { answer, codeFor, confirmed, elsewhere, enroll, type Person, signIn, wrongCode } from '../support/person.ts'
import { audit } from '../support/tables.ts'

const day = 86_400_000
const sso = {
  /** Of a provider that answers; nobody signs in there. */
  issuer: '',
  clientId: 'console',
  clientSecret: 'plain-words-about-rivers-and-meadows',
  trusted: false,
  on: true,
}

describe.each(databases)('administering a team on %s', (on) => {
  let running: RunningConsole
  let here: Administered
  let team: string
  const zone = new Zone()
  let provider: TestProvider
  beforeAll(async () => {
    provider = await testProvider()
    sso.issuer = provider.provider.issuer
    running = await runConsole({ on, resolveTxt: zone.resolve })
    await provider.serve(running.origin)
  })
  afterAll(() => provider.close())
  beforeEach(async () => {
    here = await administered(running, zone)
    team = `/api/teams/${here.teamId}`
  })
  afterAll(() => running.close())

  const seenOf = async (by: Person, { email }: Person) =>
    (await by.browser.get(`${team}/people`)).body.people.find((person: { email: string }) => person.email === email)
  const told = async ({ email }: Person, subject: string): Promise<boolean> => {
    await running.console.mfa.notices.deliver()
    return running.emails.messages.some((message) => message.to === email && message.subject.includes(subject))
  }

  test('a domain is the team’s once its record is there, and goes again with an owner', async () => {
    const { owner, domain } = here
    expect((await owner.browser.get(`${team}/security`)).body).toEqual({
      policy: { who: 'optional', from: null, atLeast: null },
      domains: [
        {
          domain,
          record: { name: `_sallyport.${domain}`, value: expect.stringMatching(/^sallyport-verification=/) },
          verifiedAt: expect.any(String),
        },
      ],
      sso: null,
      redirectUri: `${running.origin}/api/providers/sso-${here.teamId}/callback`,
    })
    const other = `other.${domain}`
    const added = await owner.browser.post(`${team}/domains`, { domain: ` ${other.toUpperCase()} ` })
    expect([added.status, added.body.domain, added.body.verifiedAt]).toEqual([201, other, null])
    const missing = await owner.browser.post(`${team}/domains/${other}/verify`)
    expect([missing.status, missing.body.code]).toEqual([409, 'domain_not_verified'])
    expect(missing.body.detail).toMatch(/TXT record/)
    zone.records.set(added.body.record.name, ['v=spf1 -all', added.body.record.value])
    expect((await confirmed(running, owner, 'POST', `${team}/domains/${other}/verify`)).status).toBe(204)
    expect((await owner.browser.post(`${team}/domains/${other}/verify`)).status).toBe(204)
    expect((await confirmed(running, owner, 'DELETE', `${team}/domains/${other}`)).status).toBe(204)
    expect((await owner.browser.get(`${team}/security`)).body.domains).toHaveLength(1)
  })

  test.each(['', 'com', 'localhost', '127.0.0.1', 'ada@example.org', 'printer.local'])(
    'a domain %j is refused with a sentence beside its field',
    async (domain) => {
      const refused = await here.owner.browser.post(`${team}/domains`, { domain })
      expect([refused.status, refused.body.errors?.[0]?.field]).toEqual([422, 'domain'])
    },
  )

  test('a domain that another team has verified is taken', async () => {
    const rival = await administered(running, zone)
    const path = `/api/teams/${rival.teamId}/domains`
    const added = await rival.owner.browser.post(path, { domain: here.domain })
    expect(added.status).toBe(201)
    // Who has not the domain does not learn that someone has.
    expect((await rival.owner.browser.post(`${path}/${here.domain}/verify`)).body.code).toBe('domain_not_verified')
    zone.records.set(added.body.record.name, [added.body.record.value])
    const taken = await rival.owner.browser.post(`${path}/${here.domain}/verify`)
    expect([taken.status, taken.body.code]).toEqual([409, 'domain_taken'])
  })

  test('E2 a policy with a date may be postponed until then, and bites at the next request after it', async () => {
    const { admin, managed } = here
    const from = new Date(running.clock() + day).toISOString()
    const policy = { who: 'everyone', from, atLeast: 'totp' }
    expect((await confirmed(running, admin, 'PUT', `${team}/policy`, policy)).status).toBe(204)
    expect((await admin.browser.get(`${team}/security`)).body.policy).toEqual(policy)
    expect((await managed.browser.session()).body.standing).toEqual({
      status: 'postponed',
      from,
      because: ['everyone in Observatory must'],
      atLeast: 'totp',
    })
    expect((await managed.browser.get('/api/teams')).status).toBe(200)
    expect(await seenOf(admin, managed)).toMatchObject({
      mfa: 'off',
      meetsRule: false,
      standing: { status: 'postponed', from },
    })

    running.clock.advance(day)
    await managed.browser.session()
    expect((await signIn(managed)).body).toEqual({ status: 'signed_in' })
    expect((await managed.browser.get('/api/teams')).body.code).toBe('enrollment_required')
    await enroll(running, managed, 'totp')
    expect((await managed.browser.session()).body.standing.status).toBe('free')
    expect((await managed.browser.get('/api/teams')).status).toBe(200)
  })

  test('a policy is refused that begins in the past or in more than a year', async () => {
    for (const distance of [-day, 0, 400 * day]) {
      const from = new Date(running.clock() + distance).toISOString()
      const refused = await here.owner.browser.send('PUT', `${team}/policy`, { who: 'everyone', from, atLeast: null })
      expect([refused.status, refused.body.errors[0].field]).toEqual([422, 'from'])
    }
    for (const wrong of [{ who: 'some' }, { who: 'everyone', from: 'soon', atLeast: null }, { atLeast: 'email' }]) {
      expect((await here.owner.browser.send('PUT', `${team}/policy`, wrong)).status).toBe(400)
    }
  })

  test('R2 someone who lost everything is reset by an admin, is told, and begins anew', async () => {
    const { admin, managed } = here
    const app = await enroll(running, managed, 'totp')
    expect(await seenOf(admin, managed)).toMatchObject({
      managed: true,
      mfa: 'on',
      methods: [{ method: 'totp' }, { method: 'recovery_code' }],
      lockedUntil: null,
    })
    const path = `${team}/people/${managed.accountId}/reset-mfa`
    const reset = await confirmed(running, admin, 'POST', path, { reason: ' Lost  the phone ' })
    expect([reset.status, reset.text]).toEqual([204, ''])
    expect((await managed.browser.session()).body.account).toBeNull()
    expect(await told(managed, 'reset')).toBe(true)
    expect(running.texts.messages.some(({ to }) => to === managed.phone)).toBe(true)
    const entries = await audit(running, 'mfa.reset')
    const entry = entries.find((each) => each['account_id'] === managed.accountId)
    expect(JSON.parse(String(entry?.['detail']))).toEqual({ by: admin.accountId, reason: 'Lost the phone' })

    running.clock.advance(1000)
    expect((await signIn(managed)).body).toEqual({ status: 'signed_in' })
    expect((await managed.browser.get('/api/mfa/methods')).body).toMatchObject({ enabledAt: null, methods: [] })
    const again = await enroll(running, managed, 'totp')
    expect(again.enrollmentId).not.toBe(app.enrollmentId)
    expect((await admin.browser.post(path, { reason: '' })).body.errors[0].field).toBe('reason')
  })

  test('who has no second factor has none to reset, and who is not locked nothing to unlock', async () => {
    const { admin, managed } = here
    const person = `${team}/people/${managed.accountId}`
    expect((await admin.browser.post(`${person}/reset-mfa`, { reason: 'x' })).body.code).toBe('mfa_off')
    expect((await admin.browser.post(`${person}/unlock`)).body.code).toBe('account_not_locked')
  })

  test('a locked account is unlocked by an admin, and the next right code is accepted', async () => {
    const { admin, managed } = here
    const app = await enroll(running, managed, 'totp')
    const right = () => codeFor(running, managed, 'totp', app.secret)
    for (let login = 0; login < 2; login += 1) {
      const thief = elsewhere(managed)
      await signIn(thief)
      for (let tries = 0; tries < 5; tries += 1) await answer(thief.browser, app.enrollmentId, wrongCode(right()))
    }
    const locked = elsewhere(managed)
    await signIn(locked)
    expect((await answer(locked.browser, app.enrollmentId, right())).body.code).toBe('account_locked')
    expect((await seenOf(admin, managed)).lockedUntil).toEqual(expect.any(String))
    const unlock = await confirmed(running, admin, 'POST', `${team}/people/${managed.accountId}/unlock`)
    expect([unlock.status, unlock.text]).toEqual([204, ''])
    expect((await seenOf(admin, managed)).lockedUntil).toBeNull()
    expect((await answer(locked.browser, app.enrollmentId, right())).status).toBe(200)
    const entries = await audit(running, 'account.unlocked')
    expect(entries.map((entry) => entry['account_id'])).toContain(managed.accountId)
  })

  test('L4 single sign-on is the owner’s to set; its secret goes in and never comes out', async () => {
    const { owner, admin, managed, outsider } = here
    const put = (by: Person, settings: object) => confirmed(running, by, 'PUT', `${team}/sso`, settings)
    expect((await put(admin, sso)).body.code).toBe('role_insufficient')
    expect((await put(owner, { ...sso, issuer: 'http://login.company.com' })).body.errors[0].field).toBe('issuer')
    expect((await put(owner, { ...sso, clientSecret: null })).body.errors[0].field).toBe('clientSecret')
    const nowhere = await put(owner, { ...sso, issuer: 'https://no-such-provider.invalid' })
    expect([nowhere.body.code, nowhere.body.errors[0].field]).toEqual(['sso_provider_unreachable', 'issuer'])
    expect((await put(owner, sso)).status).toBe(204)
    const { clientSecret, ...shown } = sso
    const security = await owner.browser.get(`${team}/security`)
    expect(security.body.sso).toEqual(shown)
    expect(secretsIn(security.text, [clientSecret])).toEqual([])
    expect(secretsIn(await dumpOf(running), [clientSecret])).toEqual([])
    expect(secretsIn(running.log.join('\n'), [clientSecret])).toEqual([])

    await running.console.deliver()
    for (const { email } of [managed, admin]) {
      expect(running.emails.lastTo(email).subject).toContain('your organisation signs you in from now on')
    }
    // Whoever was signed in with a password is not any more, but for owners and those whose address is elsewhere.
    expect((await managed.browser.session()).body.account).toBeNull()
    expect((await admin.browser.session()).body.account).toBeNull()
    expect((await outsider.browser.session()).body.account.managed).toBeNull()
    expect((await owner.browser.session()).body.account.managed).toBeNull()
    expect((await signIn(elsewhere(managed))).status).not.toBe(200)
    expect(await seenOf(owner, managed)).toMatchObject({ mfa: 'sso', meetsRule: true, standing: { status: 'free' } })

    expect((await put(owner, { ...sso, clientSecret: null, on: false })).status).toBe(204)
    // Nor does what was signed in before come back with it.
    running.clock.advance(1)
    expect((await managed.browser.session()).body.account).toBeNull()
    expect((await signIn(elsewhere(managed))).body).toEqual({ status: 'signed_in' })
    await running.console.deliver()
    expect(running.emails.lastTo(managed.email).subject).toContain('you sign in with your own password again')
    expect((await confirmed(running, owner, 'DELETE', `${team}/sso`)).status).toBe(204)
    expect((await owner.browser.send('DELETE', `${team}/sso`)).body.code).toBe('sso_not_found')
    expect((await owner.browser.get(`${team}/security`)).body.sso).toBeNull()
  })

  test('single sign-on takes a verified domain', async () => {
    const { owner, domain } = here
    expect((await confirmed(running, here.admin, 'DELETE', `${team}/domains/${domain}`)).body.code).toBe(
      'role_insufficient',
    )
    expect((await confirmed(running, owner, 'DELETE', `${team}/domains/${domain}`)).status).toBe(204)
    expect((await owner.browser.send('PUT', `${team}/sso`, sso)).body.code).toBe('sso_domain_missing')
    expect((await confirmed(running, owner, 'PUT', `${team}/sso`, { ...sso, on: false })).status).toBe(204)
  })
})
