import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newAddress } from '../support/address.ts'
import { databases, type RunningConsole, runConsole } from '../support/console.ts'
import {
  atProvider,
  atTheProvider,
  comeBack,
  type HostileProvider,
  hostileProvider,
  type Lies,
  signInAt,
} from '../support/oidc.ts'
import { answer, codeFor, confirmed, elsewhere, enroll, newPerson, type Person, signIn } from '../support/person.ts'
import { accountIdOf, audit, tablesOf } from '../support/tables.ts'
import { type Answer, Visitor } from '../support/visitor.ts'

const state = '__Host-console-oidc'
const begin = '/api/providers/hostile/begin'

describe.each(databases)('on %s', (on) => {
  let running: RunningConsole
  let hostile: HostileProvider
  /** Who is signed in there. */
  const somebody = { ...atProvider('') }

  beforeAll(async () => {
    hostile = await hostileProvider(() => running.clock(), somebody)
    const trusted = await hostileProvider(() => running.clock(), somebody, { id: 'trusted', trusted: true })
    running = await runConsole({ on, providers: [hostile.provider, trusted.provider] })
    const { close } = running
    running.close = async () => void (await Promise.all([close(), trusted.close()]))
  })
  beforeEach(() => {
    hostile.lies = {}
    Object.assign(somebody, atProvider(newAddress()), { amr: undefined })
  })
  afterAll(async () => {
    await running.close()
    await hostile.close()
  })

  const now = (): number => Math.floor(running.clock() / 1000)
  const locationOf = ({ headers }: Pick<Answer, 'headers'>) => headers.get('location')
  const rows = async (table: string) => (await tablesOf(running))[table] ?? []

  /** Nothing came of it: nobody is signed in, no account was made, no identity kept, and it stands in the audit log. */
  async function expectRefused(browser: Visitor, attempt: () => Promise<Answer>, code = 'provider_failed') {
    const before = [await rows('session'), await rows('identity'), await rows('account')].map((each) => each.length)
    const refusals = (await audit(running, 'request.refused')).length
    const answered = await attempt()
    expect([answered.status, locationOf(answered), answered.text]).toEqual([303, `/sign-in?problem=${code}`, ''])
    expect([...browser.cookies.keys()].filter((name) => !name.includes('browser'))).toEqual([])
    expect((await browser.session()).body.account).toBeNull()
    const after = [await rows('session'), await rows('identity'), await rows('account')].map((each) => each.length)
    expect(after).toEqual(before)
    const entries = await audit(running, 'request.refused')
    expect(entries.length).toBe(refusals + 1)
    expect(entries.map((entry) => entry['detail']).join()).toContain(code)
  }

  async function link(person: Person) {
    const begun = await confirmed(running, person, 'POST', '/api/account/providers/hostile/link')
    expect(begun.status, begun.text).toBe(200)
    const back = await comeBack(person.browser, await atTheProvider(begun.body.location, running.origin))
    expect(locationOf(back)).toBe('/account?linked=hostile')
  }

  /** A browser that was sent to the provider, and the address that it comes back with. */
  async function away() {
    const browser = new Visitor(running.origin)
    const begun = await browser.post(begin)
    return { browser, path: await atTheProvider(begun.body.location, running.origin) }
  }

  test('OA-01 an account with MFA meets its challenge, and until then nothing is open', async () => {
    const person = await newPerson(running)
    await link(person)
    await enroll(running, person, 'totp')
    const browser = new Visitor(running.origin)
    expect(locationOf(await signInAt(browser, begin))).toBe('/challenge')
    expect([...browser.cookies.keys()]).not.toContain('__Host-console-session')
    for (const path of ['/api/account', '/api/api-keys', '/api/teams', '/api/mfa/methods', '/api/account/providers']) {
      expect((await browser.get(path)).status).toBe(401)
    }
  })

  test('OA-02 the same address is not the same person', async () => {
    const person = await newPerson(running)
    somebody.email = person.email
    const browser = new Visitor(running.origin)
    await expectRefused(browser, () => signInAt(browser, begin), 'identity_not_linked')
    // In another spelling neither.
    somebody.email = person.email.toUpperCase()
    await expectRefused(browser, () => signInAt(browser, begin), 'identity_not_linked')
  })

  test.each([false, undefined, 'true', 1, null])('OA-02 email_verified: %j makes no account', async (verified) => {
    hostile.lies = { claims: { email_verified: verified } }
    const browser = new Visitor(running.origin)
    await expectRefused(browser, () => signInAt(browser, begin), 'identity_email_unverified')
  })

  test.each(['', 'no address', 'a@b@c.example', 'a\u0000b@example.com', '<a@example.com>', ['a@example.com'], 7])(
    'OA-02 the address %j makes no account',
    async (email) => {
      hostile.lies = { claims: { email } }
      const browser = new Visitor(running.origin)
      await expectRefused(browser, () => signInAt(browser, begin), 'identity_email_unverified')
    },
  )

  test('OA-02 whoever registers an address without confirming it keeps nobody out and gets in nowhere', async () => {
    const squatter = new Visitor(running.origin)
    const form = { email: somebody.email, phone: '', country: 'US', password: 'plain words about rivers' }
    await squatter.post('/api/registration', form)
    const browser = new Visitor(running.origin)
    expect(locationOf(await signInAt(browser, begin))).toBe('/')
    expect((await signIn({ ...form, browser: squatter })).body.code).toBe('credentials_wrong')
  })

  test('OA-03 linking and unlinking take a confirmation, each its own', async () => {
    const person = await newPerson(running)
    const one = '/api/account/providers/hostile'
    expect((await person.browser.post(`${one}/link`)).body.code).toBe('own_check_required')
    expect(person.browser.cookies.has(state)).toBe(false)
    await link(person)
    expect((await person.browser.send('DELETE', one)).body.code).toBe('own_check_required')
    await enroll(running, person, 'totp')
    expect((await person.browser.send('DELETE', one)).body.code).toBe('step_up_required')
    expect((await person.browser.post('/api/account/providers/trusted/link')).body.code).toBe('step_up_required')
    expect((await rows('identity')).filter(({ email }) => email === somebody.email)).toHaveLength(1)
    expect((await confirmed(running, person, 'DELETE', one)).status).toBe(204)
    expect((await rows('identity')).filter(({ email }) => email === somebody.email)).toHaveLength(0)
  })

  test('OA-03 the last way in stays, however often it is taken away at once', async () => {
    const browser = new Visitor(running.origin)
    await signInAt(browser, begin, { fresh: true })
    const refused = await browser.send('DELETE', '/api/account/providers/hostile')
    expect([refused.status, refused.body.code]).toEqual([409, 'last_way_in'])
    const linked = await browser.post('/api/account/providers/trusted/link')
    await comeBack(browser, await atTheProvider(linked.body.location, running.origin))
    await browser.session()
    const both = await Promise.all(
      ['hostile', 'trusted'].map((id) => browser.copy().send('DELETE', `/api/account/providers/${id}`)),
    )
    expect(both.map(({ status }) => String(status)).toSorted()).toEqual(['204', '409'])
    expect((await rows('identity')).filter(({ email }) => email === somebody.email)).toHaveLength(1)
  })

  test('OA-03 what was confirmed in a session is linked in that session and in no other', async () => {
    const [owner, thief] = [await newPerson(running), await newPerson(running)]
    const begun = await confirmed(running, owner, 'POST', '/api/account/providers/hostile/link')
    const path = await atTheProvider(begun.body.location, running.origin)
    // Whoever brings it back without the owner's browser has no cookie for it.
    expect(locationOf(await comeBack(thief.browser, path))).toBe('/sign-in?problem=provider_failed')
    await owner.browser.post('/api/sign-out')
    expect(locationOf(await comeBack(owner.browser, path))).toBe('/sign-in?problem=not_signed_in')
    expect((await rows('identity')).filter(({ email }) => email === somebody.email)).toHaveLength(0)
  })

  test('OA-03 a journey to sign in links nothing, and one to link signs nobody in', async () => {
    const person = await newPerson(running)
    const begun = await confirmed(running, person, 'POST', '/api/account/providers/hostile/link')
    const stolen = new Visitor(running.origin)
    stolen.cookies.set(state, person.browser.cookies.get(state) ?? '')
    await comeBack(stolen, await atTheProvider(begun.body.location, running.origin))
    expect((await stolen.session()).body.account).toBeNull()
  })

  test('OA-04 without the state, with another one, or in another browser nothing comes of it', async () => {
    const { browser, path } = await away()
    const stranger = new Visitor(running.origin)
    await expectRefused(stranger, () => comeBack(stranger, path))
    await expectRefused(browser, () => comeBack(browser, path.replace(/state=[^&]+&?/, '')))
    // Whatever was wrong with it, that was it.
    expect(browser.cookies.has(state)).toBe(false)
    await expectRefused(browser, () => comeBack(browser, path))
    for (const changed of [
      (whole: string) => whole.replace(/state=[^&]+/, `state=${'A'.repeat(43)}`),
      (whole: string) => `${whole}&state=${'A'.repeat(43)}`,
      (whole: string) => whole.replace(/code=[^&]+&/, ''),
      (whole: string) => `${whole}&code=another`,
      (whole: string) => `${whole}&response=a.b.c`,
    ]) {
      const each = await away()
      await expectRefused(each.browser, () => comeBack(each.browser, changed(each.path)))
    }
  })

  test('OA-04 a cookie that was tampered with, is too old or is for something else is none', async () => {
    const tampered = await away()
    const sealed = tampered.browser.cookies.get(state) ?? ''
    tampered.browser.cookies.set(state, `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`)
    await expectRefused(tampered.browser, () => comeBack(tampered.browser, tampered.path))
    const late = await away()
    running.clock.advance(10 * 60_000)
    await expectRefused(late.browser, () => comeBack(late.browser, late.path))
    const early = await away()
    running.clock.advance(10 * 60_000 - 1)
    expect(locationOf(await comeBack(early.browser, early.path))).toBe('/')
  })

  test('OA-04 mix-up: the code of an honest provider is never taken to the one that the browser was sent to', async () => {
    const [evil, honest] = [
      await hostileProvider(() => running.clock(), somebody),
      await hostileProvider(() => running.clock(), somebody, { id: 'honest' }),
    ]
    // Neither says whose the code is (RFC 9207), so nothing but where it comes back to tells them apart.
    for (const each of [evil, honest]) {
      each.lies = { issuer: null, metadata: { authorization_response_iss_parameter_supported: false } }
    }
    const own = await runConsole({ on, providers: [evil.provider, honest.provider] })
    own.clock.advance(running.clock() - own.clock())
    const browser = new Visitor(own.origin)
    const begun = await browser.post(begin)
    const sent = new URL(begun.body.location)
    const there = new URL(`${honest.provider.issuer}/authorize${sent.search}`)
    // An honest provider knows this one address, and no other.
    there.searchParams.set('redirect_uri', `${own.origin}/api/providers/honest/callback`)
    const path = await atTheProvider(there.href, own.origin)
    expect(path).toMatch(/^\/api\/providers\/honest\/callback\?code=\w+&state=[\w-]+$/)
    expect(locationOf(await comeBack(browser, path))).toBe('/sign-in?problem=provider_failed')
    expect([evil.exchanges, honest.exchanges]).toEqual([[], []])
    expect((await browser.session()).body.account).toBeNull()
    expect((await audit(own, 'request.refused')).map((entry) => entry['detail']).join()).toContain('provider_failed')
    // Each for itself signs people in.
    for (const id of ['hostile', 'honest']) {
      Object.assign(somebody, atProvider(newAddress()))
      expect(locationOf(await signInAt(new Visitor(own.origin), `/api/providers/${id}/begin`))).toBe('/')
    }
    await Promise.all([own.close(), evil.close(), honest.close()])
  })

  test.each([
    'trusted',
    'nobody',
    'sso-hostile',
    'Hostile',
    'hostile%20',
    'hostile%00',
    '..%2fhostile',
    'a'.repeat(65),
  ])('OA-04 mix-up: what was begun at one provider does not come back as from another: %s', async (id) => {
    const { browser, path } = await away()
    const exchanges = hostile.exchanges.length
    await expectRefused(browser, () => comeBack(browser, path.replace('/hostile/', `/${id}/`)))
    expect(hostile.exchanges).toHaveLength(exchanges)
    expect(browser.cookies.has(state)).toBe(false)
  })

  test('OA-04 mix-up: what is linked is linked by the provider that it was confirmed for', async () => {
    const person = await newPerson(running)
    const begun = await confirmed(running, person, 'POST', '/api/account/providers/hostile/link')
    const path = await atTheProvider(begun.body.location, running.origin)
    const back = await comeBack(person.browser, path.replace('/hostile/', '/trusted/'))
    expect(locationOf(back)).toBe('/sign-in?problem=provider_failed')
    expect((await rows('identity')).filter(({ email }) => email === somebody.email)).toHaveLength(0)
  })

  test('a provider that was asked for a fresh sign-in and does not say when it was signs nobody in', async () => {
    for (const claims of [{ auth_time: undefined }, { auth_time: now() - 95 }, { auth_time: 'now' }]) {
      hostile.lies = { claims }
      const browser = new Visitor(running.origin)
      await expectRefused(browser, () => signInAt(browser, begin, { fresh: true }))
    }
  })

  test('who was signed in silently confirms nothing by it, and who signed in anew does', async () => {
    const key = { name: 'ci', scopes: ['teams:read'], expiresInDays: 7 }
    for (const [claims, fresh, authAt, status] of [
      [{}, false, 0, 403],
      [{ auth_time: now() - 301 }, false, (now() - 301) * 1000, 403],
      [{ auth_time: now() - 299 }, false, (now() - 299) * 1000, 201],
      [{ auth_time: now() + 3600 }, false, running.clock(), 201],
      [{}, true, now() * 1000, 201],
    ] as const) {
      Object.assign(somebody, atProvider(newAddress()))
      hostile.lies = { claims }
      const browser = new Visitor(running.origin)
      expect(locationOf(await signInAt(browser, begin, fresh ? { fresh } : {}))).toBe('/')
      const sessions = (await rows('session')).filter((row) => row['first_factor'] === 'oidc')
      const accounts = (await rows('account')).filter((row) => row['email'] === somebody.email)
      const own = sessions.find((row) => row['account_id'] === accounts[0]?.['id'])
      expect(Number(own?.['auth_at'])).toBe(authAt)
      const made = await browser.post('/api/api-keys', key)
      expect(made.status, made.text).toBe(status)
      if (status === 403) expect(made.body.code).toBe('own_check_required')
    }
  })

  test('a second factor that was answered is when someone signed in, whatever the provider says', async () => {
    const person = await newPerson(running)
    await link(person)
    const app = await enroll(running, person, 'totp')
    hostile.lies = { claims: { auth_time: 1 } }
    const browser = new Visitor(running.origin)
    expect(locationOf(await signInAt(browser, begin))).toBe('/challenge')
    running.clock.advance(30_000)
    const answered = await answer(browser, app.enrollmentId, codeFor(running, person, 'totp', app.secret))
    expect(answered.status, answered.text).toBe(200)
    const times = (await rows('session')).map((row) => Number(row['auth_at']))
    expect(times).toContain(running.clock())
  })

  test('OA-04 a code is good once, for whoever has the cookie too', async () => {
    const { browser, path } = await away()
    const copy = browser.copy()
    expect(locationOf(await comeBack(browser, path))).toBe('/')
    await expectRefused(copy, () => comeBack(copy, path))
  })

  test('OA-04 the token is asked for with the verifier of this browser, and with the one redirect', async () => {
    const browser = new Visitor(running.origin)
    const begun = await browser.post(begin)
    const asked = new URL(begun.body.location).searchParams
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: `${running.origin}/api/providers/hostile/callback`,
    })
    await comeBack(browser, await atTheProvider(begun.body.location, running.origin))
    const exchange = hostile.exchanges.at(-1)
    const verifier = exchange?.get('code_verifier') ?? ''
    const digest = await crypto.subtle.digest('SHA-256', Buffer.from(verifier))
    expect(Buffer.from(digest).toString('base64url')).toBe(asked.get('code_challenge'))
    expect(exchange?.get('redirect_uri')).toBe(asked.get('redirect_uri'))
    // Neither is anywhere that someone else could read it.
    expect(begun.text).not.toContain(verifier)
    expect(running.log.join()).not.toContain(verifier)
  })

  test.each<[string, () => Lies]>([
    ['another nonce', () => ({ claims: { nonce: 'A'.repeat(43) } })],
    ['no nonce', () => ({ claims: { nonce: undefined } })],
    ['another issuer', () => ({ claims: { iss: 'https://accounts.example' } })],
    ['another audience', () => ({ claims: { aud: 'another client' } })],
    ['a second audience', () => ({ claims: { aud: ['console', 'another client'] } })],
    ['another authorized party', () => ({ claims: { aud: ['console', 'another client'], azp: 'another client' } })],
    ['an end in the past', () => ({ claims: { exp: now() - 60 } })],
    ['no end', () => ({ claims: { exp: undefined } })],
    ['a beginning in the future', () => ({ claims: { nbf: now() + 600 } })],
    ['no subject', () => ({ claims: { sub: undefined } })],
    ['an empty subject', () => ({ claims: { sub: '' } })],
    ['a subject that no database keeps', () => ({ claims: { sub: 'a\u0000b' } })],
    ['an endless subject', () => ({ claims: { sub: 'a'.repeat(256) } })],
    ['alg none', () => ({ signature: 'none' })],
    ['a signature by another key', () => ({ signature: 'with another key' })],
    ['a signature over other claims', () => ({ signature: 'over other claims' })],
    ['a signature with the client secret', () => ({ signature: 'with the client secret' })],
    // RFC 9207 section 2.4: a mix-up.
    ['another issuer beside the code', () => ({ issuer: 'https://accounts.example' })],
    ['no issuer beside the code, though it says it sends one', () => ({ issuer: null })],
  ])('OA-04 %s is refused', async (_, lies) => {
    hostile.lies = lies()
    const browser = new Visitor(running.origin)
    await expectRefused(browser, () => signInAt(browser, begin))
  })

  test('OA-04 alg none and HS256 are refused even by metadata that allows them', async () => {
    for (const signature of ['none', 'with the client secret'] as const) {
      const allows = { id_token_signing_alg_values_supported: ['none', 'HS256', 'ES256'] }
      const lax = await hostileProvider(() => running.clock(), somebody)
      lax.lies = { signature, metadata: allows }
      const own = await runConsole({ on, providers: [lax.provider] })
      own.clock.advance(running.clock() - own.clock())
      const browser = new Visitor(own.origin)
      expect(locationOf(await signInAt(browser, begin))).toBe('/sign-in?problem=provider_failed')
      expect((await tablesOf(own))['session']).toEqual([])
      await Promise.all([own.close(), lax.close()])
    }
  })

  test('OA-06 what a provider says of how it signed someone in spares nobody a challenge', async () => {
    for (const id of ['hostile', 'trusted']) {
      const person = await newPerson(running)
      Object.assign(somebody, atProvider(person.email), { amr: ['mfa', 'hwk', 'otp'] })
      hostile.lies = { claims: { acr: 'phrh' } }
      const begun = await confirmed(running, person, 'POST', `/api/account/providers/${id}/link`)
      await comeBack(person.browser, await atTheProvider(begun.body.location, running.origin))
      expect(locationOf(await signInAt(new Visitor(running.origin), `/api/providers/${id}/begin`))).toBe('/')
      const unchallenged = (await rows('session')).filter((row) => row['challenge_id'] === null)
      const { amr } = unchallenged.find((row) => row['first_factor'] === 'oidc' && row['amr'] !== '') ?? {}
      // Kept of the one that is trusted only.
      if (id === 'hostile') expect(amr).toBeUndefined()
      else expect(amr).toContain('hwk')
      await enroll(running, person, 'totp')
      expect(locationOf(await signInAt(new Visitor(running.origin), `/api/providers/${id}/begin`))).toBe('/challenge')
    }
  })

  test('an account that may not sign in does not by a provider either', async () => {
    const person = await newPerson(running)
    await link(person)
    const deleted = elsewhere(person)
    await signIn(deleted)
    const gone = await confirmed(running, deleted, 'POST', '/api/account/delete', { email: person.email })
    expect(gone.status).toBe(204)
    expect((await rows('identity')).filter(({ email }) => email === person.email)).toHaveLength(0)
  })

  test('SC-02 signing in at a provider takes the place of the session that the browser had', async () => {
    const person = await newPerson(running)
    const copy = person.browser.copy()
    const [{ sessionId }] = (await person.browser.get('/api/sessions')).body.sessions
    expect(locationOf(await signInAt(person.browser, begin))).toBe('/')
    expect((await person.browser.session()).body.account.email).toBe(somebody.email)
    expect((await copy.session()).body.account).toBeNull()
    // AU-01: in the log of the account that was signed in there.
    const of = await accountIdOf(running, person.email)
    const ended = (await audit(running, 'session.ended')).filter((row) => row['account_id'] === of)
    expect(ended.map((row) => JSON.parse(row['detail']))).toEqual([{ session: sessionId, by: 'replaced' }])
  })

  test('SC-01 the cookie of the journey is Lax and otherwise like every other', async () => {
    const browser = new Visitor(running.origin)
    const begun = await browser.post(begin)
    const [line = ''] = begun.headers.getSetCookie().filter((each) => each.startsWith(state))
    expect(line.split('; ').slice(1).toSorted()).toEqual([
      'HttpOnly',
      'Max-Age=600',
      'Path=/',
      'SameSite=Lax',
      'Secure',
    ])
  })
})

test('a provider that is down holds up nothing, and is asked again the next time', async () => {
  const somebody = atProvider(newAddress())
  const down = await hostileProvider(() => 0, somebody)
  await down.close()
  const running = await runConsole({ providers: [down.provider] })
  const browser = new Visitor(running.origin)
  const begun = await browser.post(begin)
  expect([begun.status, begun.body.code]).toEqual([503, 'provider_unavailable'])
  expect(browser.cookies.has(state)).toBe(false)
  expect((await browser.session()).body.providers).toEqual([{ id: 'hostile', name: 'Hostile ID' }])
  await running.close()
})
