import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { person } from '../support/account.ts'
import { bytesOf } from '../support/bytes.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { secretsIn } from '../support/dump.ts'
import {
  codeFor,
  confirmed,
  elsewhere,
  enroll,
  type Enrolled,
  type Person,
  sentCode,
  signIn,
} from '../support/person.ts'
import { pageHeaders, rawRequest } from '../support/raw.ts'
import { sensitiveOf, thingsOf } from '../support/sensitive.ts'
import { accountIdOf, audit, bytesOf as bytesInFiles, stateOf, tablesOf } from '../support/tables.ts'
import {
  complete,
  flipped,
  holding,
  knownCookie,
  tokenForm,
  tokenOf,
  trustedBy,
  trustedCookie,
  trusting,
  withPassword,
} from '../support/trusted.ts'
import { Visitor } from '../support/visitor.ts'

const minute = 60_000
const day = 24 * 60 * minute
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'

describe.each(databases)('a trusted browser on %s', (on) => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on })
  })
  afterAll(() => running.close())

  async function withMfa(): Promise<{ owner: Person; app: Enrolled }> {
    const owner = await person(running)
    return { owner, app: await enroll(running, owner, 'totp') }
  }

  /** Someone with MFA, signed in at one browser, and another one that they trust. */
  async function withTrust(): Promise<{ owner: Person; app: Enrolled; there: Person }> {
    const { owner, app } = await withMfa()
    return { owner, app, there: await trusting(running, owner, app) }
  }

  /** The first of all: what is tried is everything that the database holds by then. */
  test('RD-11 · nothing in a stolen database is a cookie that spares the second factor, nor is any cookie in it', async () => {
    const { owner, there } = await withTrust()
    const rotated = tokenOf(there)
    expect(await withPassword(there)).toBe('signed_in')
    const dump = await tablesOf(running)
    const known = tokenOf(there, knownCookie)
    const inFull = JSON.stringify(dump) + bytesInFiles(running) + running.log.join()
    expect(secretsIn(inFull, [rotated, tokenOf(there), known])).toEqual([])

    const texts = Object.values(dump).flatMap((rows) => rows.flatMap((row) => Object.values(row).map(String)))
    const parts = texts.flatMap((text) => [text, ...text.split(/[^\w-]/)])
    const derived = parts.flatMap((text) => [
      createHash('sha256').update(text).digest('base64url'),
      text.slice(0, 43),
      text.slice(-43),
    ])
    const tokens = [...new Set([...parts, ...derived])].filter((text) => tokenForm.test(text))
    const hashes = [...(dump['sallyport_trusted_device'] ?? []), ...(dump['sallyport_known_browser'] ?? [])]
    expect(hashes.length).toBeGreaterThan(1)
    for (const { token_hash: stored } of hashes) expect(tokens).toContain(String(stored).split('.')[1])
    const thief = new Visitor(running.origin)
    for (let from = 0; from < tokens.length; from += 5) {
      const cookie = tokens.slice(from, from + 5).join('.')
      for (const name of [trustedCookie, knownCookie]) thief.cookies.set(name, cookie)
      expect([cookie, await withPassword({ ...owner, browser: thief })]).toEqual([cookie, 'challenge'])
    }
    for (const raw of hashes.flatMap((row) => Object.values(row).map(String))) {
      const value = encodeURIComponent(raw)
      thief.cookies.set(trustedCookie, value)
      expect([value, await withPassword({ ...owner, browser: thief })]).toEqual([value, 'challenge'])
    }
    // And none of that has cost the owner anything.
    expect(await withPassword(there)).toBe('signed_in')
  })

  test('RD-01 D2 · a token is of 256 bits, and another one for every account, browser, login and use', async () => {
    const one = await withTrust()
    const two = await withTrust()
    const second = await trusting(running, one.owner, one.app)
    const seen = [one.there, two.there, second].flatMap((each) => [tokenOf(each), tokenOf(each, knownCookie)])
    for (let uses = 0; uses < 3; uses += 1) {
      expect(await withPassword(one.there)).toBe('signed_in')
      seen.push(tokenOf(one.there))
    }
    for (const token of seen) expect(token).toMatch(tokenForm)
    expect(new Set(seen).size).toBe(seen.length)
  })

  test('SC-01 D3 · both cookies are for this host, TLS, no script and no other site, when set, renewed and cleared', async () => {
    const { owner, app } = await withMfa()
    const there = elsewhere(owner)
    await signIn(there)
    const trusted = await complete(running, there, app, true)
    const used = await signIn(there)
    await confirmed(running, owner, 'POST', '/api/sessions/end-others')
    const over = await signIn(there)
    const set = [trusted, used, over].flatMap(({ headers }) => headers.getSetCookie())
    const ours = set.filter((line) => line.startsWith('__Host-sallyport-') && !line.includes('-pending='))
    const both = [trustedCookie, knownCookie]
    expect(ours.map((line) => line.split('=')[0])).toEqual([...both, trustedCookie, ...both])
    for (const [index, line] of ours.entries()) {
      const [pair = '', ...attributes] = line.split('; ')
      const cleared = index > 2
      expect(pair.endsWith('=')).toBe(cleared)
      const maxAge = cleared ? 'Max-Age=0' : 'Max-Age=34560000'
      expect(attributes.toSorted()).toEqual(['HttpOnly', maxAge, 'Path=/', 'SameSite=Strict', 'Secure'])
    }
  })

  test('RD-02 · a token with a bit flipped, cut off, added to or another person’s is none', async () => {
    const { owner, there } = await withTrust()
    const other = await withTrust()
    const token = tokenOf(there)
    const none = [
      ...[0, 21, 42].map((at) => flipped(token, at)),
      token.slice(0, -1),
      token.slice(1),
      `${token}A`,
      `${token}=`,
      token.toLowerCase(),
      token.toUpperCase(),
      token.split('').toReversed().join(''),
      tokenOf(there, knownCookie),
      tokenOf(other.there),
      '',
      '.',
      '....',
    ]
    for (const cookie of none) {
      const browser = holding(running.origin, { [trustedCookie]: cookie })
      expect([cookie, await withPassword({ ...owner, browser })]).toEqual([cookie, 'challenge'])
      expect((await browser.session()).body.account).toBeNull()
      // Cleared, unless it is good for someone else who signs in here.
      expect(tokenOf({ browser })).toBe(cookie === tokenOf(other.there) ? cookie : '')
    }
    const shared = [flipped(token, 0), tokenOf(other.there), token.slice(1)].join('.')
    const browser = holding(running.origin, { [trustedCookie]: shared, [knownCookie]: flipped(token, 1) })
    expect(await withPassword({ ...owner, browser })).toBe('challenge')
    expect([tokenOf({ browser }), browser.cookies.has(knownCookie)]).toEqual([tokenOf(other.there), false])
    // Neither has lost anything by it.
    expect(await withPassword(there)).toBe('signed_in')
    expect(await withPassword(other.there)).toBe('signed_in')
  })

  test('RD-03 · without the password the cookies open nothing, say nothing and are not used up', async () => {
    const { owner, there } = await withTrust()
    const cookies = { [trustedCookie]: tokenOf(there), [knownCookie]: tokenOf(there, knownCookie) }
    const thief = holding(running.origin, cookies)
    const nobody = new Visitor(running.origin)
    for (const path of ['/api/session', '/api/account', '/api/mfa/devices', '/api/mfa/challenge', '/api/mfa/methods']) {
      const [with_, without] = [await thief.get(path), await nobody.get(path)]
      const csrf = /"csrf":"[^"]*"/
      expect([path, with_.status, with_.text.replace(csrf, '')]).toEqual([
        path,
        without.status,
        without.text.replace(csrf, ''),
      ])
    }
    for (const email of [owner.email, 'nobody@example.com']) {
      const given = { email, password: 'not the password' }
      const [with_, without] = [await thief.post('/api/sign-in', given), await nobody.post('/api/sign-in', given)]
      expect(with_.body.code).toBe('credentials_wrong')
      expect(bytesOf(with_)).toEqual(bytesOf(without))
    }
    expect(Object.fromEntries(thief.cookies)).toMatchObject(cookies)
    expect(await withPassword(there)).toBe('signed_in')
  })

  test('RD-04 D4 · a copied cookie is good in the same kind of browser on the same system only, whatever their versions', async () => {
    const { owner, app } = await withMfa()
    const there = elsewhere(owner)
    const as = (userAgent: string | null, body: object, path = '/api/sign-in') =>
      there.browser.send('POST', path, body, { 'user-agent': userAgent })
    const { email, password } = owner
    await as(firefox, { email, password })
    running.clock.advance(30_000)
    const code = codeFor(running, owner, 'totp', app.secret)
    const answered = { enrollmentId: app.enrollmentId, answer: code, remember: true }
    expect((await as(firefox, answered, '/api/mfa/challenge/answer')).status).toBe(200)
    const { devices } = (await owner.browser.get('/api/mfa/devices')).body
    expect(devices).toMatchObject([{ browser: 'Firefox on Linux', current: false }])
    const others = [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
      'curl/8.5.0',
      'Visitor/1.0',
      '',
    ]
    for (const userAgent of others) {
      const begun = await as(userAgent, { email, password })
      expect([userAgent, begun.body.status]).toEqual([userAgent, 'challenge'])
    }
    const id = await accountIdOf(running, owner.email)
    const refused = (await audit(running, 'device.refused')).filter((entry) => entry['account_id'] === id)
    expect(refused.map(({ detail }) => JSON.parse(String(detail)).reason)).toEqual(others.map(() => 'other_browser'))
    expect((await as(firefox.replaceAll('128', '140'), { email, password })).body.status).toBe('signed_in')
  })

  test('RD-06 D5 · trust that is ended in one session is over in the next login of every browser it was ended for, at once', async () => {
    const { owner, app, there } = await withTrust()
    const second = await trusting(running, owner, app)
    const third = await trusting(running, owner, app)
    const list = async (by: Person) => (await by.browser.get('/api/mfa/devices')).body.devices
    const current = (await list(second)).find((each: { current: boolean }) => each.current)
    expect((await list(owner)).map((each: { current: boolean }) => each.current)).toEqual([false, false, false])
    expect((await list(second)).filter((each: { current: boolean }) => each.current)).toHaveLength(1)
    const revoke = (by: Person, id: string) => by.browser.send('DELETE', `/api/mfa/devices/${id}`)
    expect((await revoke(owner, current.deviceId)).status).toBe(204)
    expect((await revoke(owner, current.deviceId)).body.code).toBe('device_not_found')
    expect(await withPassword(second)).toBe('challenge')
    expect(await withPassword(there)).toBe('signed_in')
    expect((await owner.browser.send('DELETE', '/api/mfa/devices')).status).toBe(204)
    expect(await withPassword(there)).toBe('challenge')
    expect(await withPassword(third)).toBe('challenge')
    expect(await list(owner)).toEqual([])
    const id = await accountIdOf(running, owner.email)
    const ended = (await audit(running, 'device.revoked')).filter((entry) => entry['account_id'] === id)
    expect(ended).toHaveLength(2)
  })

  test('XA-06 · another’s trusted browser can’t be listed or revoked, and is as unknown as one that does not exist', async () => {
    const { owner, there } = await withTrust()
    const { owner: attacker } = await withTrust()
    const [{ deviceId }] = (await owner.browser.get('/api/mfa/devices')).body.devices
    const listed = await attacker.browser.get('/api/mfa/devices')
    expect(listed.body.devices).toHaveLength(1)
    expect(listed.text).not.toContain(deviceId)
    await attacker.browser.session()
    const before = await stateOf(running)
    const of = (id: string) => attacker.browser.send('DELETE', `/api/mfa/devices/${id}`)
    const [theirs, nobodys] = [await of(deviceId), await of('AAAAAAAAAAAAAAAAAAAAAA')]
    expect(theirs.status).toBe(404)
    expect(bytesOf(theirs)).toEqual(bytesOf(nobodys))
    // Somebody's cookies in an attacker's own session show and end nothing of theirs either.
    attacker.browser.cookies.set(trustedCookie, tokenOf(there))
    const inSession = (await attacker.browser.get('/api/mfa/devices')).body.devices
    expect(inSession.map((each: { current: boolean }) => each.current)).toEqual([false])
    expect(await stateOf(running)).toBe(before)
    expect((await attacker.browser.send('DELETE', '/api/mfa/devices')).status).toBe(204)
    expect(await withPassword(there)).toBe('signed_in')
  })

  test('RD-10 · whoever may administer a team is never trusted, from their next login on, and told nothing else', async () => {
    const { owner, app, there } = await withTrust()
    expect((await owner.browser.post('/api/teams', { name: 'Observatory' })).status).toBe(201)
    const begun = await signIn(there)
    expect(begun.body).toMatchObject({ status: 'challenge', challenge: { trustSeconds: null } })
    const old = tokenOf(there)
    const asked = await complete(running, there, app, true)
    expect(asked.headers.getSetCookie().join()).not.toContain(`${trustedCookie}=`)
    expect([tokenOf(there), await withPassword(there)]).toEqual([old, 'challenge'])
    const fresh = elsewhere(owner)
    await signIn(fresh)
    await complete(running, fresh, app, true)
    expect(fresh.browser.cookies.has(trustedCookie)).toBe(false)
    expect(await withPassword(fresh)).toBe('challenge')
  })

  test('RD-10 · nor is who becomes an administrator between the question and the answer', async () => {
    const { owner, app } = await withMfa()
    const there = elsewhere(owner)
    expect((await signIn(there)).body.challenge.trustSeconds).toBe(30 * 86_400)
    expect((await owner.browser.post('/api/teams', { name: 'Observatory' })).status).toBe(201)
    await complete(running, there, app, true)
    expect(there.browser.cookies.has(trustedCookie)).toBe(false)
  })

  test('D1 RV-05 · nobody is trusted who did not ask for it, nor by a recovery code or what was set up with one', async () => {
    const { owner, app } = await withMfa()
    const silent = elsewhere(owner)
    await signIn(silent)
    await complete(running, silent, app)
    expect([silent.browser.cookies.has(trustedCookie), await withPassword(silent)]).toEqual([false, 'challenge'])
    const lost = elsewhere(owner)
    const backup = (await signIn(lost)).body.challenge.methods.at(-1).enrollmentId
    const [code, another] = app.recoveryCodes
    const recovered = { enrollmentId: backup, answer: code, remember: true }
    expect((await lost.browser.post('/api/mfa/challenge/answer', recovered)).status).toBe(200)
    expect([...lost.browser.cookies.keys()].filter((name) => name.startsWith('__Host-sallyport'))).toEqual([])
    // The method that is added with a code confirms no more than the code for a day.
    const added = await lost.browser.post('/api/mfa/methods', { method: 'email' })
    const { challenge } = added.body
    const stepUp = { enrollmentId: backup, answer: another }
    const allowed = await lost.browser.post(`/api/mfa/step-up/${challenge.id}/answer`, stepUp)
    expect(allowed.status, allowed.text).toBe(200)
    const begun = await lost.browser.send(
      'POST',
      '/api/mfa/methods',
      { method: 'email' },
      { 'x-step-up': challenge.id },
    )
    const path = `/api/mfa/methods/${begun.body.enrollmentId}/confirm`
    const confirm = { challengeId: begun.body.challenge.id, answer: sentCode(running, owner.email) }
    expect((await lost.browser.post(path, confirm)).status).toBe(200)
    running.clock.advance(61 * minute)
    const next = elsewhere(owner)
    await signIn(next)
    const { enrollmentId } = begun.body
    expect((await next.browser.post('/api/mfa/challenge/prompt', { enrollmentId })).status).toBe(200)
    const byMail = { enrollmentId, answer: sentCode(running, owner.email), remember: true }
    expect((await next.browser.post('/api/mfa/challenge/answer', byMail)).status).toBe(200)
    expect([next.browser.cookies.has(trustedCookie), await withPassword(next)]).toEqual([false, 'challenge'])
  })

  test('RD-12 · an address is not remembered: at the owner’s own, without the cookie, the second factor is asked for', async () => {
    const { owner, there } = await withTrust()
    expect(await withPassword(there)).toBe('signed_in')
    const [{ ip }] = (await owner.browser.get('/api/mfa/devices')).body.devices
    const body = JSON.stringify({ email: owner.email, password: owner.password })
    for (const from of ['127.0.0.1', '127.0.0.66']) {
      for (const name of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'cf-connecting-ip', 'true-client-ip']) {
        const value = name === 'forwarded' ? `for=${ip}` : ip
        const headers = { ...(await pageHeaders(new Visitor(running.origin))), [name]: value }
        const begun = await rawRequest(running.origin, { method: 'POST', path: '/api/sign-in', headers, body, from })
        expect([name, JSON.parse(begun.text).status]).toEqual([name, 'challenge'])
      }
    }
  })

  test('RD-13 · of more browsers than may be trusted, the one that was used longest ago is asked again', async () => {
    const { owner, app } = await withMfa()
    const all: Person[] = []
    for (let count = 0; count < 10; count += 1) all.push(await trusting(running, owner, app))
    running.clock.advance(minute)
    expect(await withPassword(all[0]!)).toBe('signed_in')
    all.push(await trusting(running, owner, app))
    expect((await owner.browser.get('/api/mfa/devices')).body.devices).toHaveLength(10)
    expect(await trustedBy(running, owner.email)).toHaveLength(10)
    const then = []
    for (const there of all) then.push(await withPassword(there))
    expect(then).toEqual(['signed_in', 'challenge', ...Array.from({ length: 9 }, () => 'signed_in')])
  })

  test('D1 · a browser is trusted for thirty days, however much it is used', async () => {
    const { owner, app, there } = await withTrust()
    for (let weeks = 0; weeks < 4; weeks += 1) {
      expect(await withPassword(there)).toBe('signed_in')
      running.clock.advance(7 * day)
    }
    running.clock.advance(2 * day - 1)
    expect(await withPassword(there)).toBe('signed_in')
    running.clock.advance(1)
    expect(await withPassword(there)).toBe('challenge')
    await signIn(owner)
    await complete(running, owner, app)
    expect((await owner.browser.get('/api/mfa/devices')).body.devices).toEqual([])
  })

  test('D2 · a token that was used before ends the trust that came of it, and its owner is told', async () => {
    const { owner, app, there } = await withTrust()
    const other = await trusting(running, owner, app)
    const stolen = holding(running.origin, { [trustedCookie]: tokenOf(there) })
    expect(await withPassword(there)).toBe('signed_in')
    const current = tokenOf(there)
    expect(await withPassword({ ...owner, browser: stolen })).toBe('challenge')
    expect(tokenOf(there)).toBe(current)
    expect(await withPassword(there)).toBe('challenge')
    expect(await withPassword(other)).toBe('signed_in')
    await running.console.deliver()
    for (const sent of [running.emails.lastTo(owner.email), running.texts.lastTo(owner.phone)]) {
      expect(sent.text).toMatch(/trusted|trust/)
      expect(secretsIn(JSON.stringify(sent), [current])).toEqual([])
    }
    const id = await accountIdOf(running, owner.email)
    const events = (await audit(running)).filter((entry) => entry['account_id'] === id).map(({ event }) => event)
    expect(events.filter((event) => event === 'device.reused')).toHaveLength(1)
  })

  test('D3 · people who share a browser don’t disturb each other, and of six the one who signed in longest ago makes room', async () => {
    const { origin } = running
    const browser = new Visitor(origin)
    const all: { owner: Person; app: Enrolled; there: Person }[] = []
    const join = async (): Promise<void> => {
      const { owner, app } = await withMfa()
      all.push({ owner, app, there: await trusting(running, owner, app, { ...owner, browser }) })
    }
    await join()
    await join()
    const [ada, bob] = all
    for (let times = 0; times < 2; times += 1) {
      for (const { there } of all) expect(await withPassword(there)).toBe('signed_in')
    }
    expect((await ada!.owner.browser.send('DELETE', '/api/mfa/devices')).status).toBe(204)
    expect(await withPassword(ada!.there)).toBe('challenge')
    expect(await withPassword(bob!.there)).toBe('signed_in')
    // What was ended in someone's own session takes nothing of the others' out of the browser.
    await browser.post('/api/sign-out')
    expect(await withPassword(bob!.there)).toBe('signed_in')
    await trusting(running, ada!.owner, ada!.app, ada!.there)
    for (let people = 2; people < 6; people += 1) await join()
    const cookie = browser.cookies.get(trustedCookie) ?? ''
    expect(cookie.split('.')).toHaveLength(5)
    const then = []
    for (const { there } of [...all.slice(2), ada!, bob!]) then.push(await withPassword(there))
    expect(then).toEqual([...Array.from({ length: 5 }, () => 'signed_in'), 'challenge'])
  })

  test('MB-06 · a login of a trusted browser says of itself that it had the password and nothing else, and when', async () => {
    const { owner, there } = await withTrust()
    running.clock.advance(10 * minute)
    expect(await withPassword(there)).toBe('signed_in')
    const id = await accountIdOf(running, owner.email)
    const rows = ((await tablesOf(running))['session'] ?? []).filter((row) => row['account_id'] === id)
    const newest = rows.toSorted((one, other) => other['created_at'] - one['created_at'])[0]
    expect([newest?.['amr'], Number(newest?.['auth_at'])]).toEqual(['pwd', running.clock()])
    const { sessions } = (await there.browser.get('/api/sessions')).body
    expect(sessions.find((each: { current: boolean }) => each.current)).toMatchObject({ secondFactor: false })
    const entries = (await audit(running, 'sign_in.trusted')).filter((entry) => entry['account_id'] === id)
    expect(entries).toHaveLength(1)
  })

  test('SU-05 S6 · a login of a trusted browser confirms nothing, and neither does the one that it was trusted in', async () => {
    const owner = await person(running)
    const key = { name: 'prod-ci', scopes: ['account:read'], expiresInDays: 30 }
    const made = await confirmed(running, owner, 'POST', '/api/api-keys', key)
    const app = await enroll(running, owner, 'totp')
    const email = await enroll(running, owner, 'email')
    const there = elsewhere(owner)
    const { id } = (await signIn(there)).body.challenge
    await complete(running, there, app, true)
    expect(await withPassword(there)).toBe('signed_in')
    await trusting(running, owner, app)
    const { sessions } = (await there.browser.get('/api/sessions')).body
    const another = sessions.find((each: { current: boolean }) => !each.current)
    const own = {
      owner,
      colleague: owner,
      app,
      email,
      keyId: made.body.id,
      teamId: '',
      colleagueId: '',
      invitationId: '',
    }
    const sensitive = [
      ...sensitiveOf(own).filter(({ action }) => !action.startsWith('team.')),
      { action: 'session.end_others', method: 'POST', path: `/api/sessions/${another.sessionId}/end`, body: {} },
    ]
    const before = await thingsOf(running)
    for (const { action, method, path, body } of sensitive) {
      for (const headers of [{}, { 'x-step-up': id }]) {
        const refused = await there.browser.send(method, path, body, headers)
        expect([path, refused.status, refused.body.code]).toEqual([path, 403, 'step_up_required'])
        expect(refused.body.challenge).toMatchObject({ action, trustSeconds: null })
      }
    }
    expect(await thingsOf(running)).toBe(before)
  })

  test('RC-12 · of twenty uses of one token at once one gets the next, and no token is left that the list does not show', async () => {
    const { owner, there } = await withTrust()
    const racing = Array.from({ length: 20 }, () => ({ ...there, browser: there.browser.copy() }))
    await Promise.all(racing.map(({ browser }) => browser.session()))
    const answers = await Promise.all(racing.map((each) => signIn(each)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(answers.filter(({ body }) => body.status === 'signed_in')).toHaveLength(1)
    // Whoever brought it when all was over already has the cookie cleared.
    const kept = racing.map((each) => tokenOf(each)).filter((token) => token !== '')
    const issued = new Set(kept.filter((token) => token !== tokenOf(there)))
    expect(issued.size).toBe(1)
    const stored = await trustedBy(running, owner.email)
    expect(stored.length).toBeLessThanOrEqual(1)
    const good = []
    for (const token of new Set([...issued, tokenOf(there)])) {
      good.push(await withPassword({ ...owner, browser: holding(running.origin, { [trustedCookie]: token }) }))
    }
    // Whoever came after the one that got it brought a token that was used: then all of it is over.
    expect(good).toEqual([stored.length === 1 ? 'signed_in' : 'challenge', 'challenge'])
    expect(await trustedBy(running, owner.email)).toEqual([])
    expect(JSON.stringify((await tablesOf(running))['sallyport_rotated_token'])).not.toContain(
      String(stored[0]?.['id'] ?? 'none'),
    )
  })

  test('RC-12 · trust that is ended while a login uses it is ended, whichever comes first', async () => {
    const { owner, app } = await withMfa()
    for (let times = 0; times < 2; times += 1) {
      const there = await trusting(running, owner, app)
      await owner.browser.session()
      await there.browser.session()
      await Promise.all([signIn(there), owner.browser.send('DELETE', '/api/mfa/devices')])
      expect(await trustedBy(running, owner.email)).toEqual([])
      expect(await withPassword(there)).toBe('challenge')
    }
  })
})

