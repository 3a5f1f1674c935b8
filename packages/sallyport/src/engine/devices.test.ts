import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { BrowserTokens, NoticeKind, Rules, SallyportOptions, Store } from 'sallyport'
import { authenticator } from 'sallyport/testing'
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
} from '../../../../test/support/library.ts'

const day = 86_400_000
const nothing: BrowserTokens = { trusted: '', known: '' }
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const newerFirefox = firefox.replaceAll('140', '141')
const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const browser = { ...client, userAgent: firefox }

/** A host with as many accounts as are asked for, whose password and rules the test changes as it goes. */
async function hosted(options: Partial<SallyportOptions> = {}) {
  const host = {
    stamp: 'first password',
    rules: { managed: false, privileged: false, mandates: [] } as { -readonly [Name in keyof Rules]: Rules[Name] },
  }
  const told: NoticeKind[] = []
  const around = (store: Store): Partial<Store> => ({
    async leaseNotices(input) {
      const leased = await store.leaseNotices(input)
      told.push(...leased.flatMap(({ channel, kind }) => (channel === 'email' ? kind : [])))
      return leased
    },
  })
  const accounts = {
    find: (id: string) => Promise.resolve({ ...ada, id }),
    endSessions: () => Promise.resolve(),
    rules: () => Promise.resolve(host.rules),
    securityStamp: () => Promise.resolve(host.stamp),
  }
  const running = await library({ accounts, around, ...options })
  const tellings = async (): Promise<readonly NoticeKind[]> => {
    await running.mfa.notices.deliver()
    return told.splice(0)
  }
  return { running, host, accounts, tellings }
}

/** The same, with an authenticator app on ada’s account. */
async function withApp(options: Partial<SallyportOptions> = {}) {
  const made = await hosted(options)
  const app = await setUp(made.running, 'totp')
  await made.tellings()
  return { ...made, app }
}

type Where = Partial<typeof browser> & { readonly accountId?: string; readonly evidence?: readonly ['password'] }

async function begin({ mfa }: Pick<Library, 'mfa'>, tokens: BrowserTokens | undefined, where: Where = {}) {
  const { accountId = ada.id, evidence = ['password'] as const, ...different } = where
  const input = { accountId, evidence, ...(tokens === undefined ? {} : { browser: tokens }) }
  return await mfa.signIn.begin(input, { ...browser, ...different })
}

/** Signs in by a challenge, and gives what the browser is to keep and the challenge it was. */
async function complete(
  running: Pick<Library, 'mfa' | 'clock'>,
  by: { readonly enrollmentId: string; answer(): string },
  { tokens = nothing, trust = true, ...where }: Where & { tokens?: BrowserTokens; trust?: boolean } = {},
) {
  running.clock.advance(30_000)
  const step = await begin(running, tokens, where)
  if (step.status !== 'challenge') throw new Error(step.status)
  const { accountId: _, evidence: __, ...different } = where
  const typed = { enrollmentId: by.enrollmentId, answer: by.answer() }
  const from = { ...browser, ...different }
  const answered = await running.mfa.challenges.answer(step.key, 'login', typed, from, { tokens, trust })
  if (!answered.ok || answered.browser === null) throw new Error('the answer was not right')
  const proven = answered.proof.redeem('login')
  return { tokens: answered.browser, challenge: step.challenge, proven }
}

/** Signs in by the trust in the browser, and gives what it is to keep from then on. */
async function trusted(running: Pick<Library, 'mfa'>, tokens: BrowserTokens, where: Where = {}) {
  const step = await begin(running, tokens, where)
  if (step.status !== 'clear' || step.browser === null) throw new Error(step.status)
  return { tokens: step.browser, proven: step.proof.redeem('login') }
}

const asked = async (running: Pick<Library, 'mfa'>, tokens: BrowserTokens, where: Where = {}) =>
  (await begin(running, tokens, where)).status

/** An authenticator app on an account of anyone’s. */
async function appOf({ mfa, clock }: Library, accountId: string) {
  const presented = { accountId, session, ownCheck: () => Promise.resolve(true), resource: { method: 'totp' } }
  const step = await mfa.actions.require('mfa.method.add', presented, client)
  if (step.status !== 'granted') throw new Error(step.status)
  const begun = await mfa.enrollments.begin(step.grant, client)
  if (!begun.ok) throw new Error(begun.reason)
  const { secret } = begun.setup as { secret: string }
  const answer = (): string => authenticator(secret).codeAt(clock())
  const { key, enrollmentId } = begun
  await mfa.enrollments.confirm(key, { enrollmentId, answer: answer() }, client)
  return { enrollmentId, answer }
}

