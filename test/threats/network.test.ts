import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAddress, person } from '../support/account.ts'
import { bytesOf } from '../support/bytes.ts'
import { databases, realLimits, runConsole, type RunningConsole } from '../support/console.ts'
import { everyoneProxied, VisitorFrom } from '../support/from.ts'
import {
  answer,
  answerStepUp,
  codeFor,
  confirmed,
  enroll,
  type Enrolled,
  type Person,
  sentCode,
  signIn,
  wrongCode,
} from '../support/person.ts'
import { pageHeaders, rawRequest } from '../support/raw.ts'
import { audit, stateOf } from '../support/tables.ts'
import { type Answer, Visitor } from '../support/visitor.ts'

const minute = 60_000
const tries = 25
/** How long one of 25 in five minutes takes up. */
const pauseSeconds = 12

let places = 0
/** Where nothing has come from yet. */
const somewhere = (): string => `198.51.100.${(places += 1)}`

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}

const codesOf = (answers: readonly Answer[]): readonly string[] => answers.map(({ body }) => body.code)

function expectLimited(refused: Answer, seconds = pauseSeconds): void {
  expect([refused.status, refused.body.code], refused.text).toEqual([429, 'network_limited'])
  expect(refused.body.retryAfterSeconds).toBe(seconds)
  expect(refused.headers.get('retry-after')).toBe(String(seconds))
  expect(refused.headers.get('ratelimit')).toBe(`"network_limited";r=0;t=${seconds}`)
  expect(refused.headers.getSetCookie().join()).not.toContain('session=')
}

