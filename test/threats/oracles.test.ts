import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAddress, person } from '../support/account.ts'
import { runConsole, type RunningConsole } from '../support/console.ts'
import { answer, codeFor, elsewhere, enroll, sentCode, signIn } from '../support/person.ts'
import { execute } from '../support/tables.ts'
import { type Answer, Visitor } from '../support/visitor.ts'

const password = 'plain words about rivers'
const hour = 61 * 60_000

/** All that an answer says, without what differs from one request to the next whatever is asked. */
function seen({ status, headers, text }: Answer): unknown {
  const body = text.replaceAll(/"(id|enrollmentId|active|csrf)":"[^"]+"/g, '"$1":"…"')
  const kept = [...headers]
    .filter(([name]) => name !== 'date')
    .map(([name, value]) => [name, name === 'set-cookie' ? value.replace(/=[^;]+/, '=…') : value])
  return { status, body, headers: kept }
}

describe('what a stranger can find out', () => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole()
  })
  afterAll(() => running.close())

  test('EO-01 EO-03 · unknown, wrong, unconfirmed, disabled, locked, with and without MFA look the same', async () => {
    const plain = await person(running)
    const withMfa = await person(running)
    await enroll(running, withMfa, 'totp')
    await enroll(running, withMfa, 'sms')
    const disabled = await person(running)
    await execute(running, 'account', `UPDATE account SET status = 'disabled' WHERE email = '${disabled.email}'`)
    const locked = await person(running)
    await execute(running, 'sallyport_account', `UPDATE sallyport_account SET locked_until = ${running.clock() + hour}`)
    const unconfirmed = newAddress()
    await new Visitor(running.origin).post('/api/registration', {
      email: unconfirmed,
      phone: '',
      country: 'US',
      password,
    })
    const cases = {
      unknown: [newAddress(), password],
      wrong: [plain.email, password],
      'wrong, with MFA': [withMfa.email, password],
      'wrong, locked': [locked.email, password],
      'unconfirmed, wrong password': [unconfirmed, 'another password'],
      'unconfirmed, right password': [unconfirmed, password],
      'disabled, wrong password': [disabled.email, password],
      'disabled, right password': [disabled.email, disabled.password],
      'no address': ['nothing', password],
      'no password': [plain.email, ''],
    } as const
    const answers = await Promise.all(
      Object.entries(cases).map(
        async ([name, [email, given]]) =>
          [name, seen(await signIn({ email, password: given, browser: new Visitor(running.origin) }))] as const,
      ),
    )
    for (const [name, said] of answers) expect([name, said]).toEqual([name, answers[0]![1]])
    await execute(running, 'sallyport_account', 'UPDATE sallyport_account SET locked_until = 0')
  })

  test('EO-02 · registering an address that has an account looks the same, from the form to the last wrong code', async () => {
    const owner = await person(running)
    running.clock.advance(hour)
    const story = async (email: string): Promise<unknown[]> => {
      const browser = new Visitor(running.origin)
      await browser.session()
      const form = { email, phone: '', country: 'US', password }
      const hidden = (said: unknown): unknown => JSON.parse(JSON.stringify(said).replaceAll(/[^"\\]\*{3}@/g, '?***@'))
      const said = [
        await browser.post('/api/registration', form),
        await browser.get('/api/confirmation'),
        await browser.post('/api/confirmation/prompt'),
      ]
      for (let tries = 0; tries < 6; tries += 1)
        said.push(await browser.post('/api/confirmation/answer', { answer: '000000' }))
      said.push(await browser.post('/api/confirmation/prompt'), await browser.post('/api/confirmation/skip'))
      return said.map((each) => hidden(seen(each)))
    }
    expect(await story(owner.email)).toEqual(await story(newAddress()))
    expect(running.emails.messages.filter(({ to }) => to === owner.email).at(-1)?.text).toMatch(
      /already (has|belongs to) an account/,
    )
  })

  test('EO-03 · before the right password nothing tells which methods there are', async () => {
    const owner = await person(running)
    const { enrollmentId } = await enroll(running, owner, 'totp')
    const stranger = new Visitor(running.origin)
    const wrong = await signIn({ email: owner.email, password, browser: stranger })
    const asked = [
      wrong,
      await stranger.get('/api/mfa/challenge'),
      await stranger.get('/api/session'),
      await answer(stranger, enrollmentId, '000000'),
    ]
    for (const { text } of asked) expect(text).not.toMatch(/totp|sms|recovery|enrollmentId|hint|primary/)
    expect(stranger.cookies.has('__Host-sallyport-pending')).toBe(false)
  })

  test('EO-05 · after it, the challenge shows addresses and numbers behind a fixed number of stars', async () => {
    const owner = await person(running)
    await enroll(running, owner, 'email')
    await enroll(running, owner, 'sms')
    const there = elsewhere(owner)
    const begun = await signIn(there)
    const hints = Object.fromEntries(
      begun.body.challenge.methods.map(({ method, hint }: Record<string, string>) => [method, hint]),
    )
    expect(hints).toEqual({
      email: `${owner.email[0]}***@e***.com`,
      sms: `+1 *** *** **${owner.phone.slice(-2)}`,
      recovery_code: '',
    })
    for (const secret of [owner.email, owner.phone, owner.phone.slice(2), owner.email.split('@')[0]!, 'example']) {
      expect(begun.text).not.toContain(secret)
      expect((await there.browser.get('/api/mfa/challenge')).text).not.toContain(secret)
    }
    const short = elsewhere(owner).browser
    for (const email of [
      `a@${newAddress().split('@')[0]}.org`,
      `${'b'.repeat(60)}@${newAddress().split('@')[0]}.org`,
    ]) {
      await short.post('/api/registration', { email, phone: '', country: 'US', password })
      expect((await short.get('/api/confirmation')).body.challenge.methods[0].hint).toMatch(/^[ab]\*\*\*@.\*\*\*\.org$/)
    }
  })

  test('EO-07 · no code, and no secret but where it belongs, is in any answer, header, address or log line', async () => {
    const said: string[] = []
    class Listening extends Visitor {
      override async request(path: string, sent: Parameters<Visitor['request']>[1] = {}) {
        const answered = await super.request(path, sent)
        said.push(`${path}\n${answered.text}\n${JSON.stringify([...answered.headers])}`)
        return answered
      }
    }
    const owner = { ...(await person(running)), browser: new Listening(running.origin) }
    await signIn(owner)
    const app = await enroll(running, owner, 'totp')
    await enroll(running, owner, 'email')
    running.clock.advance(hour)
    const there = { ...owner, browser: new Listening(running.origin) }
    const { challenge } = (await signIn(there)).body
    const byEmail = challenge.methods.find((each: { method: string }) => each.method === 'email').enrollmentId
    await there.browser.post('/api/mfa/challenge/prompt', { enrollmentId: byEmail })
    await answer(there.browser, byEmail, '999999')
    const codes = running.emails.messages.flatMap(({ text }) => text.match(/(?<!\d)\d{6}(?!\d)/g) ?? [])
    expect((await answer(there.browser, byEmail, sentCode(running, owner.email))).status).toBe(200)
    codes.push(codeFor(running, owner, 'totp', app.secret))
    const all = [...said, ...running.log]
    for (const code of codes)
      expect(all.filter((text) => new RegExp(`(?<![\\w-])${code}(?![\\w-])`).test(text))).toEqual([])
    expect(all.filter((text) => text.includes(app.secret))).toHaveLength(1)
    for (const code of app.recoveryCodes) expect(all.filter((text) => text.includes(code))).toHaveLength(1)
    for (const text of all) expect(text).not.toContain(owner.password)
  })
})