describe('a browser that its owner trusts', () => {
  test('D1 · signs in with the first factor alone, and the proof says so and no more', async () => {
    const { running, app, tellings } = await withApp()
    const first = await complete(running, app)
    expect(first.challenge.trustSeconds).toBe(30 * 86_400)
    expect(first.proven).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], reason: null })
    expect(await tellings()).toEqual(['device.trusted'])
    const sent = running.emails.messages.length + running.texts.messages.length
    const { proven } = await trusted(running, first.tokens)
    expect(proven).toEqual({
      accountId: ada.id,
      action: 'login',
      resource: '',
      challengeId: first.challenge.id,
      replaces: false,
      methods: ['password'],
      amr: ['pwd'],
      at: running.clock(),
      begunAt: running.clock(),
      reason: 'trusted_browser',
    })
    expect(await tellings()).toEqual([])
    expect(running.emails.messages.length + running.texts.messages.length).toBe(sent)
    const [device] = await running.mfa.devices.list(ada.id)
    const detail = JSON.stringify({ device: device?.deviceId })
    expect(running.audit('device.trusted', 'sign_in.trusted')).toMatchObject([
      { event: 'device.trusted', account_id: ada.id, challenge_id: first.challenge.id, detail },
      { event: 'sign_in.trusted', account_id: ada.id, outcome: 'ok', detail },
    ])
  })

  test('D1 · is one only when it was asked for', async () => {
    const { running, app } = await withApp()
    const { tokens } = await complete(running, app, { trust: false })
    expect(tokens).toEqual({ trusted: '', known: expect.stringMatching(/^[\w-]{43}$/) as string })
    expect(await running.mfa.devices.list(ada.id)).toEqual([])
    expect(running.audit('device.trusted')).toEqual([])
    expect(await asked(running, tokens)).toBe('challenge')
  })

  test('D1 · is one up to the moment that was said', async () => {
    const { running, app } = await withApp()
    let { tokens } = await complete(running, app)
    running.clock.advance(15 * day)
    tokens = (await trusted(running, tokens)).tokens
    running.clock.advance(15 * day - 1)
    tokens = (await trusted(running, tokens)).tokens
    running.clock.advance(1)
    expect(await running.mfa.devices.list(ada.id)).toEqual([])
    expect(await asked(running, tokens)).toBe('challenge')
    expect(JSON.parse(running.audit('device.refused')[0]?.detail ?? '')).toMatchObject({ reason: 'expired' })
  })

  test('D1 · whose time is over is trusted anew, at once and as one', async () => {
    const { running, app } = await withApp()
    const first = await complete(running, app)
    running.clock.advance(30 * day)
    const again = await complete(running, app, { tokens: first.tokens })
    expect(again.tokens.trusted).toMatch(/^[\w-]{43}$/)
    expect(again.tokens.known).toBe(first.tokens.known)
    expect(await running.mfa.devices.list(ada.id, again.tokens)).toMatchObject([{ current: true }])
    await trusted(running, again.tokens)
  })

  test('D4 · that became another one is trusted anew as that, whatever it was before', async () => {
    const { running, app } = await withApp()
    const first = await complete(running, app)
    expect(await asked(running, first.tokens, { userAgent: chrome })).toBe('challenge')
    const again = await complete(running, app, { tokens: first.tokens, userAgent: chrome })
    await trusted(running, again.tokens, { userAgent: chrome })
    expect(await running.mfa.devices.list(ada.id)).toMatchObject([{ browser: 'Chrome on Windows' }])
  })

  test('D2 · gets another token by each use, and the one before is good no more', async () => {
    const { running, app } = await withApp()
    const first = await complete(running, app)
    const second = await trusted(running, first.tokens)
    const third = await trusted(running, second.tokens)
    expect(new Set([first, second, third].map(({ tokens }) => tokens.trusted)).size).toBe(3)
    expect(third.tokens.known).toBe(first.tokens.known)
    await trusted(running, third.tokens)
  })

  test('D2 · whose used token comes back is trusted no more; its owner is told, once', async () => {
    const { running, app, tellings } = await withApp()
    const { tokens } = await complete(running, app)
    const { tokens: newest } = await trusted(running, tokens)
    await tellings()
    expect(await asked(running, tokens)).toBe('challenge')
    expect(await tellings()).toEqual(['device.reused'])
    expect(running.audit('device.reused')).toMatchObject([{ outcome: 'refused', account_id: ada.id }])
    expect([await asked(running, newest), await asked(running, tokens)]).toEqual(['challenge', 'challenge'])
    expect(await tellings()).toEqual([])
    expect(await running.mfa.devices.list(ada.id)).toEqual([])
  })

  test('RC-12 · used many times at once signs in once at most, and leaves no token that nobody was given', async () => {
    const { running, app } = await withApp()
    const { tokens } = await complete(running, app)
    const steps = await Promise.all(Array.from({ length: 16 }, () => begin(running, tokens)))
    const clear = steps.flatMap((step) => (step.status === 'clear' ? (step.browser ?? []) : []))
    expect(clear).toHaveLength(1)
    const devices = await running.mfa.devices.list(ada.id, clear[0])
    expect(devices.filter(({ current }) => !current)).toEqual([])
    expect(await asked(running, tokens)).toBe('challenge')
  })

  test('D5 · is listed with what its owner knows it by, and revoked there one by one or all at once', async () => {
    const { running, app } = await withApp()
    const one = await complete(running, app)
    const trustedAt = running.clock()
    const two = await complete(running, app, { userAgent: chrome, ip: '192.0.2.9' })
    running.clock.advance(day)
    const used = await trusted(running, one.tokens, { userAgent: newerFirefox, ip: '192.0.2.8' })
    const devices = await running.mfa.devices.list(ada.id, used.tokens)
    expect(devices).toEqual([
      {
        deviceId: expect.stringMatching(/^[\w-]{22}$/) as string,
        browser: 'Firefox on Linux',
        ip: '192.0.2.8',
        trustedAt,
        lastUsedAt: running.clock(),
        expiresAt: trustedAt + 30 * day,
        current: true,
      },
      expect.objectContaining({ browser: 'Chrome on Windows', ip: '192.0.2.9', current: false }) as unknown,
    ])
    const ids = devices.map(({ deviceId }) => deviceId)
    expect(await running.mfa.devices.revoke('eve', ids[0] ?? '', client)).toBe(false)
    expect(await running.mfa.devices.revoke(ada.id, ids[0] ?? '', client)).toBe(true)
    expect(await running.mfa.devices.revoke(ada.id, ids[0] ?? '', client)).toBe(false)
    expect(await asked(running, used.tokens)).toBe('challenge')
    const { tokens } = await trusted(running, two.tokens, { userAgent: chrome })
    expect(await running.mfa.devices.revokeAll(ada.id, client)).toBe(1)
    expect(await running.mfa.devices.revokeAll(ada.id, client)).toBe(0)
    expect(await asked(running, tokens, { userAgent: chrome })).toBe('challenge')
    expect(running.audit('device.revoked').map(({ detail }) => JSON.parse(detail) as unknown)).toEqual([
      { device: ids[0] },
      { count: 1 },
    ])
  })

  test('RD-13 · beyond ten, the one that was used longest ago is asked again', async () => {
    const { running, app } = await withApp()
    const all: BrowserTokens[] = []
    for (let device = 0; device < 10; device += 1) all.push((await complete(running, app)).tokens)
    const [first = nothing, second = nothing] = all
    const kept = await trusted(running, first)
    await complete(running, app)
    expect(await running.mfa.devices.list(ada.id)).toHaveLength(10)
    expect(await asked(running, second)).toBe('challenge')
    await trusted(running, kept.tokens)
  })

  test('RD-01 · holds a token that is like no other and says nothing', { timeout: 60_000 }, async () => {
    const { running, app } = await withApp()
    let { tokens } = await complete(running, app)
    const seen = [tokens.trusted]
    while (seen.length < 1000) seen.push((tokens = (await trusted(running, tokens)).tokens).trusted)
    expect(new Set(seen).size).toBe(1000)
    expect(seen.filter((token) => !/^[\w-]{43}$/.test(token))).toEqual([])
    const bytes = seen.map((token) => Buffer.from(token, 'base64url'))
    // Of 1,000 random bytes about 251 values are seen at each place; of a counter, a time or an id far fewer.
    const places = Array.from({ length: 32 }, (_, place) => new Set(bytes.map((each) => each[place])).size)
    expect(Math.min(...places)).toBeGreaterThan(225)
    // Neighbours differ in half of their bits.
    const distances = bytes.slice(1).map((each, at) => differing(each, bytes[at] ?? each))
    expect(Math.min(...distances)).toBeGreaterThan(75)
    const stored = await running.store.listDevices({ accountId: ada.id, now: running.clock() })
    expect(stored.filter(({ tokenHash }) => seen.some((token) => tokenHash.includes(token)))).toEqual([])
  })
})

