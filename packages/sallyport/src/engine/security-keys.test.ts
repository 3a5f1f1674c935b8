import { describe, expect, test } from 'vitest'
import type { Account, EmailMessage, HostSession, Rules, SallyportOptions, Store } from 'sallyport'
import { email } from 'sallyport/methods/email'
import { recoveryCode } from 'sallyport/methods/recovery-code'
import { securityKey } from 'sallyport/methods/security-key'
import { totp } from 'sallyport/methods/totp'
import {
  type AuthenticationFaults,
  authenticatorFlags,
  type AuthenticatorOptions,
  createAuthenticator,
  type CreationOptions,
  keptMessages,
  type RequestOptions,
  type SoftwareAuthenticator,
} from 'sallyport/testing'
import {
  ada,
  allowed,
  answerStepUp,
  challenged,
  client,
  library,
  type Library,
  session,
  setUp,
  signIn,
} from '../../../../test/support/library.ts'

const origin = 'https://app.example'
const minute = 60_000
const bob: Account = { ...ada, id: 'bob', label: 'bob@example.com', confirmedEmail: 'bob@example.com' }

async function hosted(options: Partial<SallyportOptions> = {}) {
  const rules = { managed: false, privileged: false, mandates: [] } as { -readonly [Name in keyof Rules]: Rules[Name] }
  const emails = keptMessages<EmailMessage>()
  const running = await library({
    methods: [totp(), email({ sender: emails }), recoveryCode(), securityKey()],
    accounts: {
      find: (id) => Promise.resolve([ada, bob].find((each) => each.id === id) ?? null),
      endSessions: () => Promise.resolve(),
      rules: () => Promise.resolve(rules),
      securityStamp: () => Promise.resolve('stamp'),
    },
    ...options,
  })
  return { running, rules, emails }
}

const key = (behaviour: Partial<AuthenticatorOptions> = {}): SoftwareAuthenticator =>
  createAuthenticator({ origin, ...behaviour })

/** Sets up a key of an account's, by whatever its session takes. */
async function addKey(running: Library, held: SoftwareAuthenticator, of = ada, inSession: HostSession = session) {
  const { mfa } = running
  const asked = {
    accountId: of.id,
    session: inSession,
    resource: { method: 'security_key' },
    ownCheck: async () => true,
  }
  const grant = await allowed(running, (presented) =>
    mfa.actions.require('mfa.method.add', { ...presented, ...asked }, client),
  )
  const begun = await mfa.enrollments.begin(grant, client)
  if (!begun.ok) throw new Error(begun.reason)
  const { enrollmentId, setup } = begun
  const credential = held.create(setup as CreationOptions)
  const confirm = (answer: object = credential) =>
    mfa.enrollments.confirm(begun.key, { enrollmentId, answer: JSON.stringify(answer) }, client)
  return { enrollmentId, setup: setup as CreationOptions, confirm }
}

type Devices = Awaited<ReturnType<typeof challenged>>['devices']

function answering(devices: Devices, held: SoftwareAuthenticator, faults: AuthenticationFaults = {}) {
  const { asking, enrollmentIds } = devices['security_key'] ?? { asking: {}, enrollmentIds: [] }
  const options = asking as unknown as RequestOptions
  const given = held.get(options, faults)
  const place = options.allowCredentials?.findIndex(({ id }) => id === given.id) ?? -1
  return { enrollmentId: enrollmentIds[place] ?? '', answer: JSON.stringify(given) }
}

/** Ada, with a key and nothing else. */
async function withKey(behaviour: Partial<AuthenticatorOptions> = {}, options: Partial<SallyportOptions> = {}) {
  const { running, rules, emails } = await hosted(options)
  const held = key(behaviour)
  const added = await addKey(running, held)
  const confirmed = await added.confirm()
  if (!confirmed.ok) throw new Error(confirmed.reason)
  running.answers.set(added.enrollmentId, () => '')
  running.clock.advance(minute)
  return { running, rules, emails, held, added, enabled: confirmed.enabled }
}