describe.each(databases)('what is wrong from one address, on %s', (on) => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on, limits: realLimits, trustedProxies: everyoneProxied })
  })
  afterAll(() => running.close())

  const at = (address: string): VisitorFrom => new VisitorFrom(running.origin, address)
  const guess = (address: string, email: string, password = 'Summer2026!'): Promise<Answer> =>
    signIn({ email, password, browser: at(address) })

  /** How many passwords are compared from now on, until it is stopped. */
  function countedComparisons(): { stop(): number } {
    const { passwords } = running.console
    const real = passwords.verify
    let count = 0
    const verify: typeof real = (stored, typed) => {
      count += 1
      return real(stored, typed)
    }
    Object.assign(passwords, { verify })
    const stop = (): number => {
      Object.assign(passwords, { verify: real })
      return count
    }
    return { stop }
  }

  /** Has the next comparison of a password wait, once it has begun, until it is to go on. */
  function heldComparison(): { readonly begun: Promise<void>; goOn(): void } {
    const { passwords } = running.console
    const real = passwords.verify
    const [begins, goesOn] = [gate(), gate()]
    const verify: typeof real = async (stored, typed) => {
      Object.assign(passwords, { verify: real })
      begins.open()
      await goesOn.opened
      return await real(stored, typed)
    }
    Object.assign(passwords, { verify })
    return { begun: begins.opened, goOn: goesOn.open }
  }

  test('BF-09 · of one password for many accounts 25 are looked at, and then not even the right one', async () => {
    const owner = await person(running)
    // One connection of IPv6 has as many addresses as it likes.
    const network = `2001:db8:${(places += 1)}:7`
    const addresses = Array.from({ length: tries }, (_, host) => `${network}::${(host + 1).toString(16)}`)
    for (let time = 0; time < 3; time += 1)
      expect((await guess(addresses[0]!, owner.email, owner.password)).status).toBe(200)
    const emails = [owner.email, 'not an address', ...Array.from({ length: tries - 2 }, () => newAddress())]
    const looked: string[] = []
    for (const [index, email] of emails.entries()) looked.push((await guess(addresses[index]!, email)).body.code)
    expect(looked).toEqual(emails.map(() => 'credentials_wrong'))

    const comparisons = countedComparisons()
    const logged = (await audit(running, 'password.refused')).length
    const last = addresses.at(-1)!
    const refused = [
      await guess(last, owner.email),
      await guess(last, owner.email, owner.password),
      await guess(last, newAddress()),
      await guess(`${network}:ffff:ffff:ffff:ffff`, owner.email, owner.password),
    ]
    for (const each of refused) expectLimited(each)
    expect(refused.map(bytesOf)).toEqual(refused.map(() => bytesOf(refused[0]!)))
    const app = at(last)
    expectLimited(await app.mobile('sign-in', { email: owner.email, password: owner.password }))
    expect(comparisons.stop()).toBe(0)
    expect(await audit(running, 'password.refused')).toHaveLength(logged)
    const limited = (await audit(running, 'network.limited')).filter((entry) => addresses.includes(entry['ip']))
    expect(limited).toHaveLength(1)

    // Nobody else is held up: the next network, or the same person elsewhere.
    for (const other of [network.replace(/7$/, '8::1'), somewhere(), `::ffff:${somewhere()}`])
      expect((await guess(other, owner.email, owner.password)).body).toEqual({ status: 'signed_in' })
    running.clock.advance(pauseSeconds * 1000 - 1)
    expectLimited(await guess(last, owner.email, owner.password), 1)
    running.clock.advance(1)
    expect((await guess(last, owner.email, owner.password)).body).toEqual({ status: 'signed_in' })
    expect((await guess(last, owner.email)).body.code).toBe('credentials_wrong')
    expectLimited(await guess(last, owner.email, owner.password))
    running.clock.advance(5 * minute)
    expect((await guess(last, owner.email)).body.code).toBe('credentials_wrong')
  })

  test('BF-09 · of one code for many accounts 25 are looked at, and then not even the right one', async () => {
    const place = somewhere()
    const all: { owner: Person; app: Enrolled; browser: VisitorFrom }[] = []
    for (let people = 0; people < 7; people += 1) {
      const owner = await person(running)
      all.push({ owner, app: await enroll(running, owner, 'totp'), browser: at(place) })
    }
    for (const { owner, browser } of all) expect((await signIn({ ...owner, browser })).body.status).toBe('challenge')
    const looked: string[] = []
    for (let round = 0; round < 4; round += 1) {
      for (const { owner, app, browser } of all) {
        const wrong = wrongCode(codeFor(running, owner, 'totp', app.secret))
        looked.push((await answer(browser, app.enrollmentId, wrong)).body.code)
      }
    }
    expect(looked).toEqual([
      ...Array.from({ length: tries }, () => 'answer_wrong'),
      ...Array.from({ length: 3 }, () => 'network_limited'),
    ])
    const [{ owner, app, browser }] = all as [(typeof all)[0]]
    const before = await stateOf(running)
    const right = codeFor(running, owner, 'totp', app.secret)
    const refused = [
      await answer(browser, app.enrollmentId, right),
      await answer(browser, app.enrollmentId, wrongCode(right)),
    ]
    for (const each of refused) expectLimited(each)
    expect(bytesOf(refused[0]!)).toEqual(bytesOf(refused[1]!))
    expect(await stateOf(running)).toBe(before)
    // It was not used up, and where nothing was wrong it is taken.
    browser.address = somewhere()
    expect((await answer(browser, app.enrollmentId, right)).status).toBe(200)
  })

  test('RC-02 · of forty wrong passwords at once 25 are counted and told so', async () => {
    const owner = await person(running)
    const place = somewhere()
    const browsers = Array.from({ length: 40 }, () => at(place))
    await Promise.all(browsers.map((browser) => browser.session()))
    const answers = await Promise.all(
      browsers.map((browser) => signIn({ email: owner.email, password: 'Summer2026!', browser })),
    )
    expect(codesOf(answers).filter((code) => code === 'credentials_wrong')).toHaveLength(tries)
    expect(codesOf(answers).filter((code) => code === 'network_limited')).toHaveLength(40 - tries)
    const wrong = (await audit(running, 'password.refused')).filter((entry) => entry['ip'] === place)
    expect(wrong).toHaveLength(tries)
  })

  test('RC-02 · a right password that was being compared when the limit was reached is told what the wrong ones are', async () => {
    const owner = await person(running)
    const place = somewhere()
    const slow = at(place)
    const held = heldComparison()
    const asked = signIn({ ...owner, browser: slow })
    await held.begun
    for (let count = 0; count < tries; count += 1) await guess(place, owner.email)
    held.goOn()
    const right = await asked
    expectLimited(right)
    expect(bytesOf(right)).toEqual(bytesOf(await guess(place, owner.email)))
    expect((await slow.session()).body.account).toBeNull()
  })

  test('BF-12 · the password is guessed at five times in a session, and 25 times from a place, wherever it is asked for', async () => {
    const owner = await person(running)
    const place = somewhere()
    const open = at(place)
    await signIn({ ...owner, browser: open })
    const next = 'orbit thistle 93 meadow'
    const check = (browser: Visitor, password: string) => browser.post('/api/password-check', { password })
    const change = (browser: Visitor, current: string) => browser.post('/api/account/password', { current, next })
    const said: unknown[] = []
    for (let sessions = 0; sessions < 5; sessions += 1) {
      const browser = at(place)
      expect((await signIn({ ...owner, browser })).status).toBe(200)
      for (let count = 0; count < 5; count += 1)
        said.push((await (count % 2 === 0 ? check : change)(browser, 'wrong guess')).status)
      expect((await browser.session()).body.account).toBeNull()
    }
    expect(said).toEqual(Array.from({ length: 5 }, () => [422, 422, 422, 422, 401]).flat())
    expectLimited(await guess(place, owner.email, owner.password))
    for (const ask of [check, change]) {
      const refused = [await ask(open, owner.password), await ask(open, 'wrong guess')]
      for (const each of refused) expectLimited(each)
      expect(bytesOf(refused[0]!)).toEqual(bytesOf(refused[1]!))
    }
    // The session has lost nothing by it, and goes on where nothing was wrong.
    open.address = somewhere()
    expect((await change(open, 'wrong guess')).body.attemptsLeft).toBe(4)
    expect((await check(open, owner.password)).status).toBe(204)
    expect((await change(open, owner.password)).status).toBe(204)
  })

  test('HS-01 · what a client writes before the proxy’s own word gets it no more tries', async () => {
    const owner = await person(running)
    const place = somewhere()
    const from = (count: number): string => `203.0.113.${count}, 198.51.101.${count}, ${place}`
    for (let count = 1; count <= tries; count += 1)
      expect((await guess(from(count), owner.email)).body.code).toBe('credentials_wrong')
    expectLimited(await guess(from(26), owner.email, owner.password))
    const seen = (await audit(running, 'password.refused')).map((entry) => String(entry['ip']))
    expect(seen.filter((ip) => ip === place)).toHaveLength(tries)
    expect(seen.filter((ip) => /^(203\.0\.113|198\.51\.101)\./.test(ip))).toEqual([])
  })
})