function differing(one: Buffer, other: Buffer): number {
  let bits = 0
  for (const [at, byte] of one.entries()) {
    for (let left = byte ^ (other[at] ?? 0); left > 0; left >>= 1) bits += left & 1
  }
  return bits
}

describe('no browser is trusted', () => {
  test('RD-10 · for whoever can do harm to others: it is not offered, and what was trusted before asks', async () => {
    const { running, app, host } = await withApp()
    const { tokens } = await complete(running, app)
    host.rules.privileged = true
    expect(await asked(running, tokens)).toBe('challenge')
    const again = await complete(running, app)
    expect([again.challenge.trustSeconds, again.tokens.trusted]).toEqual([null, ''])
    host.rules.privileged = false
    await trusted(running, tokens)
  })

  test('RD-10 · where its owner was given a role while they answered', async () => {
    const { running, app, host } = await withApp()
    const step = await begin(running, nothing)
    if (step.status !== 'challenge') throw new Error(step.status)
    host.rules.privileged = true
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    const kept = { tokens: nothing, trust: true }
    const answered = await running.mfa.challenges.answer(step.key, 'login', typed, browser, kept)
    expect(answered).toMatchObject({ ok: true, browser: { trusted: '' } })
  })

  test('for an account that an organisation signs in to', async () => {
    const { running, app, host } = await withApp()
    const { tokens } = await complete(running, app)
    host.rules.managed = true
    expect(await asked(running, tokens)).toBe('elsewhere')
    const step = await running.mfa.signIn.begin({ accountId: ada.id, evidence: ['sso'], browser: tokens }, browser)
    if (step.status !== 'clear') throw new Error(step.status)
    expect([step.browser, step.proof.redeem('login').reason]).toEqual([null, 'sso'])
  })

  test('by an app: it brings nothing, is offered nothing and is given nothing', async () => {
    const { running, app } = await withApp()
    const step = await begin(running, undefined)
    if (step.status !== 'challenge') throw new Error(step.status)
    expect(step.challenge.trustSeconds).toBeNull()
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    const answered = await running.mfa.challenges.answer(step.key, 'login', typed, browser)
    expect(answered).toMatchObject({ ok: true, browser: null })
    running.clock.advance(30_000)
    const other = await begin(running, undefined)
    if (other.status !== 'challenge') throw new Error(other.status)
    const late = { enrollmentId: app.enrollmentId, answer: app.answer() }
    const asking = { tokens: nothing, trust: true }
    expect(await running.mfa.challenges.answer(other.key, 'login', late, browser, asking)).toMatchObject({
      ok: true,
      browser: { trusted: '' },
    })
  })

  test('RV-05 · by a recovery code, nor by a method that was added with one until a day has gone', async () => {
    const { running, app } = await withApp()
    const codes = [...(app.enabled?.recoveryCodes ?? [])]
    const step = await begin(running, nothing)
    const backup = step.status === 'challenge' ? (step.challenge.methods.at(-1)?.enrollmentId ?? '') : ''
    running.answers.set(backup, () => codes.shift() ?? '')
    const paper = { enrollmentId: backup, answer: () => codes.shift() ?? '' }
    expect((await complete(running, paper)).tokens).toEqual(nothing)
    running.answers.delete(app.enrollmentId)
    const grant = await challenged(
      await running.mfa.actions.require(
        'mfa.method.add',
        { accountId: ada.id, session, resource: { method: 'totp' } },
        client,
      ),
    )
    await answerStepUp(running, grant, backup)
    const adding = { accountId: ada.id, session, resource: { method: 'totp' }, challengeId: grant.id }
    const added = await running.mfa.actions.require('mfa.method.add', adding, client)
    if (added.status !== 'granted') throw new Error(added.status)
    const begun = await running.mfa.enrollments.begin(added.grant, client)
    if (!begun.ok) throw new Error(begun.reason)
    const { secret } = begun.setup as { secret: string }
    const anew = {
      enrollmentId: begun.enrollmentId,
      answer: () => authenticator(secret).codeAt(running.clock()),
    }
    await running.mfa.enrollments.confirm(begun.key, { ...anew, answer: anew.answer() }, client)
    const until = running.clock() + day
    expect((await complete(running, anew)).tokens).toEqual(nothing)
    expect((await complete(running, app)).tokens.trusted).not.toBe('')
    running.clock.advance(until - running.clock())
    expect((await complete(running, anew)).tokens.trusted).not.toBe('')
  })

  test('where nothing would tell that the password was changed', async () => {
    const { running, app } = await withApp({
      accounts: { find: (id) => Promise.resolve({ ...ada, id }), endSessions: () => Promise.resolve() },
    })
    const { challenge, tokens } = await complete(running, app)
    expect([challenge.trustSeconds, tokens.trusted]).toEqual([null, ''])
    expect(await running.mfa.devices.list(ada.id)).toEqual([])
  })

  test('where the limits say so', async () => {
    const { running, app } = await withApp({ limits: { trustedDeviceSeconds: 0 } })
    const { challenge, tokens } = await complete(running, app)
    expect([challenge.trustSeconds, tokens.trusted]).toEqual([null, ''])
  })
})