describe('a thousand tokens', () => {
  test('RD-01 · are all different, and nothing in them follows from another, from whose they are or from when', async () => {
    const running = await runConsole()
    const { mfa } = running.console
    const tokens: string[] = []
    for (let people = 0; people < 4; people += 1) {
      const owner = await person(running)
      const there = await trusting(running, owner, await enroll(running, owner, 'totp'))
      const accountId = await accountIdOf(running, owner.email)
      let trusted = tokenOf(there)
      // The clock stands still, and all that differs from one use to the next is the token.
      for (let uses = 0; uses < 250; uses += 1) {
        tokens.push(trusted)
        const browser = { trusted, known: '' }
        const client = { ip: '127.0.0.1', userAgent: 'Visitor/1.0' }
        const step = await mfa.signIn.begin({ accountId, evidence: ['password'], browser }, client)
        if (step.status !== 'clear' || step.browser === null) throw new Error('the browser was not trusted')
        trusted = step.browser.trusted
      }
    }
    expect(new Set(tokens).size).toBe(1000)
    const bytes = tokens.map((token) => Buffer.from(token, 'base64url'))
    for (const each of bytes) expect(each).toHaveLength(32)
    for (let bit = 0; bit < 256; bit += 1) {
      const set = bytes.filter((each) => ((each[bit >> 3] ?? 0) >> (bit & 7)) & 1).length
      // Beyond six and a half standard deviations in none of 256 places, or less often than once in ten million runs.
      expect(Math.abs(set - 500), `bit ${bit}`).toBeLessThan(104)
    }
    const flips = bytes.slice(1).map((each, index) => differing(each, bytes[index]!))
    expect(Math.min(...flips)).toBeGreaterThan(70)
    expect(Math.max(...flips)).toBeLessThan(186)
    const heads = new Set(tokens.map((token) => token.slice(0, 9)))
    const tails = new Set(tokens.map((token) => token.slice(-9)))
    expect([heads.size, tails.size]).toEqual([1000, 1000])
    await running.close()
  })
})

function differing(one: Buffer, other: Buffer): number {
  return one.reduce((sum, byte, index) => sum + bitsIn(byte ^ (other[index] ?? 0)), 0)
}

function bitsIn(byte: number): number {
  return byte === 0 ? 0 : (byte & 1) + bitsIn(byte >> 1)
}
