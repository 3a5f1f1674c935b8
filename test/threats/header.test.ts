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