describe('a trusted browser asks for the second factor again', () => {
  const changes: Readonly<Record<string, (made: Awaited<ReturnType<typeof withApp>>) => Promise<unknown> | undefined>> =
    {
      'RD-07 · once the password is another one, whether or not anyone said so': ({ host }) => {
        host.stamp = 'second password'
        return undefined
      },
      'RD-07 · once the password was changed': ({ running }) => running.mfa.challenges.cancelAll(ada.id, client),
      'RD-07 · once the password was reset by e-mail': ({ running }) =>
        running.mfa.recovery.passwordReset(ada, () => Promise.resolve(true), client),
      'RD-07 · once a method was added': ({ running }) => setUp(running, 'sms'),
      'RD-07 · once a method was removed': async ({ running }) => {
        const grant = await allowed(running, (presented) =>
          running.mfa.actions.require(
            'mfa.method.remove',
            { ...presented, resource: { method: mailOf(running) } },
            client,
          ),
        )
        expect(await running.mfa.enrollments.remove(grant, client)).toBe('removed')
      },
      'RD-07 · once there are new recovery codes': async ({ running }) => {
        const grant = await allowed(running, (presented) =>
          running.mfa.actions.require('recovery_codes.renew', { ...presented, resource: {} }, client),
        )
        expect(await running.mfa.enrollments.renewRecoveryCodes(grant, client)).not.toBeNull()
      },
      'RD-07 · once a recovery code was used': ({ running, app }) => {
        const [code = ''] = app.enabled?.recoveryCodes ?? []
        return backupOf(running).then((enrollmentId) => complete(running, { enrollmentId, answer: () => code }))
      },
      'RD-07 · once MFA was off and on again': async ({ running }) => {
        const grant = await allowed(running, (presented) =>
          running.mfa.actions.require('mfa.disable', { ...presented, resource: {} }, client),
        )
        expect(await running.mfa.enrollments.disable(grant, client)).toBe(true)
        await setUp(running, 'totp')
      },
      'BF-16 · once wrong answers have switched a method off': async ({ running }) => {
        for (let wrong = 1; wrong <= 10; wrong += 1) {
          const step = await begin(running, nothing)
          if (step.status !== 'challenge') throw new Error(step.status)
          const typed = { enrollmentId: step.challenge.active ?? '', answer: '000000' }
          await running.mfa.challenges.answer(step.key, 'login', typed, client)
        }
        expect(running.audit('method.disabled')).toHaveLength(1)
      },
      'M10 · once a mandate asks for a stronger method than the one it was trusted with': ({ host }) => {
        host.rules.mandates = [{ because: 'you are an owner', from: 0, atLeast: 'security_key' }]
        return undefined
      },
      'SC-13 · once its owner signed out everywhere': ({ running }) => running.mfa.devices.revokeAll(ada.id, client),
    }

  for (const [name, change] of Object.entries(changes)) {
    test(name, async () => {
      const made = await withApp({ limits: { triesPerMethod: 10, triesPerAccount: 50 } })
      await setUp(made.running, 'email')
      const { tokens } = await complete(made.running, made.app)
      const { tokens: next } = await trusted(made.running, tokens)
      await change(made)
      made.running.clock.advance(1)
      expect(await asked(made.running, next)).toBe('challenge')
    })
  }

  test('RD-04 · in another browser, and on another system', async () => {
    const { running, app } = await withApp()
    const { tokens } = await complete(running, app)
    const odd = ['', 'curl/8.0', firefox.replace('X11; Linux x86_64', 'Windows NT 10.0'), chrome]
    for (const userAgent of odd)
      expect([userAgent, await asked(running, tokens, { userAgent })]).toEqual([userAgent, 'challenge'])
    await trusted(running, tokens, { userAgent: newerFirefox })
  })

  test('RD-02 · with a token that is cut, flipped, of another account or of no form that one has', async () => {
    const { running, app } = await withApp()
    const { tokens } = await complete(running, app)
    const eve = await appOf(running, 'eve')
    const theirs = await complete(running, eve, { accountId: 'eve' })
    const token = tokens.trusted
    const odd = [
      token.slice(1),
      `${token}A`,
      `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`,
      `.${token.slice(0, 42)}.`,
      ` ${token}`,
      theirs.tokens.trusted,
      tokens.known,
      '.'.repeat(5000),
      'A'.repeat(1_000_000),
      '\u0000',
      '%2e',
      `${token},${token}`,
    ]
    for (const trustedOnes of odd) expect(await asked(running, { ...tokens, trusted: trustedOnes })).toBe('challenge')
    const again = await complete(running, app, { tokens: { trusted: `??.${token.slice(1)}..`, known: '..' } })
    expect([again.tokens.trusted, again.tokens.known]).toEqual([
      expect.stringMatching(/^[\w-]{43}$/),
      expect.stringMatching(/^[\w-]{43}$/),
    ])
    await trusted(running, tokens)
  })

  test('RD-11 · with what the database holds of it', async () => {
    const { running, app } = await withApp()
    await complete(running, app)
    const [row] = await running.store.listDevices({ accountId: ada.id, now: running.clock() })
    for (const value of [row?.tokenHash ?? '', (row?.tokenHash ?? '').split('.')[1] ?? '']) {
      expect(await asked(running, { trusted: value, known: '' })).toBe('challenge')
    }
  })
})

