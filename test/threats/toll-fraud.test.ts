import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAddress, person } from '../support/account.ts'
import { runConsole, type RunningConsole } from '../support/console.ts'
import { elsewhere, enroll, signIn, confirmed } from '../support/person.ts'
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
