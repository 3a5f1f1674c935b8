import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAddress, person } from '../support/account.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { answer, codeFor, elsewhere, enroll, type Enrolled, type Person, register, signIn } from '../support/person.ts'
import { pageHeaders, rawBytes, rawRequest } from '../support/raw.ts'
import { accountIdOf, tablesOf } from '../support/tables.ts'
import { knownCookie, trustedCookie } from '../support/trusted.ts'
import { Visitor } from '../support/visitor.ts'

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

describe.each(databases)('hostile input on %s', (on) => {
  let running: RunningConsole
  let owner: Person
  let app: Enrolled
  let browser: Visitor
  beforeAll(async () => {
    running = await runConsole({ on })
    owner = await person(running)
    app = await enroll(running, owner, 'totp')
    const there = elsewhere(owner)
    await signIn(there)
    browser = there.browser
  })
  afterAll(() => running.close())

  /** The body goes as it is, with everything else as a page would send it. */
  async function sent(path: string, body: string | Uint8Array, headers: Record<string, string> = {}, chunked = false) {
    const page = { ...(await pageHeaders(browser)), ...headers }
    return await rawRequest(running.origin, { method: 'POST', path, headers: page, body, chunked })
  }

  async function expectRefusal(path: string, body: string): Promise<void> {
    const refused = await sent(path, body)
    expect([body.slice(0, 60), [400, 413, 415, 422].includes(refused.status)]).toEqual([body.slice(0, 60), true])
    expect(refused.headers['content-type']).toBe('application/problem+json')
  }

  async function triesOf(): Promise<number> {
    const id = await accountIdOf(running, owner.email)
    const rows = (await tablesOf(running))['sallyport_account'] ?? []
    return rows.find((row) => row['account_id'] === id)?.['failures']
  }

  test('PA-01 · a code is digits as text: no number, sign, exponent, base, fraction or other script is read as one', async () => {
    const code = codeFor(running, owner, 'totp', app.secret)
    const path = '/api/mfa/challenge/answer'
    const before = await triesOf()
    for (const written of [
      Number(code),
      `+${code}`,
      `-${code}`,
      `${code}.0`,
      `0x${code}`,
      '1e5',
      `${code}e0`,
      code.slice(1),
      `${code}0`,
      `0${code}`,
      `${code}\u0000`,
      code.replace(/./, '٣'),
      code.replace(/./, '৩'),
      code.split('').join(','),
      `'${code}'`,
      '',
      ' ',
      true,
      null,
      [code],
      { code },
      { toString: code },
    ]) {
      await expectRefusal(path, JSON.stringify({ enrollmentId: app.enrollmentId, answer: written }))
    }
    expect(await triesOf()).toBe(before)
  })

  test('PA-04 · arrays, objects, booleans and ten thousand levels of nesting are refused everywhere', async () => {
    for (const [path, fields] of Object.entries({
      '/api/sign-in': ['email', 'password'],
      '/api/registration': ['email', 'phone', 'country', 'password'],
      '/api/mfa/challenge/answer': ['enrollmentId', 'answer'],
      '/api/mfa/challenge/prompt': ['enrollmentId'],
      '/api/confirmation/answer': ['answer'],
    })) {
      const good = Object.fromEntries(fields.map((field) => [field, 'AA']))
      for (const bad of ['[]', '["AA"]', '{}', 'true', 'null', '5', nested(10_000)]) {
        await expectRefusal(path, bad)
        for (const field of fields) {
          const body = JSON.stringify({ ...good, [field]: '@@' }).replace('"@@"', bad)
          await expectRefusal(path, body)
        }
      }
    }
  })

  test('PA-05 · a body too large in any way is refused as a problem and leaves the memory flat', async () => {
    const path = '/api/mfa/challenge/answer'
    const wrap = (answered: string): string => JSON.stringify({ enrollmentId: app.enrollmentId, answer: answered })
    const keys = JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, number) => [`key${number}`, 1])))
    const tenMegabytes = wrap('1'.repeat(10_000_000))
    const before = process.memoryUsage().rss
    for (const body of [tenMegabytes, wrap('1'.repeat(1_000_000)), keys]) {
      for (const chunked of [false, true]) {
        const refused = await sent(path, body, {}, chunked)
        expect(refused.status).toBe(413)
        expect(JSON.parse(refused.text).code).toBe('request_too_large')
      }
    }
    expect((await sent(path, wrap('1'.repeat(60_000)))).status).toBe(400)
    const bomb = await sent(path, gzipSync(tenMegabytes), { 'content-encoding': 'gzip' })
    expect(bomb.status).toBe(415)
    for (let round = 0; round < 10; round += 1) await sent(path, tenMegabytes)
    // The client of this test holds the bodies too: a server that kept them would hold ten times as much.
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000)
    expect((await browser.get('/api/mfa/challenge')).status).toBe(200)
  })

  test('PA-08 · __proto__ and constructor are fields like any other: refused or without effect', async () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const poison = `{"${key}":{"status":"active","admin":true},"email":"${owner.email}","password":"wrong password"}`
      const refused = await sent('/api/sign-in', poison)
      expect([400, 401]).toContain(refused.status)
      const inAnswer = `{"enrollmentId":"${app.enrollmentId}","answer":"000000","${key}":{"ok":true}}`
      expect((await sent('/api/mfa/challenge/answer', inAnswer)).status).toBeGreaterThanOrEqual(400)
    }
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
    expect((await browser.session()).body.account).toBeNull()
  })

  test('PA-09 · operators and SQL in any field are text that matches nobody', async () => {
    for (const email of [
      `' OR 1=1 --`,
      `" OR ""="`,
      '%',
      '_',
      '%@example.com',
      `${owner.email}'--`,
      `x' OR email='${owner.email}`,
      '*',
      '\\',
      ';',
    ]) {
      const refused = await sent('/api/sign-in', JSON.stringify({ email, password: owner.password }))
      expect([email, refused.status]).toEqual([email, 401])
    }
    for (const operator of [{ $ne: null }, { $gt: '' }, { like: '%' }]) {
      await expectRefusal('/api/sign-in', JSON.stringify({ email: owner.email, password: operator }))
      await expectRefusal('/api/mfa/challenge/answer', JSON.stringify({ enrollmentId: operator, answer: '000000' }))
    }
    for (const text of [`' OR '1'='1`, '%', '______', '*']) {
      await expectRefusal('/api/mfa/challenge/answer', JSON.stringify({ enrollmentId: app.enrollmentId, answer: text }))
    }
  })

  // A connection can break once for reasons of the machine's.
  test(
    'PA-14 · whatever the bodies, cookies, numbers and addresses are, the answer is never a 5xx',
    { retry: 1 },
    async () => {
      const text = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 80 }),
        fc.string({ maxLength: 80 }),
        fc.constantFrom('\u0000', '\ud800', '‮', '𝟙𝟚𝟛𝟜𝟝𝟞'),
      )
      const phone = fc.oneof(text, fc.stringMatching(/^[+(]?[0-9 ().;ext=#,-]{0,30}$/))
      const address = fc.oneof(
        text,
        fc.emailAddress(),
        fc.tuple(text, text).map(([local, domain]) => `${local}@${domain}`),
      )
      const cookie = fc.oneof(
        fc.stringMatching(/^[\x21-\x7e]{0,120}$/),
        fc.base64String({ maxLength: 120 }),
        fc.stringMatching(/^[\w-]{1,64}\.[\w-]{1,64}(\.[\w-]{1,64})?$/),
      )
      const headers = await pageHeaders(browser)
      const account = await person(running)
      const signedIn = await pageHeaders(account.browser)
      const check = async (
        path: string,
        body: unknown,
        given: Record<string, string>,
        method = 'POST',
      ): Promise<void> => {
        const answered = await rawRequest(running.origin, {
          method,
          path,
          headers: given,
          body: method === 'GET' ? '' : JSON.stringify(body),
        })
        expect([path, answered.text, answered.status < 500]).toEqual([path, answered.text, true])
      }
      const once = fc.asyncProperty(
        text,
        phone,
        address,
        cookie,
        fc.json({ maxDepth: 3 }),
        async (any, number, email, value, json) => {
          await check('/api/registration', { email, phone: number, country: 'US', password: 'password1' }, headers)
          await check('/api/sign-in', { email, password: any }, { ...headers, 'user-agent': value })
          await check('/api/mfa/challenge/answer', { enrollmentId: app.enrollmentId, answer: any }, headers)
          await check('/api/mfa/challenge/answer', JSON.parse(json), headers)
          await check(
            `/api/mfa/methods/${encodeURIComponent(any.replace(/\p{Cs}/gu, ''))}`,
            { name: any },
            signedIn,
            'PATCH',
          )
          await check('/api/mfa/methods', { method: any, name: any }, signedIn)
          await check('/api/mfa/methods', { method: 'totp', name: any }, signedIn)
          const kept = [trustedCookie, knownCookie].map((name) => `${name}=${value}`).join('; ')
          const { email: mail, password } = owner
          const trusting = { ...headers, cookie: `${headers['cookie']}; ${kept}` }
          await check('/api/sign-in', { email: mail, password }, trusting)
          await check('/api/mfa/devices', null, { ...signedIn, cookie: `${signedIn['cookie']}; ${kept}` }, 'GET')
          for (const name of [
            '__Host-sallyport-pending',
            '__Host-console-confirmation',
            '__Host-console-session',
            '__Host-console-browser',
          ]) {
            const given = { ...headers, cookie: `${name}=${value}` }
            for (const path of ['/api/session', '/api/mfa/challenge', '/api/confirmation', '/api/mfa/methods'])
              await check(path, null, given, 'GET')
          }
        },
      )
      await fc.assert(once, { numRuns: 25, seed: 14 })
    },
  )
})