function mailOf({ answers }: Library): string {
  return [...answers.keys()][1] ?? ''
}

async function backupOf(running: Library): Promise<string> {
  const step = await begin(running, nothing)
  return step.status === 'challenge' ? (step.challenge.methods.at(-1)?.enrollmentId ?? '') : ''
}

describe('a deployment that changes', () => {
  /** The same store and host as they are after a restart with other options. */
  const restarted = async (
    { running, accounts }: Awaited<ReturnType<typeof hosted>>,
    options: Partial<SallyportOptions>,
  ) => {
    const { mfa } = await library({ store: running.store, accounts, clock: running.clock, ...options })
    return { mfa, clock: running.clock }
  }
  const [one, two] = [randomBytes(32), randomBytes(32)].map((key) => key.toString('base64url')) as [string, string]

  test('D1 · with a shorter limit it means the browsers that are trusted already', async () => {
    const made = await withApp({ keys: [one] })
    const { tokens } = await complete(made.running, made.app)
    made.running.clock.advance(day)
    const shorter = await restarted(made, { keys: [one], limits: { trustedDeviceSeconds: 86_400 } })
    expect([await asked(shorter, tokens), await shorter.mfa.devices.list(ada.id)]).toEqual(['challenge', []])
    const off = await restarted(made, { keys: [one], limits: { trustedDeviceSeconds: 0 } })
    expect([await asked(off, tokens), await off.mfa.devices.list(ada.id)]).toEqual(['challenge', []])
    const longer = await restarted(made, { keys: [one], limits: { trustedDeviceSeconds: 90 * 86_400 } })
    const next = await trusted(longer, tokens)
    made.running.clock.advance(29 * day)
    expect(await asked(longer, next.tokens)).toBe('challenge')
  })

  test('P6 · with another key in front it goes on trusting, and still knows a token that was used', async () => {
    const made = await withApp({ keys: [one] })
    const { tokens } = await complete(made.running, made.app)
    const rotated = await restarted(made, { keys: [two, one] })
    expect(await rotated.mfa.devices.list(ada.id, tokens)).toMatchObject([{ current: true }])
    const next = await trusted(rotated, tokens)
    expect(await rotated.mfa.devices.list(ada.id, next.tokens)).toMatchObject([{ current: true }])
    await trusted(rotated, next.tokens)
    expect(await asked(rotated, tokens)).toBe('challenge')
    expect(made.running.audit('device.reused')).toHaveLength(1)
  })
})

