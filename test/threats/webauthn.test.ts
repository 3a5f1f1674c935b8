import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuthenticationFaults } from 'sallyport/testing'
import { person } from '../support/account.ts'
import { App } from '../support/app.ts'
import { databases, type RunningConsole } from '../support/console.ts'
import { assertionFaults, assertionFields, registrationFaults } from '../support/key-faults.ts'
import { consoleWithKeys, type ConsoleWithKeys, notRefused, reason, wrong } from '../support/keyed-console.ts'
import { answer, answerStepUp, byKey, codeFor, confirmed, enroll, passStepUp } from '../support/person.ts'
import { accountIdOf, audit } from '../support/tables.ts'
import type { Answer } from '../support/visitor.ts'

const minute = 60_000
const roomy = { triesPerChallenge: 10, triesPerAccount: 50 } as const

describe('security keys, in what no database has a part', () => {
  let keys: ConsoleWithKeys
  let running: RunningConsole
  beforeAll(async () => {
    keys = await consoleWithKeys({ limits: roomy })
    ;({ running } = keys)
  })
  afterAll(() => running.close())

  test('WA-02 WA-03 WA-04 WA-06 WA-09 WA-11 WA-14 WA-15 · an assertion with one thing wrong signs nobody in; the right one after it does', async () => {
    const { owner, key } = await keys.keyOwner()
    const before = await keys.rows('session')
    const found: string[] = []
    let here = await keys.login(owner)
    for (const [place, [id, what, faults]] of [...assertionFaults, ...assertionFields].entries()) {
      found.push(...notRefused(`${id} ${what}`, await here.by(key, faults)))
      if (place % 8 !== 7) continue
      expect(reason(await here.by(key)), what).toEqual([200, 'signed_in'])
      await here.browser.post('/api/sign-out')
      here = await keys.login(owner)
    }
    expect(found).toEqual([])
    expect(await keys.opens(here.browser)).toBe(false)
    expect(await keys.rows('session')).toEqual(before)
  })

  test('WA-02 WA-03 WA-04 WA-06 WA-11 WA-14 WA-15 · a registration with one thing wrong sets nothing up; the right one after it does', async () => {
    const found: string[] = []
    for (let from = 0; from < registrationFaults.length; from += 9) {
      const owner = await person(keys.running)
      const begun = await keys.begin(owner)
      for (const [id, what, faults] of registrationFaults.slice(from, from + 9)) {
        found.push(...notRefused(`${id} ${what}`, await begun.confirm(keys.newKey(), faults)))
      }
      expect(found).toEqual([])
      expect((await owner.browser.get('/api/mfa/methods')).body).toMatchObject({ enabledAt: null, methods: [] })
      expect(reason(await begun.confirm(keys.newKey()))).toEqual([200, undefined])
    }
    expect(found).toEqual([])
  })

  test('WA-15 · a response above what a response can be is refused before it is read', async () => {
    const { owner, key } = await keys.keyOwner()
    const here = await keys.login(owner)
    const long = await here.by(key, { response: (given) => ({ ...given, x: 'A'.repeat(20_000) }) })
    expect(reason(long)).toEqual([400, 'request_invalid'])
    expect(reason(await here.by(key, { response: () => nested(3000) }))).toEqual([422, 'answer_malformed'])
    expect(reason(await here.by(key))).toEqual([200, 'signed_in'])
  })

  test('WA-02 · what was signed for another session, account, action or purpose is no answer here', async () => {
    const { owner, key, enrollmentId } = await keys.keyOwner()
    const { owner: other } = await keys.keyOwner()
    const here = await keys.login(owner)
    const askedFor = async (send: Promise<Answer>) => (await send).body.challenge.devices.security_key.asking
    const setup = (await keys.begin(await person(running))).setup
    const elsewhereAsked: readonly { readonly challenge: string }[] = [
      (await keys.login(owner)).asking!,
      (await keys.login(other)).asking!,
      await askedFor(owner.browser.post('/api/mfa/recovery-codes')),
      await askedFor(owner.browser.post('/api/mfa/disable')),
      await keys.asked(keys.visitor()),
      setup,
    ]
    const challenges = new Set([here.asking, ...elsewhereAsked].map((asking) => asking?.challenge ?? ''))
    expect(challenges).toHaveLength(7)
    for (const challenge of challenges) expect(Buffer.from(challenge, 'base64url')).toHaveLength(32)
    for (const { challenge } of elsewhereAsked) {
      const given = JSON.stringify(key.get({ ...here.asking!, challenge }))
      expect(reason(await answer(here.browser, enrollmentId, given))).toEqual(wrong)
    }
    expect(reason(await here.by(key))).toEqual([200, 'signed_in'])
  })

  test('WA-02 S6 · what was signed for one action confirms no other, nor the same with other parameters', async () => {
    const { owner, key, enrollmentId } = await keys.keyOwner()
    const make = (scopes: readonly string[]) =>
      owner.browser.post('/api/api-keys', { name: 'k', scopes, expiresInDays: 7 })
    const [one, more] = [
      (await make(['teams:read'])).body.challenge,
      (await make(['teams:read', 'account:read'])).body.challenge,
    ]
    expect(one.id).not.toBe(more.id)
    const given = byKey(one, key).answer
    expect(reason(await answerStepUp(owner.browser, more.id, enrollmentId, given))).toEqual(wrong)
    expect(reason(await answerStepUp(owner.browser, one.id, enrollmentId, given))).toEqual([200, 'passed'])
  })

  test('WA-02 · what a key was asked for more than five minutes ago is too old, and the challenge asks anew', async () => {
    const { owner, key } = await keys.keyOwner()
    const here = await keys.login(owner)
    running.clock.advance(4.5 * minute - 1)
    const again = await here.browser.get('/api/mfa/challenge')
    running.clock.advance(0.5 * minute + 1)
    expect(reason(await here.by(key))).toEqual(wrong)
    const given = byKey(again.body, key)
    expect(reason(await answer(here.browser, given.enrollmentId, given.answer))).toEqual([200, 'signed_in'])
  })

  test('MB-01 M5 · an app completes its login with a key, though what that gives is longer than a code', async () => {
    const { owner, key } = await keys.keyOwner()
    const { email, password } = owner
    const app = new App(running.origin)
    const { challengeToken, challenge } = (await app.mobile('sign-in', { email, password })).body
    const given = { challengeToken, ...byKey(challenge, key) }
    expect(given.answer.length).toBeGreaterThan(256)
    expect(reason(await app.mobile('challenge/answer', given))[0]).toBe(200)
    expect(reason(await app.mobile('challenge/answer', given))[0]).toBe(401)
  })

  test('WA-17 · what the account has already is named, so that no key is set up twice; the user handle is no account id', async () => {
    const { owner, key } = await keys.keyOwner()
    const { setup, confirm } = await keys.begin(owner)
    expect(setup.excludeCredentials?.map(({ id }) => id)).toEqual([key.credentials[0]?.id])
    await expect(async () => await confirm(key)).rejects.toThrow(/excluded/)
    const { userHandle } = key.credentials[0]!
    expect(setup.user.id).toBe(userHandle)
    expect(Buffer.from(userHandle, 'base64url')).toHaveLength(32)
    const accountId = await accountIdOf(running, owner.email)
    for (const form of [accountId, Buffer.from(accountId).toString('base64url')]) expect(userHandle).not.toContain(form)
    expect((await keys.begin(await person(running))).setup.user.id).not.toBe(userHandle)
  })

  test('WA-19 · a pending login sets up no key, and confirms none that is being set up', async () => {
    const { owner } = await keys.keyOwner()
    const { setup, path, challengeId } = await keys.begin(owner)
    const { browser } = await keys.login(owner)
    expect(reason(await browser.post('/api/mfa/methods', { method: 'security_key' }))).toEqual([401, 'not_signed_in'])
    const given = JSON.stringify(keys.newKey().create(setup))
    expect(reason(await browser.post(path, { challengeId, answer: given }))).toEqual([401, 'not_signed_in'])
    expect((await owner.browser.get('/api/mfa/methods')).body.methods).toHaveLength(2)
    const stranger = await keys.keyOwner()
    expect(reason(await stranger.owner.browser.post(path, { challengeId, answer: given }))).toEqual([
      404,
      'challenge_not_found',
    ])
  })

  test('SU-11 · where the policy is phishing-resistant, nothing but a key is offered or accepted', async () => {
    const owner = await person(running)
    const app = await enroll(running, owner, 'totp')
    const mail = await enroll(running, owner, 'email')
    const key = keys.newKey()
    const { enrollmentId } = await enroll(running, owner, 'security_key', key)
    const team = (await owner.browser.post('/api/teams', { name: 'Observatory' })).body
    const policy = { who: 'everyone', from: null, atLeast: 'security_key' }
    const set = await confirmed(running, owner, 'PUT', `/api/teams/${team.id}/policy`, policy)
    expect(set.status, set.text).toBe(204)

    const here = await keys.login(owner)
    const kinds = ({ methods }: { methods: { method: string }[] }): readonly string[] => methods.map((m) => m.method)
    expect(kinds(here.challenge).filter((kind) => kind !== 'recovery_code')).toEqual(['security_key'])
    running.clock.advance(minute)
    const code = codeFor(running, owner, 'totp', app.secret)
    const notAllowed = [403, 'method_not_allowed']
    const prompt = { enrollmentId: mail.enrollmentId }
    expect(reason(await here.browser.post('/api/mfa/challenge/prompt', prompt))).toEqual(notAllowed)
    expect(reason(await answer(here.browser, app.enrollmentId, code))).toEqual(notAllowed)
    expect(reason(await answer(here.browser, enrollmentId, code))).toEqual([422, 'answer_malformed'])
    expect(reason(await here.by(key))).toEqual([200, 'signed_in'])

    const { challenge } = (await owner.browser.post('/api/mfa/recovery-codes')).body
    expect(kinds(challenge)).toEqual(['security_key'])
    const sent = await owner.browser.post(`/api/mfa/step-up/${challenge.id}/prompt`, prompt)
    expect(reason(sent)).toEqual(notAllowed)
    expect(reason(await answerStepUp(owner.browser, challenge.id, app.enrollmentId, code))).toEqual(notAllowed)
    expect(reason(await answerStepUp(owner.browser, challenge.id, enrollmentId, code))).toEqual([
      422,
      'answer_malformed',
    ])
    await passStepUp(running, owner, challenge)
  })
})