describe('passwords and the wire', () => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole()
  })
  afterAll(() => running.close())

  test('PA-11 · every byte of a long password matters, and it is the same in either Unicode form', async () => {
    const composed = `Käthe-${'läuft-über-die-Brücke-'.repeat(6)}`.normalize('NFC')
    expect(Buffer.byteLength(composed)).toBeGreaterThan(73)
    const owner: Person = {
      email: newAddress(),
      phone: '+13035559001',
      password: composed,
      browser: new Visitor(running.origin),
    }
    await register(running, owner)
    expect((await signIn({ ...owner, password: composed.normalize('NFD') })).status).toBe(200)
    for (const password of [
      `${composed}x`,
      composed.slice(0, -1),
      `${composed.slice(0, -1)}_`,
      Buffer.from(composed).subarray(0, 72).toString(),
      composed.toLowerCase(),
      ` ${composed}`,
    ]) {
      expect((await signIn({ ...elsewhere(owner), password })).status).toBe(401)
    }
    expect((await signIn({ ...elsewhere(owner), password: 'x'.repeat(2000) })).status).toBe(400)
  })

  test('PA-13 · a request whose length is said twice or both ways is refused', async () => {
    const start = 'POST /api/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    for (const lengths of [
      'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
      'Content-Length: 5\r\nContent-Length: 6\r\n',
      'Transfer-Encoding: chunked, identity\r\n',
      'Transfer-Encoding : chunked\r\n',
      'Content-Length: -1\r\n',
      'Content-Length: 5 5\r\n',
      'Transfer-Encoding: xchunked\r\n',
    ]) {
      const answered = await rawBytes(
        running.origin,
        `${start}${lengths}\r\n0\r\n\r\nGET /api/session HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      )
      expect([lengths, answered.split('\r\n')[0]]).toEqual([lengths, expect.stringMatching(/^HTTP\/1\.1 4\d\d /)])
      expect([lengths, answered]).not.toEqual([lengths, expect.stringContaining('200 OK')])
    }
  })

  test('PA-13 · a flood of headers is refused', async () => {
    const flood = Array.from({ length: 3000 }, (_, number) => `X-${number}: ${'a'.repeat(20)}\r\n`).join('')
    const request = `GET /api/session HTTP/1.1\r\nHost: localhost\r\n${flood}\r\n`
    // The server may close while the flood is still coming: then the answer is lost, and a reset is what arrives.
    const answered = await rawBytes(running.origin, request).catch((error: NodeJS.ErrnoException) => error.code)
    expect(answered).toMatch(/^(HTTP\/1\.1 431 |ECONNRESET$)/)
    expect((await new Visitor(running.origin).session()).status).toBe(200)
  })

  test('PA-01 · a code may be typed in full width or with spaces, and means the same', async () => {
    const owner = await person(running)
    const app = await enroll(running, owner, 'totp')
    const write = [
      (code: string) => code.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)),
      (code: string) => ` ${code.slice(0, 3)} ${code.slice(3)} `,
    ]
    for (const written of write) {
      running.clock.advance(30_000)
      const there = elsewhere(owner)
      await signIn(there)
      expect(
        (await answer(there.browser, app.enrollmentId, written(codeFor(running, owner, 'totp', app.secret)))).status,
      ).toBe(200)
    }
  })
})