describe.each(databases)('every place where something can be guessed, on %s', (on) => {
  let running: RunningConsole
  const ways = [
    'a sign-in',
    'a sign-in of an app',
    'a password check',
    'a password change',
    'a login',
    'a login of an app',
    'a step-up',
    'a set-up',
    'a phone number',
  ] as const
  beforeAll(async () => {
    const limits = { ...realLimits, triesPerNetwork: ways.length }
    running = await runConsole({ on, limits, trustedProxies: everyoneProxied })
  })
  afterAll(() => running.close())

  /** Before the question, at one address: how to answer it right and wrong, and whether that has done anything. */
  interface Guessing {
    readonly browser: VisitorFrom
    try(rightly: boolean): Promise<Answer>
  }

  async function guessing(way: (typeof ways)[number], place: string): Promise<Guessing> {
    const owner = await person(running, { phoneConfirmed: way !== 'a phone number' })
    const browser = new VisitorFrom(running.origin, place)
    const { email, password } = owner
    const given = (rightly: boolean): string => (rightly ? password : 'Summer2026!')
    if (way === 'a sign-in')
      return { browser, try: (rightly) => browser.post('/api/sign-in', { email, password: given(rightly) }) }
    if (way === 'a sign-in of an app')
      return { browser, try: (rightly) => browser.mobile('sign-in', { email, password: given(rightly) }) }
    if (way === 'a password check' || way === 'a password change') {
      await signIn({ ...owner, browser })
      const next = 'orbit thistle 93 meadow'
      return {
        browser,
        try: (rightly) =>
          way === 'a password check'
            ? browser.post('/api/password-check', { password: given(rightly) })
            : browser.post('/api/account/password', { current: given(rightly), next }),
      }
    }
    if (way === 'a phone number') {
      await signIn({ ...owner, browser })
      expect((await browser.post('/api/account/phone/confirmation')).status).toBe(200)
      const right = sentCode(running, owner.phone)
      const typed = (rightly: boolean) => ({ answer: rightly ? right : wrongCode(right) })
      return { browser, try: (rightly) => browser.post('/api/confirmation/answer', typed(rightly)) }
    }
    if (way === 'a set-up') {
      await signIn({ ...owner, browser })
      const begun = await confirmed(running, { ...owner, browser }, 'POST', '/api/mfa/methods', { method: 'totp' })
      const { enrollmentId, challenge, setup } = begun.body
      const path = `/api/mfa/methods/${enrollmentId}/confirm`
      const typed = (rightly: boolean) => codeOf(owner, setup.secret, rightly)
      return { browser, try: (rightly) => browser.post(path, { challengeId: challenge.id, answer: typed(rightly) }) }
    }
    const app = await enroll(running, owner, 'totp')
    const { enrollmentId } = app
    const typed = (rightly: boolean) => codeOf(owner, app.secret, rightly)
    if (way === 'a login of an app') {
      const { challengeToken } = (await browser.mobile('sign-in', { email, password })).body
      return {
        browser,
        try: (rightly) => browser.mobile('challenge/answer', { challengeToken, enrollmentId, answer: typed(rightly) }),
      }
    }
    await signIn({ ...owner, browser })
    if (way === 'a login') return { browser, try: (rightly) => answer(browser, enrollmentId, typed(rightly)) }
    expect((await answer(browser, enrollmentId, typed(true))).status).toBe(200)
    running.clock.advance(30_000)
    const { id } = (await browser.post('/api/mfa/disable')).body.challenge
    return { browser, try: (rightly) => answerStepUp(browser, id, enrollmentId, typed(rightly)) }
  }

  function codeOf(owner: Person, secret: string, rightly: boolean): string {
    const right = codeFor(running, owner, 'totp', secret)
    return rightly ? right : wrongCode(right)
  }

  test('BF-11 BF-12 · counts for one limit, and is shut by it for what is right and what is wrong alike', async () => {
    const place = somewhere()
    const all: Guessing[] = []
    for (const way of ways) all.push(await guessing(way, place))
    for (const [index, each] of all.entries()) {
      const wrong = await each.try(false)
      expect([ways[index], [401, 422].includes(wrong.status)], wrong.text).toEqual([ways[index], true])
    }
    await Promise.all(all.map(({ browser }) => browser.session()))
    const before = await stateOf(running)
    const seconds = Math.ceil(300 / ways.length)
    for (const [index, each] of all.entries()) {
      const refused = [await each.try(true), await each.try(false)]
      for (const one of refused) expectLimited(one, seconds)
      expect([ways[index], bytesOf(refused[0]!)]).toEqual([ways[index], bytesOf(refused[1]!)])
    }
    expect(await stateOf(running)).toBe(before)
    for (const [index, each] of all.entries()) {
      each.browser.address = somewhere()
      const right = await each.try(true)
      expect([ways[index], right.status], right.text).toEqual([ways[index], right.status < 300 ? right.status : 'yes'])
    }
  })
})