describe('a security key', () => {
  test('is the first second factor of an account, and two factors in one', async () => {
    const { running, added, enabled } = await withKey({ aaguid: 'fa2b99dc-9e39-4257-8f92-4a30d23c4118' })
    expect(enabled?.proof.redeem('mfa.enable')).toMatchObject({ amr: ['hwk', 'user', 'mfa'] })
    expect(enabled?.recoveryCodes).toHaveLength(10)
    const { methods, accepted } = await running.mfa.enrollments.list(ada.id)
    expect(methods[0]).toMatchObject({ enrollmentId: added.enrollmentId, name: 'YubiKey 5 NFC', hint: 'On one device' })
    expect(accepted['security_key']).toMatchObject({
      rpId: 'app.example',
      allAcceptedCredentialIds: [expect.any(String)],
    })
  })

  test('completes a login, with the password as the other factor', async () => {
    const { running, held } = await withKey({ userVerified: false })
    const { challenge, key: pending } = await signIn(running)
    const answered = await running.mfa.challenges.answer(pending, 'login', answering(challenge.devices, held), client)
    if (!answered.ok) throw new Error(answered.reason)
    expect(answered.proof.redeem('login')).toMatchObject({
      methods: ['password', 'security_key'],
      amr: ['pwd', 'hwk', 'user', 'mfa'],
    })
  })

  test('is one of several: one question asks for all of them', async () => {
    const { running, held } = await withKey()
    const second = key()
    const begun = await addSecond(running, held, second)
    expect((await begun.confirm()).ok).toBe(true)
    const { challenge, key: pending } = await signIn(running)
    expect(challenge.devices['security_key']?.enrollmentIds).toHaveLength(2)
    const answer = answering(challenge.devices, second)
    expect(answer.enrollmentId).toBe(begun.enrollmentId)
    expect((await running.mfa.challenges.answer(pending, 'login', answer, client)).ok).toBe(true)
  })

  test('WA-01 answers a challenge once', async () => {
    const { running, held } = await withKey()
    const { challenge, key: pending } = await signIn(running)
    const answer = answering(challenge.devices, held)
    const answers = await Promise.all(
      [answer, answer].map((each) => running.mfa.challenges.answer(pending, 'login', each, client)),
    )
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    const next = await signIn(running)
    expect(await running.mfa.challenges.answer(next.key, 'login', answer, client)).toMatchObject({ reason: 'wrong' })
  })

  test('WA-02 five minutes after it was asked its answer is none, and a challenge that is read again asks anew', async () => {
    const { running, held } = await withKey()
    const { challenge, key: pending } = await signIn(running)
    const answer = answering(challenge.devices, held)
    running.clock.advance(5 * minute)
    expect(await running.mfa.challenges.answer(pending, 'login', answer, client)).toMatchObject({ reason: 'wrong' })
    const again = await running.mfa.challenges.view(pending)
    const fresh = answering(again?.devices ?? {}, held)
    running.clock.advance(4 * minute)
    expect((await running.mfa.challenges.answer(pending, 'login', fresh, client)).ok).toBe(true)
  })

  test('WA-02 what was signed for one action is no answer to another, nor in another session', async () => {
    const { running, held } = await withKey()
    const ask = (name: string, inSession = session) =>
      running.mfa.actions.require(
        'mfa.method.rename',
        { accountId: ada.id, session: inSession, resource: { method: 'key' }, parameters: { name } },
        client,
      )
    const one = await challenged(await ask('one'))
    const other = await challenged(await ask('other'))
    const elsewhere = await challenged(await ask('one', { id: 'another session', challengeId: 'challenge' }))
    const signed = answering(one.devices, held)
    const answerIn = (challenge: typeof one, inSession: string) =>
      running.mfa.actions.answer({ id: challenge.id, binding: inSession }, signed, inSession, client)
    expect(await answerIn(other, session.id)).toMatchObject({ reason: 'wrong' })
    expect(await answerIn(elsewhere, 'another session')).toMatchObject({ reason: 'wrong' })
    expect(await answerIn(one, session.id)).toMatchObject({ ok: true })
  })

  test('WA-08 a count that goes back is refused, written down, and told to the owner', async () => {
    const { running, held, emails } = await withKey()
    const older = held.clone()
    const first = await signIn(running)
    await running.mfa.challenges.answer(first.key, 'login', answering(first.challenge.devices, held), client)
    const { challenge, key: pending } = await signIn(running)
    const refused = await running.mfa.challenges.answer(pending, 'login', answering(challenge.devices, older), client)
    expect(refused).toMatchObject({ reason: 'wrong' })
    expect(running.audit('method.copied')).toMatchObject([
      { outcome: 'refused', account_id: ada.id, method: 'security_key' },
    ])
    await running.mfa.notices.deliver()
    expect(emails.messages.map(({ subject }) => subject).slice(-1)).toEqual([
      'Example: a security key may have been copied',
    ])
  })

  test('C3 where a policy asks for one, no other method is offered or taken', async () => {
    const { running, held } = await hosted({ policy: { 'mfa.disable': { atLeast: 'security_key' } } }).then(
      async ({ running: made }) => {
        const app = await setUp(made, 'totp')
        const own = key()
        const added = await addKey(made, own)
        if (!(await added.confirm()).ok) throw new Error('it was not added')
        return { running: made, held: own, app }
      },
    )
    const asked = { accountId: ada.id, session, resource: {} }
    const challenge = await challenged(await running.mfa.actions.require('mfa.disable', asked, client))
    expect(challenge.methods.map(({ method }) => method)).toEqual(['security_key'])
    const [other] = (await running.mfa.enrollments.list(ada.id)).methods.filter(({ method }) => method === 'totp')
    running.clock.advance(minute)
    const typed = {
      enrollmentId: other?.enrollmentId ?? '',
      answer: running.answers.get(other?.enrollmentId ?? '')?.() ?? '',
    }
    const at = { id: challenge.id, binding: session.id }
    expect(await running.mfa.actions.answer(at, typed, session.id, client)).toMatchObject({ reason: 'not_allowed' })
    expect(await running.mfa.actions.answer(at, answering(challenge.devices, held), session.id, client)).toMatchObject({
      ok: true,
    })
  })

  test('is one account’s: what another has registered is refused', async () => {
    const { running, held } = await withKey()
    const [own] = held.credentials
    const begun = await addKey(running, key(), bob, { id: 'bob’s', challengeId: null })
    const copy = key()
    const credential = copy.create(
      { ...begun.setup, user: begun.setup.user },
      { credentialId: Buffer.from(own?.id ?? '', 'base64url') },
    )
    expect(await begun.confirm(credential)).toMatchObject({ reason: 'wrong' })
    expect((await running.mfa.enrollments.list(bob.id)).methods).toEqual([])
  })

  test('WA-17 is told of the others of the account, and has their user', async () => {
    const { running, held } = await withKey()
    const second = await addSecond(running, held, key())
    expect(second.setup.excludeCredentials?.map(({ id }) => id)).toEqual([held.credentials[0]?.id])
    expect(second.setup.user.id).toBe(held.credentials[0]?.userHandle)
  })
})

