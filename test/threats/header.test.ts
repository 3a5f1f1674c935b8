import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAddress, person } from '../support/account.ts'
import { runConsole, type RunningConsole } from '../support/console.ts'
import { codeFor, elsewhere, enroll, signIn, wrongCode } from '../support/person.ts'
import { pageHeaders, rawRequest } from '../support/raw.ts'
import { accountIdOf, audit, tablesOf } from '../support/tables.ts'
import { Visitor } from '../support/visitor.ts'

const proxyHeaders = [
  'x-forwarded-for',
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
  'x-client-ip',
  'x-originating-ip',
  'x-remote-ip',
  'fastly-client-ip',
  'forwarded',
]

describe('headers that lie', () => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole()
  })
  afterAll(() => running.close())

  test('HS-01 · no header says where a request comes from: the audit log, the sessions and the limits go by the socket', async () => {
    const owner = await person(running)
    const { enrollmentId, secret } = await enroll(running, owner, 'totp')
    const { browser } = elsewhere(owner)
    await signIn({ ...owner, browser })
    const statuses: number[] = []
    for (const [number, name] of [...proxyHeaders, 'x-forwarded-for'].entries()) {
      const value = name === 'forwarded' ? `for=203.0.113.${number};proto=https` : `203.0.113.${number}`
      const doubled = number === 9 ? { [name]: [`198.51.100.1, ${value}`, value] } : { [name]: value }
      const headers = { ...(await pageHeaders(browser)), ...doubled }
      const body = JSON.stringify({ enrollmentId, answer: wrongCode(codeFor(running, owner, 'totp', secret)) })
      statuses.push(
        (
          await rawRequest(running.origin, {
            method: 'POST',
            path: '/api/mfa/challenge/answer',
            headers,
            body,
            from: '127.0.0.9',
          })
        ).status,
      )
    }
    expect(statuses).toEqual(Array.from({ length: 10 }, () => 401))
    const id = await accountIdOf(running, owner.email)
    const entries = (await audit(running, 'attempt.refused')).filter((entry) => entry['account_id'] === id)
    expect(entries).toHaveLength(10)
    expect(new Set(entries.map((entry) => entry['ip']))).toEqual(new Set(['127.0.0.9']))
    const dump = JSON.stringify(await tablesOf(running)) + running.log.join()
    expect(dump).not.toMatch(/203\.0\.113|198\.51\.100/)
  })

  test('HS-04 · another Host changes no link, issuer, origin or answer', async () => {
    const owner = await person(running)
    const evil = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-host': 'evil.example',
      'x-original-url': '/evil',
      'x-rewrite-url': '/evil',
    }
    const said: string[] = []
    const send = async (method: string, path: string, body: unknown, browser = owner.browser) => {
      const headers = { ...(await pageHeaders(browser)), ...evil }
      const answered = await rawRequest(running.origin, {
        method,
        path,
        headers,
        body: method === 'GET' ? '' : JSON.stringify(body),
      })
      said.push(answered.text + JSON.stringify(answered.headers))
      return answered
    }
    const setUp = async (method: string) => {
      const checked = await send('POST', '/api/password-check', { password: owner.password })
      expect(checked.status).toBe(204)
      // The session goes on under another cookie.
      const [, name = '', value = ''] = /^([^=]+)=([^;]+)/.exec(checked.headers['set-cookie']?.[0] ?? '') ?? []
      owner.browser.cookies.set(name, value)
      return await send('POST', '/api/mfa/methods', { method })
    }
    const begun = await setUp('totp')
    expect(new URL(JSON.parse(begun.text).setup.uri).searchParams.get('issuer')).toBe('Sallyport Console')
    await setUp('sms')
    expect(running.texts.lastTo(owner.phone).text).toMatch(/@localhost #\d{6}$/)
    await setUp('email')
    const stranger = new Visitor(running.origin)
    await send(
      'POST',
      '/api/registration',
      { email: newAddress(), phone: '', country: 'US', password: 'plain words about rivers' },
      stranger,
    )
    await send(
      'POST',
      '/api/registration',
      { email: owner.email, phone: '', country: 'US', password: 'plain words about rivers' },
      new Visitor(running.origin),
    )
    await send('GET', '/api/openapi.json', null)
    await send('GET', '/', null)
    await send('GET', '/sign-in', null)
    await send('GET', '//evil.example/', null)
    await running.console.mfa.notices.deliver()
    const messages = [...running.emails.messages, ...running.texts.messages].map((message) => JSON.stringify(message))
    for (const text of [...said, ...messages]) expect(text).not.toContain('evil.example')
  })

  test('HS-04 · an Origin that agrees with an evil Host is refused all the same', async () => {
    const owner = await person(running)
    const headers = { ...(await pageHeaders(owner.browser)), host: 'evil.example', origin: 'http://evil.example' }
    const refused = await rawRequest(running.origin, {
      method: 'POST',
      path: '/api/mfa/methods',
      headers,
      body: '{"method":"totp"}',
    })
    expect(refused.status).toBe(403)
  })

  test('HS-06 · a proxy’s word that the request was plain HTTP takes Secure off no cookie', async () => {
    const headers = {
      'x-forwarded-proto': 'http',
      forwarded: 'proto=http',
      'x-forwarded-ssl': 'off',
      'front-end-https': 'off',
    }
    const { headers: said } = await rawRequest(running.origin, { path: '/api/session', headers })
    expect(said['set-cookie']).toHaveLength(1)
    expect(said['set-cookie']![0]).toMatch(/^__Host-.*; Secure/)
    expect(said['strict-transport-security']).toMatch(/max-age=\d+/)
  })
})