describe.each(databases)('security keys on %s', (on) => {
  let keys: ConsoleWithKeys
  let running: RunningConsole
  beforeAll(async () => {
    keys = await consoleWithKeys({ on })
    ;({ running } = keys)
  })
  afterAll(() => running.close())

  test('WA-01 · an assertion that was accepted is accepted nowhere again', async () => {
    const { owner, key, enrollmentId } = await keys.keyOwner()
    const here = await keys.login(owner)
    const given = byKey(here.challenge, key)
    const copy = here.browser.copy()
    expect(reason(await answer(here.browser, enrollmentId, given.answer))).toEqual([200, 'signed_in'])
    expect(reason(await answer(copy, enrollmentId, given.answer))[0]).toBe(401)
    expect(reason(await answer((await keys.login(owner)).browser, enrollmentId, given.answer))).toEqual(wrong)
    const stepUp = await owner.browser.post('/api/mfa/recovery-codes')
    const confirming = await answerStepUp(owner.browser, stepUp.body.challenge.id, enrollmentId, given.answer)
    expect(reason(confirming)).toEqual(wrong)
    expect(await keys.opens(copy)).toBe(false)
  })

  test('WA-01 · of ten that bring the same assertion at once, one is signed in', async () => {
    const { owner, key, enrollmentId } = await keys.keyOwner(keys.newKey({ signCount: null }))
    const here = await keys.login(owner)
    const given = byKey(here.challenge, key)
    const copies = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const copy = here.browser.copy()
        await copy.session()
        return copy
      }),
    )
    const all = await Promise.all(copies.map((browser) => answer(browser, enrollmentId, given.answer)))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('WA-08 · a copy that counts behind the key is refused, written down and told; the key itself goes on', async () => {
    const { owner, key } = await keys.keyOwner()
    const copy = key.clone()
    for (let times = 0; times < 2; times += 1) expect(reason(await (await keys.login(owner)).by(key))[0]).toBe(200)
    const here = await keys.login(owner)
    expect(reason(await here.by(copy))).toEqual(wrong)
    expect(reason((await keys.passkey(copy)).answer)).toEqual(wrong)
    expect(await keys.opens(here.browser)).toBe(false)
    const accountId = await accountIdOf(running, owner.email)
    const written = (await audit(running, 'method.copied')).filter((entry) => entry['account_id'] === accountId)
    expect(written.map((entry) => [entry['outcome'], entry['method'], entry['ip'] !== ''])).toEqual([
      ['refused', 'security_key', true],
      ['refused', 'security_key', true],
    ])
    await running.console.deliver()
    const mails = running.emails.messages.filter(({ to, text }) => to === owner.email && /copy|copied/i.test(text))
    expect(mails).toHaveLength(2)
    expect(reason(await here.by(key))).toEqual([200, 'signed_in'])
  })

  test('WA-08 · a key that counts nothing signs in time after time, and one that has counted can’t stop', async () => {
    const still = await keys.keyOwner(keys.newKey({ signCount: null, backupEligible: true, backedUp: true }))
    for (let times = 0; times < 3; times += 1) {
      expect(reason(await (await keys.login(still.owner)).by(still.key))[0]).toBe(200)
    }
    const { owner, key } = await keys.keyOwner()
    expect(reason(await (await keys.login(owner)).by(key))[0]).toBe(200)
    const zero: AuthenticationFaults = { authenticatorData: (data) => ({ ...data, signCount: 0 }) }
    expect(reason(await (await keys.login(owner)).by(key, zero))).toEqual(wrong)
  })

  test('WA-09 XA-09 · the key of someone else signs in to no account but theirs', async () => {
    const mallory = await keys.keyOwner()
    const { owner, key, enrollmentId } = await keys.keyOwner()
    const here = await keys.login(owner)
    const theirs = (faults: AuthenticationFaults = {}): string =>
      JSON.stringify(mallory.key.get({ challenge: here.asking!.challenge, rpId: 'localhost' }, faults))
    const { id } = key.credentials[0]!
    const disguised = theirs({ response: (given) => ({ ...given, id, rawId: id }) })
    expect(reason(await answer(here.browser, mallory.enrollmentId, theirs()))).toEqual([403, 'method_not_allowed'])
    expect(reason(await answer(here.browser, enrollmentId, theirs()))).toEqual(wrong)
    expect(reason(await answer(here.browser, enrollmentId, disguised))).toEqual(wrong)
    const stepUp = (await owner.browser.post('/api/mfa/recovery-codes')).body.challenge
    const confirming = await answerStepUp(owner.browser, stepUp.id, enrollmentId, theirs())
    expect(reason(confirming)).toEqual(wrong)
    expect(await keys.opens(here.browser)).toBe(false)
  })

  test('WA-09 · a key that was removed answers nothing, and is unknown by itself', async () => {
    const { owner, key } = await keys.keyOwner()
    const second = keys.newKey()
    const { enrollmentId } = await enroll(running, owner, 'security_key', second)
    const before = await keys.login(owner)
    const removed = await confirmed(running, owner, 'DELETE', `/api/mfa/methods/${enrollmentId}`)
    expect(removed.status, removed.text).toBe(204)
    expect(reason(await before.by(second))).toEqual([403, 'method_not_allowed'])
    const { asking } = await keys.login(owner)
    expect(asking?.allowCredentials?.map(({ id }) => id)).toEqual([key.credentials[0]?.id])
    expect(reason((await keys.passkey(second)).answer)).toEqual([401, 'key_unknown'])
    const { accepted } = (await owner.browser.get('/api/mfa/methods')).body
    expect(accepted.security_key.allAcceptedCredentialIds).toEqual([key.credentials[0]?.id])
  })

  test('WA-09 · a credential that someone has already can be set up by nobody else', async () => {
    const { key } = await keys.keyOwner()
    const other = await person(running)
    const begun = await keys.begin(other)
    const credentialId = Buffer.from(key.credentials[0]!.id, 'base64url')
    expect(reason(await begun.confirm(keys.newKey(), { credentialId }))).toEqual(wrong)
    expect((await other.browser.get('/api/mfa/methods')).body.methods).toEqual([])
  })

  test('BF-20 · assertions that are wrong are counted: the challenge ends, and then the account is locked', async () => {
    const { owner, key } = await keys.keyOwner()
    const bad: AuthenticationFaults = { signed: () => Buffer.alloc(1) }
    for (const [challenge, lefts] of [
      [4, 3, 2, 1, 0],
      [4, 3, 2, 1],
    ].entries()) {
      const here = await keys.login(owner)
      for (const left of lefts) {
        const refused = await here.by(key, bad)
        expect([...reason(refused), refused.body.attemptsLeft]).toEqual([...wrong, left])
      }
      const next = await here.by(key, challenge === 0 ? {} : bad)
      expect(reason(next)).toEqual(challenge === 0 ? [401, 'challenge_closed'] : [429, 'account_locked'])
    }
    expect(reason(await (await keys.login(owner)).by(key))).toEqual([429, 'account_locked'])
  })
})