describe('people who share a browser', () => {
  test('D3 · each have a trust of their own, which the others’ uses leave as it is', async () => {
    const { running, app } = await withApp()
    const eve = await appOf(running, 'eve')
    let { tokens } = await complete(running, app)
    expect(await asked(running, tokens, { accountId: 'eve' })).toBe('challenge')
    tokens = (await complete(running, eve, { accountId: 'eve', tokens })).tokens
    expect(tokens.trusted.split('.')).toHaveLength(2)
    for (let use = 1; use <= 3; use += 1) {
      tokens = (await trusted(running, tokens)).tokens
      tokens = (await trusted(running, tokens, { accountId: 'eve' })).tokens
    }
    expect(tokens.trusted.split('.')).toHaveLength(2)
    await running.mfa.devices.revokeAll('eve', client)
    expect(await asked(running, tokens, { accountId: 'eve' })).toBe('challenge')
    await trusted(running, tokens)
  })

  test('RD-02 · lose no token but those that nobody has a use for any more, whoever signs in', async () => {
    const { running, app } = await withApp()
    const eve = await appOf(running, 'eve')
    const theirs = await complete(running, eve, { accountId: 'eve' })
    const { tokens } = await complete(running, app, { tokens: theirs.tokens })
    const [mine = '', other = ''] = tokens.trusted.split('.')
    const unknown = randomBytes(32).toString('base64url')
    const kept = async (given: BrowserTokens, where: Where = {}) => {
      const step = await begin(running, given, where)
      return step.status === 'elsewhere' ? step : [step.status, step.browser]
    }
    const wrong = { userAgent: chrome }
    expect(await kept(tokens, wrong)).toEqual(['challenge', null])
    const strewn = { trusted: `${unknown}.${tokens.trusted}.short`, known: `${tokens.known}.${unknown}` }
    expect(await kept(strewn, wrong)).toEqual(['challenge', tokens])
    expect(await kept({ trusted: 'nothing', known: unknown }, wrong)).toEqual(['challenge', nothing])
    // Someone with MFA off keeps what others have there, too.
    expect(await kept(strewn, { accountId: 'bob' })).toEqual(['clear', tokens])
    const used = await trusted(running, { ...strewn, trusted: `${unknown}.${mine}.${other}` })
    expect(used.tokens).toEqual({ trusted: `${used.tokens.trusted.split('.')[0]}.${other}`, known: tokens.known })
    // Ada’s has come back, and so is over; Eve’s is as good as it was.
    expect(await kept(tokens)).toEqual(['challenge', null])
    expect(await kept(tokens)).toEqual(['challenge', { ...tokens, trusted: other }])
    await running.mfa.devices.revokeAll(ada.id, client)
    expect(await kept({ ...tokens, trusted: other })).toEqual(['challenge', theirs.tokens])
    running.clock.advance(30 * day)
    expect(await kept(theirs.tokens)).toEqual(['challenge', { ...theirs.tokens, trusted: '' }])
    running.clock.advance(150 * day)
    expect(await kept({ ...theirs.tokens, trusted: '' })).toEqual(['challenge', nothing])
  })

  test('D2 · lose no used token by a login that did not begin in a page, for the next one that does notices it', async () => {
    const { running, app } = await withApp()
    const { tokens } = await complete(running, app)
    await trusted(running, tokens)
    running.clock.advance(30_000)
    const step = await begin(running, undefined)
    if (step.status !== 'challenge') throw new Error(step.status)
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    const kept = { tokens, trust: false }
    const answered = await running.mfa.challenges.answer(step.key, 'login', typed, browser, kept)
    expect(answered).toMatchObject({ ok: true, browser: tokens })
    expect(running.audit('device.reused')).toEqual([])
    expect(await asked(running, tokens)).toBe('challenge')
    expect(running.audit('device.reused')).toHaveLength(1)
  })

  test('RD-02 · lose by a completed login what is over meanwhile, and nothing else', async () => {
    const { running, app } = await withApp()
    const eve = await appOf(running, 'eve')
    const { tokens: theirs } = await complete(running, eve, { accountId: 'eve' })
    const unknown = randomBytes(32).toString('base64url')
    const tokens = { trusted: `${unknown}.${theirs.trusted}`, known: `${theirs.known}.${unknown}` }
    const { tokens: left } = await complete(running, app, { tokens, trust: false })
    expect(left).toEqual({
      trusted: theirs.trusted,
      known: expect.stringMatching(`^[\\w-]{43}\\.${theirs.known}$`) as string,
    })
  })

  test('are five at most: whoever signed in there longest ago makes room', async () => {
    const { running } = await hosted()
    const people = ['a', 'b', 'c', 'd', 'e', 'f']
    let tokens = nothing
    for (const accountId of people) {
      tokens = (await complete(running, await appOf(running, accountId), { accountId, tokens })).tokens
      if (accountId === 'e') tokens = (await trusted(running, tokens, { accountId: 'a' })).tokens
    }
    for (const kind of ['trusted', 'known'] as const) expect(tokens[kind]).toMatch(/^([\w-]{43}\.){4}[\w-]{43}$/)
    const found: string[] = []
    for (const accountId of people) found.push(await asked(running, tokens, { accountId }))
    expect(found).toEqual(['clear', 'challenge', 'clear', 'clear', 'clear', 'clear'])
  })

  test('of one account, who trusts the browser again, takes no room from others', async () => {
    const { running, app } = await withApp()
    const eve = await appOf(running, 'eve')
    let { tokens } = await complete(running, eve, { accountId: 'eve' })
    for (let again = 1; again <= 6; again += 1) {
      // Cleared or not, the browser asks: as it does where its name has changed.
      const userAgent = again % 2 === 0 ? firefox : chrome
      tokens = (await complete(running, app, { tokens, userAgent })).tokens
    }
    expect(tokens.trusted.split('.')).toHaveLength(2)
    await trusted(running, tokens, { accountId: 'eve' })
  })
})

