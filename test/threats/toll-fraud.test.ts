import { randomBytes } from 'node:crypto'
import { email } from 'sallyport/methods/email'
import { sms } from 'sallyport/methods/sms'
import { twilio } from 'sallyport/senders/twilio'
import { hasCode } from 'sallyport/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newAddress, person } from '../support/account.ts'
import { databases, realLimits, runConsole, type RunningConsole } from '../support/console.ts'
import { bytesOf } from '../support/bytes.ts'
import { everyoneProxied, VisitorFrom } from '../support/from.ts'
import { ada, client, library, setUp, signIn as signInAda } from '../support/library.ts'
import {
  answer as answerLogin,
  confirmed,
  elsewhere,
  enroll,
  type Person,
  sentCode,
  signIn,
} from '../support/person.ts'
import { audit } from '../support/tables.ts'
import { startTwilioServer, type TestTwilioServer } from '../support/twilio-server.ts'
import { sendingWays } from '../support/ways.ts'
import { Visitor } from '../support/visitor.ts'

const second = 1000
const minute = 60 * second
const hour = 61 * minute
const password = 'plain words about rivers'

describe('messages that cost money or patience', () => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole()
  })
  afterAll(() => running.close())

  const sent = (): number => running.emails.messages.length + running.texts.messages.length

  test.each(sendingWays)(
    'TF-01 TF-02 · a code is sent again only after a pause that doubles, and nothing goes out before: $name',
    async (way) => {
      const attempting = await way.begin(running)
      // Those an hour ago still lengthen the pause.
      const first = Number((await attempting.resend()).headers.get('retry-after'))
      expect(first).toBeGreaterThanOrEqual(60)
      const before = sent()
      running.clock.advance((first - 1) * second)
      const early = await attempting.resend()
      expect([early.status, early.body.code, early.headers.get('retry-after')]).toEqual([429, 'send_too_soon', '1'])
      expect(sent()).toBe(before)
      running.clock.advance(second)
      expect((await attempting.resend()).status).toBe(200)
      expect(sent()).toBe(before + 1)
      const next = await attempting.resend()
      expect([next.status, Number(next.headers.get('retry-after'))]).toEqual([429, first * 2])
      expect(sent()).toBe(before + 1)
    },
  )

  test('TF-02 · a wrong code, a new login and a new challenge do not shorten the pause; a right one does', async () => {
    const owner = await person(running)
    const { enrollmentId } = await enroll(running, owner, 'sms')
    running.clock.advance(25 * hour)
    const there = elsewhere(owner)
    expect((await signIn(there)).body.challenge.code).toMatchObject({ resendInSeconds: 60 })
    await there.browser.post('/api/mfa/challenge/cancel')
    const again = elsewhere(owner)
    expect((await signIn(again)).body.challenge.code).toBeNull()
    running.clock.advance(minute)
    const third = elsewhere(owner)
    expect((await signIn(third)).body.challenge.code).toMatchObject({ resendInSeconds: 120 })
    const code = /#(\d+)$/.exec(running.texts.messages.findLast(({ text }) => text.includes('#'))!.text)![1]
    expect((await third.browser.post('/api/mfa/challenge/answer', { enrollmentId, answer: code })).status).toBe(200)
    expect((await signIn(elsewhere(owner))).body.challenge.code).toMatchObject({ resendInSeconds: 60 })
  })

  test('TF-02 · one destination gets a number of codes in ten minutes, an hour and a day, whoever asks', async () => {
    const console = await runConsole({ limits: { resendSeconds: 10 } })
    const owner = await person(console)
    await enroll(console, owner, 'sms')
    console.clock.advance(25 * hour)
    const sentAt: number[] = []
    const began = console.clock()
    while (console.clock() - began < 24 * hour) {
      const { code } = (await signIn(elsewhere(owner))).body.challenge
      if (code !== null) sentAt.push(console.clock())
      console.clock.advance(sentAt.length < 6 ? 2 * minute : 20 * minute)
    }
    const within = (span: number): number =>
      Math.max(...sentAt.map((at) => sentAt.filter((other) => other >= at && other < at + span).length))
    expect([within(10 * minute) <= 3, within(60 * minute) <= 5, within(24 * 60 * minute) <= 10]).toEqual([
      true,
      true,
      true,
    ])
    expect(sentAt.length).toBeGreaterThan(3)
    await console.close()
  })

  test('TF-09 · no text message goes out for a form alone: the address has to be confirmed or the password given', async () => {
    const browser = new Visitor(running.origin)
    const phone = '+12025550777'
    const texts = () => running.texts.messages.filter(({ to }) => to === phone).length
    await browser.post('/api/registration', { email: newAddress(), phone, country: 'US', password })
    for (const path of ['prompt', 'skip', 'answer'])
      await browser.post(`/api/confirmation/${path}`, path === 'answer' ? { answer: '000000' } : {})
    await new Visitor(running.origin).post('/api/account/phone/confirmation')
    expect(texts()).toBe(0)
    const owner = await person(running)
    await enroll(running, owner, 'sms')
    running.clock.advance(hour)
    const before = running.texts.messages.length
    for (let tries = 0; tries < 3; tries += 1) await signIn({ ...elsewhere(owner), password })
    expect(running.texts.messages).toHaveLength(before)
  })

  test('TF-10 · the owner of an address is written to a few times an hour, however often strangers register it', async () => {
    const owner = await person(running)
    running.clock.advance(25 * hour)
    const before = running.emails.messages.filter(({ to }) => to === owner.email).length
    for (let time = 0; time < 12; time += 1) {
      const browser = new Visitor(running.origin)
      await browser.post('/api/registration', { email: owner.email, phone: '', country: 'US', password })
      await browser.post('/api/confirmation/prompt')
      running.clock.advance(4 * minute)
    }
    await running.console.mfa.notices.deliver()
    const told = running.emails.messages.filter(({ to }) => to === owner.email).length - before
    expect(told).toBeGreaterThan(0)
    expect(told).toBeLessThanOrEqual(5)
  })

  test('TF-10 P2 · strangers who register an address or number use up none of the codes that its owner is sent at sign-in', async () => {
    const owner = await person(running)
    const { enrollmentId } = await enroll(running, owner, 'email')
    running.clock.advance(25 * hour)
    for (let time = 0; time < 4; time += 1) {
      await new Visitor(running.origin).post('/api/registration', {
        email: owner.email,
        phone: '',
        country: 'US',
        password,
      })
      running.clock.advance(2 * minute)
    }
    const { code } = (await signIn(elsewhere(owner))).body.challenge
    expect(code).toMatchObject({ enrollmentId, delivered: true })
  })

  test('TF-13 · a message holds the code, what it is for and where, and no link that anyone wrote', async () => {
    const owner = await person(running)
    const evil = 'https://evil.example/a @evil.example #000000'
    const named = await confirmed(running, owner, 'POST', '/api/mfa/methods', { method: 'sms', name: evil })
    expect(named.status).toBe(201)
    const text = running.texts.lastTo(owner.phone).text
    expect(text).toMatch(/^\d{6} is your Sallyport Console code/)
    expect(text.split('\n').at(-1)).toMatch(/^@localhost #\d{6}$/)
    expect(text.match(/^@/gm)).toHaveLength(1)
    expect(text).not.toMatch(/https?:|evil\.example|@evil/)
    running.clock.advance(hour / 4)
    expect(
      (await confirmed(running, owner, 'POST', '/api/mfa/methods', { method: 'email', name: `${evil} <b>bold</b>` }))
        .status,
    ).toBe(201)
    const mail = running.emails.lastTo(owner.email)
    for (const part of [mail.text, mail.html, mail.subject])
      expect(part).not.toMatch(/https?:\/\/evil|evil\.example|@evil/)
    expect(mail.html).not.toContain('<b>bold')
    expect(mail.text).toMatch(/\n\d{6}\n/)
    expect(mail.text).toContain('second factor')
    await enroll(running, owner, 'totp')
    running.clock.advance(25 * hour)
    const there = await person(running)
    await enroll(running, there, 'sms')
    running.clock.advance(hour)
    await signIn(elsewhere(there))
    expect(running.texts.messages.findLast(({ to }) => to === there.phone)!.text).toMatch(
      /^\d{6} is your Sallyport Console code to sign in\.\n\n@localhost #\d{6}$/,
    )
  })

  test('TF-13 · a notice holds no code, and nothing that the browser calls itself becomes a link', async () => {
    const owner = await person(running)
    const evil = 'Mozilla https://evil.example/x?token=1 www.evil.example'
    await owner.browser.session()
    const { enrollmentId, challenge } = (
      await confirmed(running, owner, 'POST', '/api/mfa/methods', { method: 'email' })
    ).body
    const code = /\n(\d{6})\n/.exec(running.emails.lastTo(owner.email).text)![1]
    const body = { challengeId: challenge.id, answer: code }
    expect(
      (await owner.browser.send('POST', `/api/mfa/methods/${enrollmentId}/confirm`, body, { 'user-agent': evil }))
        .status,
    ).toBe(200)
    await running.console.mfa.notices.deliver()
    for (const message of [running.emails.lastTo(owner.email), running.texts.lastTo(owner.phone)]) {
      expect(message.text).toMatch(/second factor/)
      expect(JSON.stringify(message)).not.toMatch(/https:\/\/evil|www\.evil|evil\.example/)
      expect(message.text).not.toContain(code)
    }
  })
})