describe('where keys must know their user', () => {
  let keys: ConsoleWithKeys
  beforeAll(async () => {
    const keyOptions = { userVerification: 'required' } as const
    keys = await consoleWithKeys({ keyOptions })
  })
  afterAll(() => keys.running.close())

  test('WA-07 · options that were weakened in the browser weaken nothing', async () => {
    const owner = await person(keys.running)
    const presence = keys.newKey({ userVerified: false })
    const begun = await keys.begin(owner)
    await expect(async () => await begun.confirm(presence)).rejects.toThrow(/verifies no user/)
    const weak = { ...begun.setup, authenticatorSelection: { userVerification: 'discouraged' } }
    expect(reason(await begun.confirm(presence, {}, weak))).toEqual(wrong)
    const unverified: AuthenticationFaults = {
      authenticatorData: (data) => ({ ...data, flags: data.flags & ~4 }),
    }
    const right = keys.newKey()
    expect((await begun.confirm(right)).status).toBe(200)
    // What began before MFA was turned on has ended with it.
    keys.running.clock.advance(minute)
    const here = await keys.login(owner)
    expect(reason(await here.by(right, unverified))).toEqual(wrong)
    expect(reason(await here.by(right))).toEqual([200, 'signed_in'])
  })
})

function nested(depth: number): unknown {
  return JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown
}