/** A further key, confirmed with the first one. */
async function addSecond(running: Library, held: SoftwareAuthenticator, second: SoftwareAuthenticator) {
  const { mfa } = running
  const asked = { accountId: ada.id, session, resource: { method: 'security_key' } }
  const challenge = await challenged(await mfa.actions.require('mfa.method.add', asked, client))
  const answered = await mfa.actions.answer(
    { id: challenge.id, binding: session.id },
    answering(challenge.devices, held),
    session.id,
    client,
  )
  if (!answered.ok) throw new Error(answered.reason)
  const step = await mfa.actions.require('mfa.method.add', { ...asked, challengeId: challenge.id }, client)
  if (step.status !== 'granted') throw new Error(step.status)
  const begun = await mfa.enrollments.begin(step.grant, client)
  if (!begun.ok) throw new Error(begun.reason)
  const setup = begun.setup as CreationOptions
  const answer = JSON.stringify(second.create(setup))
  const { enrollmentId } = begun
  return { enrollmentId, setup, confirm: () => mfa.enrollments.confirm(begun.key, { enrollmentId, answer }, client) }
}

describe('a key that others are wrong about', () => {
  test('BF-16 is never switched off: nobody guesses what it signs, and only its owner would lose', async () => {
    const { running, held, added } = await withKey({}, { limits: { triesPerMethod: 20 } })
    for (let each = 0; each < 25; each += 1) {
      const { challenge, key: pending } = await signIn(running)
      const wrong = answering(challenge.devices, held, { signature: (bytes) => bytes.reverse() })
      await running.mfa.challenges.answer(pending, 'login', wrong, { ...client, ip: `203.0.113.${each}` })
      running.clock.advance(24 * 60 * minute)
    }
    const { methods } = await running.mfa.enrollments.list(ada.id)
    expect(methods.find(({ enrollmentId }) => enrollmentId === added.enrollmentId)?.disabled).toBe(false)
  })

  test('WA-08 of two that reach the same count at once, one is a copy', async () => {
    const { running, held } = await withKey()
    const copy = held.clone()
    const logins = [await signIn(running), await signIn(running)] as const
    const [one, other] = [answering(logins[0].challenge.devices, held), answering(logins[1].challenge.devices, copy)]
    const answer = running.mfa.challenges
    const both = await Promise.all([
      answer.answer(logins[0].key, 'login', one, client),
      answer.answer(logins[1].key, 'login', other, client),
    ])
    expect(both.filter(({ ok }) => ok)).toHaveLength(1)
    expect(running.audit('method.copied')).toHaveLength(1)
  })

  test('stands in nobody’s way where it can’t be opened any more', async () => {
    const rows = { broken: false }
    const around = (store: Store): Partial<Store> => ({
      async readChallenge(id) {
        const snapshot = await store.readChallenge(id)
        if (snapshot === null || !rows.broken) return snapshot
        const enrollments = snapshot.enrollments.map((row) =>
          row.method === 'security_key' ? { ...row, sealed: 'gone' } : row,
        )
        return { ...snapshot, enrollments }
      },
    })
    const { running } = await withKey({}, { around } as Partial<SallyportOptions>)
    const { key: pending } = await signIn(running)
    rows.broken = true
    expect((await running.mfa.challenges.view(pending))?.devices['security_key']?.enrollmentIds).toEqual([])
    expect(running.faults).toHaveLength(1)
  })
})