describe('a session that began in a trusted browser', () => {
  test('SU-05 · is asked for the second factor like any other before it does something sensitive', async () => {
    const { running, app } = await withApp()
    const { proven } = await trusted(running, (await complete(running, app)).tokens)
    const ownCheck = () => Promise.resolve(true)
    for (const action of ['password.change', 'mfa.disable', 'recovery_codes.renew', 'session.end_others'] as const) {
      const presented = { accountId: ada.id, session: { id: 'its own' }, resource: {}, ownCheck }
      expect((await running.mfa.actions.require(action, presented, browser)).status).toBe('challenge')
      // What it was trusted by confirms nothing either.
      const again = { ...presented, challengeId: proven.challengeId }
      expect((await running.mfa.actions.require(action, again, browser)).status).toBe('challenge')
    }
  })

  test('stands as one that rests on a second factor, and where there is none any more, as one that does not', async () => {
    const { running, app, host } = await withApp()
    host.rules.mandates = [{ because: 'everyone must', from: 0 }]
    const { proven } = await trusted(running, (await complete(running, app)).tokens)
    const standing = (challengeId: string | null) =>
      running.mfa.enforcement.standing({ accountId: ada.id, session: { challengeId, sso: false } })
    expect(await standing(proven.challengeId)).toMatchObject({ status: 'free' })
    expect(await standing(null)).toEqual({ status: 'ended' })
    host.rules.mandates = [{ because: 'you are an owner', from: 0, atLeast: 'security_key' }]
    expect(await standing(proven.challengeId)).toMatchObject({ status: 'required' })
  })
})