describe('where no proxy is trusted', () => {
  const headers = [
    'x-forwarded-for',
    'forwarded',
    'x-real-ip',
    'cf-connecting-ip',
    'true-client-ip',
    'x-client-ip',
    'x-originating-ip',
  ]

  test('HS-01 · no header gets a client another try, in whatever number and order they come', async () => {
    const running = await runConsole({ limits: realLimits })
    const owner = await person(running)
    const from = '127.0.0.77'
    const page = await pageHeaders(new Visitor(running.origin))
    const guess = async (count: number, password: string, socket = from) => {
      const one = headers[count % headers.length]!
      const value = one === 'forwarded' ? `for=203.0.113.${count}` : `203.0.113.${count}`
      const every = Object.fromEntries(headers.map((name) => [name, value]))
      const spoofed = count % 3 === 0 ? every : { [one]: count % 3 === 1 ? value : [value, `198.51.100.${count}`] }
      const body = JSON.stringify({ email: owner.email, password })
      const path = '/api/sign-in'
      return await rawRequest(running.origin, {
        method: 'POST',
        path,
        headers: { ...page, ...spoofed },
        body,
        from: socket,
      })
    }
    for (let count = 0; count < tries; count += 1) expect((await guess(count, 'Summer2026!')).status).toBe(401)
    for (let count = 0; count < headers.length * 3; count += 1) {
      const refused = await guess(count, owner.password)
      expect([refused.status, refused.headers['retry-after']]).toEqual([429, String(pauseSeconds)])
    }
    expect((await guess(0, owner.password, '127.0.0.78')).status).toBe(200)
    const seen = (await audit(running, 'password.refused')).map((entry) => entry['ip'])
    expect(seen).toEqual(Array.from({ length: tries }, () => from))
    await running.close()
  })
})