describe('signing in with a passkey and nothing else', () => {
  async function passkeyed(behaviour: Partial<AuthenticatorOptions> = {}, options: Partial<SallyportOptions> = {}) {
    const made = await withKey(behaviour, options)
    const { passkey } = made.running.mfa.signIn
    const ask = (faults: AuthenticationFaults = {}) => {
      const { asking, key: own } = passkey.ask()
      return { own, answer: JSON.stringify(made.held.get(asking as unknown as RequestOptions, faults)) }
    }
    return { ...made, passkey, ask }
  }

  test('is both factors, and of the browser it keeps that it is known', async () => {
    const { passkey, ask } = await passkeyed()
    const { own, answer } = ask()
    const result = await passkey.answer(own, answer, client, { trusted: '', known: '' })
    if (!result.ok) throw new Error(result.reason)
    expect(result.browser).toMatchObject({ trusted: '', known: expect.stringMatching(/^[\w-]{43}$/) })
    expect(result.proof.redeem('login')).toMatchObject({
      accountId: ada.id,
      methods: ['security_key'],
      amr: ['hwk', 'user', 'mfa'],
      challengeId: own.id,
    })
  })

  test('WA-01 works once, whoever is faster', async () => {
    const { passkey, ask, running } = await passkeyed()
    const { own, answer } = ask()
    const results = await Promise.all(Array.from({ length: 4 }, () => passkey.answer(own, answer, client)))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await passkey.answer(own, answer, client)).toMatchObject({ reason: 'wrong' })
    expect(running.audit('challenge.opened').filter(({ challenge_id: id }) => id === own.id)).toHaveLength(1)
  })

  test('WA-02 answers to another browser, or too late, are none', async () => {
    const { passkey, ask, running } = await passkeyed()
    const { own, answer } = ask()
    const stranger = passkey.ask().key
    expect(await passkey.answer(stranger, answer, client)).toMatchObject({ reason: 'wrong' })
    expect(await passkey.answer({ ...own, binding: stranger.binding }, answer, client)).toMatchObject({
      reason: 'wrong',
    })
    running.clock.advance(5 * minute)
    expect(await passkey.answer(own, answer, client)).toMatchObject({ reason: 'wrong' })
  })

  test('nothing that is wrong counts for the account, which nobody has shown to be theirs: only for the address', async () => {
    const { passkey, ask, running } = await passkeyed()
    const outcomes: string[] = []
    for (let each = 0; each < 30; each += 1) {
      const { own, answer } = ask({ signature: (bytes) => bytes.reverse() })
      const result = await passkey.answer(own, answer, client)
      outcomes.push(result.ok ? 'ok' : result.reason)
    }
    expect(outcomes.filter((each) => each === 'wrong')).toHaveLength(25)
    expect(outcomes.at(-1)).toBe('limited')
    expect(running.audit('account.locked')).toEqual([])
    const { own, answer } = ask()
    expect(await passkey.answer(own, answer, client)).toMatchObject({ reason: 'limited' })
    expect((await passkey.answer(own, answer, { ...client, ip: '203.0.113.99' })).ok).toBe(true)
  })

  test('a key of no account is told so, and one that was removed too', async () => {
    const { passkey, running, held } = await passkeyed()
    const stranger = key()
    stranger.create({
      challenge: 'AA',
      rp: { id: 'app.example' },
      user: { id: 'AAAA' },
      pubKeyCredParams: [{ alg: -7 }],
      authenticatorSelection: { residentKey: 'required' },
    })
    const { asking, key: own } = passkey.ask()
    const answer = JSON.stringify(stranger.get(asking as unknown as RequestOptions))
    expect(await passkey.answer(own, answer, client)).toEqual({ ok: false, reason: 'unknown_key' })
    await running.mfa.erase(ada.id, client)
    const after = passkey.ask()
    const removed = JSON.stringify(held.get(after.asking as unknown as RequestOptions))
    expect(await passkey.answer(after.key, removed, client)).toEqual({ ok: false, reason: 'unknown_key' })
    expect(running.audit('sign_in.unknown_key')).toHaveLength(2)
  })

  test('L4 an account that an organisation signs in to is not signed in to by it, however often that is tried', async () => {
    const { passkey, ask, rules, running } = await passkeyed()
    rules.managed = true
    const { own, answer } = ask()
    for (let each = 0; each < 25; each += 1)
      expect(await passkey.answer(own, answer, client)).toEqual({ ok: false, reason: 'elsewhere' })
    expect(await passkey.answer(own, answer, client)).toMatchObject({ reason: 'limited' })
    expect(running.audit('sign_in.elsewhere')).toHaveLength(25)
  })

  test('WA-08 a copy is refused here too, and the owner told', async () => {
    const { passkey, ask, held, running } = await passkeyed()
    const older = held.clone()
    const { own, answer } = ask()
    expect((await passkey.answer(own, answer, client)).ok).toBe(true)
    const again = passkey.ask()
    const copied = JSON.stringify(older.get(again.asking as unknown as RequestOptions))
    expect(await passkey.answer(again.key, copied, client)).toMatchObject({ reason: 'wrong' })
    expect(running.audit('method.copied')).toHaveLength(1)
  })

  test('what is no answer of a key is malformed, and writes nothing', async () => {
    const { passkey, running } = await passkeyed()
    const before = running.audit().length
    expect(await passkey.answer(passkey.ask().key, '123456', client)).toEqual({ ok: false, reason: 'malformed' })
    expect(running.audit()).toHaveLength(before)
  })

  test('M2 one that was added with a recovery code does it after a day, like all else that the code could not', async () => {
    const { running } = await hosted()
    const app = await setUp(running, 'totp')
    const codes = app.enabled?.recoveryCodes ?? []
    const { enrollments } = await running.store.readAccount(ada.id)
    running.answers.set(enrollments.find(({ backup }) => backup)?.id ?? '', () => codes[0] ?? '')
    const asked = { accountId: ada.id, session, resource: { method: 'security_key' } }
    const challenge = await challenged(await running.mfa.actions.require('mfa.method.add', asked, client))
    const backup = challenge.methods.find(({ method }) => method === 'recovery_code')?.enrollmentId ?? ''
    expect(await answerStepUp(running, challenge, backup)).toMatchObject({ ok: true })
    const step = await running.mfa.actions.require('mfa.method.add', { ...asked, challengeId: challenge.id }, client)
    if (step.status !== 'granted') throw new Error(step.status)
    const begun = await running.mfa.enrollments.begin(step.grant, client)
    if (!begun.ok) throw new Error(begun.reason)
    const held = key()
    const created = JSON.stringify(held.create(begun.setup as CreationOptions))
    const { enrollmentId } = begun
    expect((await running.mfa.enrollments.confirm(begun.key, { enrollmentId, answer: created }, client)).ok).toBe(true)
    const { passkey } = running.mfa.signIn
    const signedIn = async () => {
      const { asking, key: own } = passkey.ask()
      return await passkey.answer(own, JSON.stringify(held.get(asking as unknown as RequestOptions)), client)
    }
    expect(await signedIn()).toEqual({ ok: false, reason: 'not_allowed' })
    running.clock.advance(24 * 60 * minute)
    expect((await signedIn()).ok).toBe(true)
  })

  test('FB-12 an account that may not sign in is not signed in to', async () => {
    const find = { current: true }
    const accounts = {
      find: (id: string) => Promise.resolve(find.current && id === ada.id ? ada : null),
      endSessions: () => Promise.resolve(),
    }
    const { passkey, ask, running } = await passkeyed({}, { accounts })
    find.current = false
    const { own, answer } = ask()
    expect(await passkey.answer(own, answer, client)).toEqual({ ok: false, reason: 'wrong' })
    expect(running.audit('challenge.opened').filter(({ challenge_id: id }) => id === own.id)).toEqual([])
  })

  test('D7 the owner’s own browser signs in with it while strangers have locked the account', async () => {
    const { passkey, ask, running } = await passkeyed()
    const first = ask()
    const home = await passkey.answer(first.own, first.answer, client, { trusted: '', known: '' })
    const tokens = (home.ok && home.browser) || { trusted: '', known: '' }
    for (let each = 0; each < 10; each += 1) {
      const { challenge, key: pending } = await signIn(running)
      const junk = { enrollmentId: challenge.devices['security_key']?.enrollmentIds[0] ?? '', answer: first.answer }
      await running.mfa.challenges.answer(pending, 'login', junk, { ...client, ip: `203.0.113.${each}` })
    }
    const stranger = ask()
    expect(await passkey.answer(stranger.own, stranger.answer, client)).toMatchObject({ reason: 'locked' })
    const own = ask()
    expect((await passkey.answer(own.own, own.answer, client, tokens)).ok).toBe(true)
  })

  test('WA-07 a key that does not know its user is one factor, and none alone', async () => {
    const { passkey, ask, running } = await passkeyed()
    const { UV } = authenticatorFlags
    const { own, answer } = ask({ authenticatorData: (parts) => ({ ...parts, flags: parts.flags & ~UV }) })
    expect(await passkey.answer(own, answer, client)).toEqual({ ok: false, reason: 'wrong' })
    expect(running.audit('challenge.opened').filter(({ challenge_id: id }) => id === own.id)).toEqual([])
  })

  test('AU-01 leaves what happened in the log, with the account where it is known', async () => {
    const { passkey, ask, running, added, rules } = await passkeyed()
    const from = running.audit().length
    const wrong = ask({ signature: (bytes) => bytes.reverse() })
    await passkey.answer(wrong.own, wrong.answer, client)
    const right = ask()
    const result = await passkey.answer(right.own, right.answer, client)
    expect(result.ok && result.proof.redeem('login')).toMatchObject({ resource: '', reason: null, replaces: false })
    expect(await passkey.answer(right.own, right.answer, client)).toEqual({ ok: false, reason: 'wrong' })
    rules.managed = true
    const managed = ask()
    await passkey.answer(managed.own, managed.answer, client)
    const entries = running
      .audit()
      .slice(from)
      .map((each) => [each.event, each.outcome, each.account_id, each.action, each.enrollment_id, each.detail])
    const refused = ['attempt.refused', 'refused', ada.id, 'login', added.enrollmentId, '{"reason":"wrong"}']
    expect(entries).toEqual([
      refused,
      ['challenge.opened', 'ok', ada.id, 'login', null, '{}'],
      ['challenge.passed', 'ok', ada.id, 'login', added.enrollmentId, '{}'],
      refused,
      ['sign_in.elsewhere', 'refused', ada.id, null, null, '{"evidence":"security_key"}'],
    ])
  })

  test('its challenge is nobody’s to answer in another way, though it is open', async () => {
    const { passkey, ask, running } = await passkeyed()
    const { own, answer } = ask()
    Object.assign(running.store, { settleAttempt: () => Promise.reject(new Error('the process is gone')) })
    await expect(passkey.answer(own, answer, client)).rejects.toThrow('gone')
    expect((await running.store.readChallenge(own.id))?.challenge).toMatchObject({
      status: 'open',
      bindingHash: '',
    })
    for (const binding of [own.binding, '']) {
      expect(await running.mfa.challenges.view({ id: own.id, binding })).toBeNull()
    }
  })

  test('has no meaning where no method asks a device', async () => {
    const running = await library()
    expect(() => running.mfa.signIn.passkey.ask()).toThrow(expect.objectContaining({ code: 'method_not_found' }))
  })
})

describe('a login that nothing was shown for', () => {
  test('is none, whatever else comes with it', async () => {
    const { running } = await withKey()
    const nothing = [] as unknown as readonly ['password']
    for (const more of [{}, { amr: ['mfa'] }, { browser: { trusted: '', known: '' } }]) {
      const begun = running.mfa.signIn.begin({ accountId: ada.id, evidence: nothing, ...more }, client)
      await expect(begun).rejects.toMatchObject({ code: 'request_invalid' })
    }
  })
})