describe.each(databases)('messages that are asked for again and again, on %s', (on) => {
  let running: RunningConsole
  const most = 3
  beforeAll(async () => {
    const limits = {
      ...realLimits,
      sendsPerAccount: most,
      sendsPerNetwork: most,
      sendsPerRange: most,
      sendsPerDialCode: 10,
    }
    running = await runConsole({ on, limits, trustedProxies: everyoneProxied })
  })
  afterAll(() => running.close())

  let places = 0
  const somewhere = (): string => `198.51.100.${(places += 1)}`
  const at = (address: string): VisitorFrom => new VisitorFrom(running.origin, address)
  const sent = (): number => [...running.emails.messages, ...running.texts.messages].filter(hasCode).length

  /** A login somewhere that asks for a code by this method. Nothing is answered that the test does not answer. */
  async function asking(owner: Person, { enrollmentId }: { readonly enrollmentId: string }, address = somewhere()) {
    const browser = at(address)
    const begun = await signIn({ ...owner, browser })
    expect(begun.body.status, begun.text).toBe('challenge')
    const wasSent = begun.body.challenge.code?.enrollmentId === enrollmentId
    const prompted = wasSent ? begun : await browser.post('/api/mfa/challenge/prompt', { enrollmentId })
    return { prompted, answer: (code: string) => answerLogin(browser, enrollmentId, code) }
  }

  async function expectSent(asked: ReturnType<typeof asking>): Promise<void> {
    const before = sent()
    const { prompted } = await asked
    expect([prompted.status, sent() - before], prompted.text).toEqual([200, 1])
  }

  async function expectRefused(
    owner: Person,
    enrolled: { readonly enrollmentId: string },
    by: string,
    address = somewhere(),
  ): Promise<void> {
    const before = sent()
    const { prompted } = await asking(owner, enrolled, address)
    expect([prompted.status, prompted.body.code, sent() - before]).toEqual([429, 'send_limit', 0])
    const seconds = prompted.headers.get('retry-after')
    expect(Number(seconds)).toBeGreaterThan(0)
    expect(prompted.headers.get('ratelimit')).toBe(`"send_limit";r=0;t=${seconds}`)
    const refused = (await audit(running, 'code.send_refused')).filter((entry) => entry['ip'] === address)
    expect(refused.map(({ detail }) => JSON.parse(String(detail)))).toContainEqual({ result: 'limit', by })
  }

  async function withMethod(method: 'email' | 'sms', phone?: string) {
    const owner = await person(running, phone === undefined ? {} : { phone })
    return { owner, enrolled: await enroll(running, owner, method) }
  }

  test('TF-03 · one account is sent only so many codes in an hour, wherever they go, and an answered one frees its place', async () => {
    const owner = await person(running, { phone: '+447400100001' })
    const [byMail, byText] = [await enroll(running, owner, 'email'), await enroll(running, owner, 'sms')]
    await expectSent(asking(owner, byMail))
    const unread = await asking(owner, byText)
    expect(unread.prompted.status).toBe(200)
    running.clock.advance(2 * minute)
    await expectSent(asking(owner, byMail))
    running.clock.advance(5 * minute)
    await expectRefused(owner, byText, 'send account')
    const another = await withMethod('sms', '+447400200001')
    await expectSent(asking(another.owner, another.enrolled))
    expect((await unread.answer(sentCode(running, owner.phone))).status).toBe(401)
    running.clock.advance(hour / 3)
    const third = await asking(owner, byMail)
    expect([third.prompted.status, (await third.answer(sentCode(running, owner.email))).status]).toEqual([200, 200])
    await expectSent(asking(owner, byMail))
    running.clock.advance(2 * minute)
    await expectRefused(owner, byMail, 'send account')
  })

  test('TF-03 TF-05 · one address has only so many codes sent in an hour, whoever they are for; an answered one frees its place', async () => {
    const place = somewhere()
    const all = []
    for (let people = 0; people <= most; people += 1) all.push(await withMethod('email'))
    const [first, ...others] = all as [(typeof all)[0], ...typeof all]
    const last = others.pop()!
    const answerable = await asking(first.owner, first.enrolled, place)
    for (const { owner, enrolled } of others) await expectSent(asking(owner, enrolled, place))
    await expectRefused(last.owner, last.enrolled, 'send network', place)
    expect((await answerable.answer(sentCode(running, first.owner.email))).status).toBe(200)
    await expectSent(asking(last.owner, last.enrolled, place))
    await expectRefused(first.owner, first.enrolled, 'send network', place)
    await expectSent(asking(first.owner, first.enrolled))
  })

  test('TF-05 · one address has codes sent to a few numbers and no more, at registration too, and then says when again', async () => {
    const place = somewhere()
    const asked: Visitor[] = []
    for (let number = 0; number <= most; number += 1) {
      const owner = await person(running, { phone: `+44740030${number}001`, phoneConfirmed: false })
      const browser = at(place)
      await signIn({ ...owner, browser })
      const before = sent()
      expect((await browser.post('/api/account/phone/confirmation')).status).toBe(200)
      expect(sent() - before).toBe(number < most ? 1 : 0)
      asked.push(browser)
    }
    const before = sent()
    running.clock.advance(3 * minute)
    for (const browser of asked) {
      const refused = await browser.post('/api/confirmation/prompt')
      expect([refused.status, refused.body.code]).toEqual([429, 'send_limit'])
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    const form = { email: newAddress(), phone: '', country: 'US', password }
    const registering = at(place)
    expect((await registering.post('/api/registration', form)).status).toBe(202)
    expect((await registering.post('/api/confirmation/prompt')).body.code).toBe('send_limit')
    expect(sent()).toBe(before)
    registering.address = somewhere()
    expect((await registering.post('/api/confirmation/prompt')).status).toBe(200)
  })

  test('TF-03 · numbers in a row are sent only so many, of whichever accounts they are', async () => {
    const all = []
    for (let number = 0; number <= most + 1; number += 1)
      all.push(await withMethod('sms', number <= most ? `+4915112345${number}00` : '+4915112346000'))
    const [last, beside] = all.splice(-2) as [(typeof all)[0], (typeof all)[0]]
    const answers = []
    for (const { owner, enrolled } of all) answers.push(await asking(owner, enrolled))
    expect(answers.map(({ prompted }) => prompted.status)).toEqual([200, 200, 200])
    await expectRefused(last.owner, last.enrolled, 'send range')
    await expectSent(asking(beside.owner, beside.enrolled))
    expect((await answers[0]!.answer(sentCode(running, all[0]!.owner.phone))).status).toBe(200)
    await expectSent(asking(last.owner, last.enrolled))
  })

  test('TF-03 · a country is sent only so many', async () => {
    const all = []
    for (let number = 10; number <= 20; number += 1) all.push(await withMethod('sms', `+3361${number}00000`))
    const last = all.pop()!
    for (const { owner, enrolled } of all) await expectSent(asking(owner, enrolled))
    await expectRefused(last.owner, last.enrolled, 'send dial')
    const elsewhereSent = await withMethod('sms', '+447400400001')
    await expectSent(asking(elsewhereSent.owner, elsewhereSent.enrolled))
    running.clock.advance(hour)
    await expectSent(asking(last.owner, last.enrolled))
  })

  test('TF-10 · links that set a password count with the codes of their address, whether or not anybody is there to get one', async () => {
    const place = somewhere()
    const owner = await person(running)
    const ask = (to: string, address = place) => at(address).post('/api/password-reset', { email: to })
    for (let mails = 0; mails < most; mails += 1) expect((await ask(newAddress())).status).toBe(202)
    const refused = [await ask(owner.email), await ask(newAddress())]
    for (const each of refused) {
      expect([each.status, each.body.code]).toEqual([429, 'send_limit'])
      expect(each.headers.get('retry-after')).toBe('1200')
    }
    expect(bytesOf(refused[0]!)).toEqual(bytesOf(refused[1]!))
    await running.console.settled()
    expect(running.emails.messages.filter(({ to }) => to === owner.email)).toEqual([])
    const { enrollmentId } = await enroll(running, owner, 'email')
    running.clock.advance(5 * minute)
    await expectRefused(owner, { enrollmentId }, 'send network', place)
    expect((await ask(owner.email, somewhere())).status).toBe(202)
    await running.console.settled()
    expect(
      running.emails.messages.filter(({ to, text }) => to === owner.email && text.includes('/reset-password#')),
    ).toHaveLength(1)
  })
})

const elsewhereThanAllowed = ['+447400123456', '+18762101234']
const ofAnotherKind = [
  '+19005550134',
  '+499001234567',
  '+4930123456',
  '+491801234567',
  '+881612345678',
  '+882161234567',
]

describe.each(databases)('TF-07 numbers that nothing may be sent to, on %s', (on) => {
  let gateway: TestTwilioServer
  let running: RunningConsole
  beforeAll(async () => {
    gateway = await startTwilioServer()
    const { accountSid, authToken, baseUrl } = gateway
    const sender = twilio({ accountSid, authToken, baseUrl, from: '+12025550100' })
    running = await runConsole({ on, sms: sender, smsCountries: ['DE', 'US'] })
  })
  beforeEach(() => gateway.inbox.clear())
  afterAll(async () => {
    await running.close()
    await gateway.close()
  })

  test.each([
    ...elsewhereThanAllowed.map(
      (phone) => [phone, /^Text messages can't be sent to numbers in this country\./] as const,
    ),
    ...ofAnotherKind.map((phone) => [phone, /^Text messages can't be sent to this kind of number\./] as const),
    ['+49 151', /^This is not a phone number/] as const,
  ])('%s is refused at the field, for addresses with an account and without alike', async (phone, sentence) => {
    const owner = await person(running)
    const refused = {
      status: 422,
      errors: [{ field: 'phone', code: 'phone_unusable', message: expect.stringMatching(sentence) }],
    }
    const ask = async (browser: Visitor, path: string, body: object) => {
      const { status, body: answer } = await browser.post(path, { phone, country: 'DE', ...body })
      return { status, errors: answer.errors }
    }
    for (const address of [newAddress(), owner.email])
      expect(await ask(new Visitor(running.origin), '/api/registration', { email: address, password })).toEqual(refused)
    expect(await ask(owner.browser, '/api/account/phone', {})).toEqual(refused)
    expect(gateway.inbox.all).toEqual([])
  })

  test('a number of a country that is allowed is sent its code, through the same gateway', async () => {
    const browser = new Visitor(running.origin)
    const address = newAddress()
    await browser.post('/api/registration', { email: address, phone: '0151 12345678', country: 'DE', password })
    expect(gateway.inbox.all).toEqual([])
    const answer = running.emails.codeTo(address)
    expect((await browser.post('/api/confirmation/answer', { answer })).body).toEqual({ next: 'phone' })
    expect(gateway.inbox.all.map(({ to }) => to)).toEqual(['+4915112345678'])
  })

  test.each([...elsewhereThanAllowed, ...ofAnotherKind])(
    '%s, which an account has from before, is sent no code and no notice, and is no second factor',
    async (phone) => {
      const owner = await person(running, { phone })
      const begun = await confirmed(running, owner, 'POST', '/api/mfa/methods', { method: 'sms' })
      expect([begun.status, begun.body.code]).toEqual([409, 'method_unavailable'])
      await enroll(running, owner, 'email')
      await running.console.mfa.notices.deliver()
      expect(
        running.emails.messages.some(({ to, text }) => to === owner.email && /takes a second factor/.test(text)),
      ).toBe(true)
      const unconfirmed = await person(running, { phone, phoneConfirmed: false })
      const asked = await unconfirmed.browser.post('/api/account/phone/confirmation')
      expect([asked.status, asked.body.code]).toEqual([409, 'method_unavailable'])
      expect(gateway.inbox.all).toEqual([])
    },
  )
})

test('TF-07 a second factor whose number may no longer be sent to is refused before the sender, and another one is offered', async () => {
  const keys = [randomBytes(32).toString('base64url')]
  const before = await library({ keys })
  const { enrollmentId: byText } = await setUp(before, 'sms')
  const { enrollmentId: byMail } = await setUp(before, 'email')
  before.clock.advance(hour)
  const allowed = await library({ keys, store: before.store, clock: before.clock })
  expect((await signInAda(allowed)).challenge.code).toMatchObject({ enrollmentId: byText, delivered: true })
  expect(allowed.texts.messages).toHaveLength(1)

  before.clock.advance(hour)
  const faults: unknown[] = []
  const { texts, emails } = before
  const sentBefore = texts.messages.length
  const { mfa } = await library({
    keys,
    store: before.store,
    clock: before.clock,
    methods: [email({ sender: emails }), sms({ sender: texts, countries: ['DE'] })],
    onFault: (error) => void faults.push(error),
  })
  const opened = await mfa.signIn.begin({ accountId: ada.id, evidence: ['password'] }, client)
  if (opened.status !== 'challenge') throw new Error('no challenge was opened')
  expect(opened.challenge.code).toMatchObject({ enrollmentId: byText, delivered: false })
  expect(texts.messages).toHaveLength(sentBefore)
  expect(faults).toEqual([expect.objectContaining({ code: 'delivery_failed' })])
  expect(opened.challenge.methods.map(({ enrollmentId }) => enrollmentId)).toContain(byMail)
  expect(await mfa.challenges.prompt(opened.key, byMail, client)).toMatchObject({ ok: true })
  const answer = emails.codeTo(ada.confirmedEmail ?? '')
  expect(await mfa.challenges.answer(opened.key, 'login', { enrollmentId: byMail, answer }, client)).toMatchObject({
    ok: true,
  })
})