describe('a browser in which a login was completed', () => {
  const wrong = async (running: Library, tokens: BrowserTokens | undefined, ip = client.ip) => {
    const step = await begin(running, tokens)
    if (step.status !== 'challenge') throw new Error(step.status)
    const app = step.challenge.methods.find(({ method }) => method === 'totp')
    const typed = { enrollmentId: app?.enrollmentId ?? '', answer: '000000' }
    return await running.mfa.challenges.answer(step.key, 'login', typed, { ...client, ip })
  }
  const lockOut = async (running: Library): Promise<void> => {
    for (let again = 1; again <= 10; again += 1) await wrong(running, undefined, '203.0.113.1')
  }

  test('D7 · signs in with both factors while strangers have locked the account, and leaves them locked out', async () => {
    const { running, app } = await withApp()
    const { tokens } = await complete(running, app, { trust: false })
    await lockOut(running)
    running.clock.advance(30_000)
    const strange = await begin(running, nothing)
    expect(strange).toMatchObject({ status: 'challenge', challenge: { lockedUntil: running.clock() + 870_000 } })
    const own = await begin(running, tokens)
    if (own.status !== 'challenge') throw new Error(own.status)
    expect(own.challenge.lockedUntil).toBe(0)
    const answer = (key: typeof own.key, typed: string) =>
      running.mfa.challenges.answer(key, 'login', { enrollmentId: app.enrollmentId, answer: typed }, browser, {
        tokens,
        trust: false,
      })
    expect(await answer(own.key, '000000')).toEqual({ ok: false, reason: 'wrong', attemptsLeft: 4 })
    expect(await answer(own.key, app.answer())).toMatchObject({ ok: true, browser: tokens })
    running.clock.advance(30_000)
    if (strange.status !== 'challenge') throw new Error(strange.status)
    expect(await answer(strange.key, app.answer())).toMatchObject({ ok: false, reason: 'locked' })
  })

  test('D7 · is sent its code then, too', async () => {
    const { running } = await hosted()
    const mail = await setUp(running, 'email')
    await setUp(running, 'totp')
    const { tokens } = await complete(running, mail, { trust: false })
    await lockOut(running)
    running.clock.advance(300_000)
    expect(await begin(running, nothing)).toMatchObject({ challenge: { code: null, refused: { reason: 'locked' } } })
    const own = await begin(running, tokens)
    expect(own).toMatchObject({ challenge: { code: { delivered: true }, refused: null } })
  })

  test('D7 · is locked out as well when it has been wrong as often, and spares no other account', async () => {
    const { running, app } = await withApp()
    const eve = await appOf(running, 'eve')
    const { tokens } = await complete(running, app, { trust: false })
    const foreign = await complete(running, eve, { accountId: 'eve', trust: false })
    await lockOut(running)
    expect(await wrong(running, foreign.tokens, '198.51.100.1')).toMatchObject({ reason: 'locked' })
    for (let again = 1; again <= 10; again += 1) {
      expect(await wrong(running, tokens, '198.51.100.1')).toMatchObject({ reason: 'wrong' })
    }
    expect(await wrong(running, tokens, '198.51.100.1')).toMatchObject({ reason: 'locked' })
    const step = await begin(running, tokens)
    expect(step).toMatchObject({ challenge: { lockedUntil: expect.any(Number) as number } })
  })

  test('D7 · is known for 180 days, by one token that no use changes, and opens nothing', async () => {
    const { running, app } = await withApp()
    const { tokens } = await complete(running, app, { trust: false })
    expect((await complete(running, app, { tokens, trust: false })).tokens).toEqual(tokens)
    expect(await asked(running, { trusted: tokens.known, known: tokens.known })).toBe('challenge')
    running.clock.advance(181 * day)
    await lockOut(running)
    expect(await wrong(running, tokens, '198.51.100.1')).toMatchObject({ reason: 'locked' })
    running.clock.advance(900_000)
    const again = await complete(running, app, { tokens, trust: false })
    // What is over is not kept.
    expect(again.tokens.known).toMatch(/^[\w-]{43}$/)
    expect(again.tokens.known).not.toBe(tokens.known)
  })
})