describe('P5 · a proxy that is trusted', () => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ trustedProxies: ['127.0.0.1', '10.0.0.0/8'] })
  })
  afterAll(() => running.close())

  /** From where a try came by the audit log. */
  async function seenFrom(headers: Readonly<Record<string, string | readonly string[]>>, from: string) {
    const owner = await person(running)
    const { enrollmentId, secret } = await enroll(running, owner, 'totp')
    const { browser } = elsewhere(owner)
    await signIn({ ...owner, browser })
    const body = JSON.stringify({ enrollmentId, answer: wrongCode(codeFor(running, owner, 'totp', secret)) })
    const sent = { ...(await pageHeaders(browser)), ...headers }
    const path = '/api/mfa/challenge/answer'
    expect((await rawRequest(running.origin, { method: 'POST', path, headers: sent, body, from })).status).toBe(401)
    const id = await accountIdOf(running, owner.email)
    const entries = (await audit(running, 'attempt.refused')).filter((entry) => entry['account_id'] === id)
    return entries.map((entry) => entry['ip'])
  }

  test.each([
    ['one hop', '203.0.113.7', '203.0.113.7'],
    ['what the client wrote before it', '198.51.100.1, 127.0.0.1, 203.0.113.7', '203.0.113.7'],
    ['two headers of the name', ['198.51.100.1, 198.51.100.2', '203.0.113.7, 10.1.1.1'], '203.0.113.7'],
    ['IPv6 with a port', '[2001:DB8::7]:4711, 10.1.1.1', '2001:db8::7'],
    ['no address', '203.0.113.7, unknown', '127.0.0.1'],
    ['nothing', '', '127.0.0.1'],
  ])('HS-01 · says who is asking by the right-most hop that is no proxy: %s', async (_what, forwarded, client) => {
    const others = { forwarded: 'for=198.51.100.3', 'x-real-ip': '198.51.100.3', 'cf-connecting-ip': '198.51.100.3' }
    expect(await seenFrom({ ...others, 'x-forwarded-for': forwarded }, '127.0.0.1')).toEqual([client])
  })

  test('HS-01 · believes it of no other header, and of nobody else', async () => {
    const others = Object.fromEntries(proxyHeaders.slice(1).map((name) => [name, ['203.0.113.7', '203.0.113.7']]))
    expect(await seenFrom(others, '127.0.0.1')).toEqual(['127.0.0.1'])
    expect(await seenFrom({ ...others, 'x-forwarded-for': '203.0.113.7' }, '127.0.0.9')).toEqual(['127.0.0.9'])
  })

  test('RD-12 · whoever claims to come from where the owner signs in is asked for the second factor as ever', async () => {
    const owner = await person(running)
    await enroll(running, owner, 'totp')
    const body = JSON.stringify({ email: owner.email, password: owner.password })
    for (const from of ['127.0.0.1', '127.0.0.9']) {
      for (const headers of proxyHeaders.map((name) => ({
        [name]: name === 'forwarded' ? 'for=127.0.0.1' : '127.0.0.1',
      }))) {
        const page = { ...(await pageHeaders(new Visitor(running.origin))), ...headers }
        const begun = await rawRequest(running.origin, {
          method: 'POST',
          path: '/api/sign-in',
          headers: page,
          body,
          from,
        })
        expect([begun.status, JSON.parse(begun.text).status]).toEqual([200, 'challenge'])
      }
    }
  })
})
