import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTwilioServer, type TestTwilioServer } from '../../../../test/support/twilio-server.ts'
import { SallyportError } from '../contract/errors.ts'
import { twilio } from './twilio.ts'

const message = { to: '+12025550134', text: '123456 is your code.\n\n@console.example.com #123456' }
const from = '+12025550100'
const signal = new AbortController().signal

let server: TestTwilioServer
beforeEach(async () => void (server = await startTwilioServer()))
afterEach(() => server.close())

const sender = () =>
  twilio({ accountSid: server.accountSid, authToken: server.authToken, from, baseUrl: server.baseUrl })

async function failure(sending: Promise<void>): Promise<SallyportError> {
  const error: unknown = await sending.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof SallyportError)) throw new Error('expected a SallyportError', { cause: error })
  return error
}

describe('a text message', () => {
  test('is taken by the Messages resource as it was written', async () => {
    await sender().send(message, signal)
    expect(await server.inbox.take()).toEqual({ ...message, from })
  })

  test('may come from a messaging service', async () => {
    const messagingServiceSid = `MG${'a'.repeat(32)}`
    await twilio({
      accountSid: server.accountSid,
      authToken: server.authToken,
      messagingServiceSid,
      baseUrl: server.baseUrl,
    }).send(message, signal)
    expect(await server.inbox.take()).toEqual({ ...message, from: messagingServiceSid })
  })

  test('keeps what a form would take for its own signs', async () => {
    const text = 'a+b&To=%2B19005550199;c=é キ\n#'
    await sender().send({ ...message, text }, signal)
    expect(await server.inbox.take()).toEqual({ ...message, from, text })
  })

  test('authenticates with an API key when it has one', async () => {
    const headers: (string | null)[] = []
    const apiKey = { sid: `SK${'1'.repeat(32)}`, secret: 'secret' }
    const seen: typeof fetch = async (_url, init) => {
      headers.push(new Headers(init?.headers).get('authorization'))
      return new Response('{}', { status: 201 })
    }
    await twilio({ accountSid: server.accountSid, apiKey, from, fetch: seen }).send(message, signal)
    expect(headers).toEqual([`Basic ${Buffer.from(`${apiKey.sid}:secret`).toString('base64')}`])
  })
})

describe('a failure', () => {
  test.each([
    ['a number that is none', { to: '12025550134' }, 21211],
    ['no text', { text: '' }, 21602],
    ['more than 1,600 characters', { text: 'x'.repeat(1601) }, 21617],
    ['no number', { to: '' }, 21604],
  ])('is delivery_failed with Twilio’s code for %s', async (_what, change, code) => {
    expect(await failure(sender().send({ ...message, ...change }, signal))).toMatchObject({
      code: 'delivery_failed',
      message: `twilio: HTTP 400, error ${code}`,
    })
    expect(server.inbox.all).toEqual([])
  })

  test('names a wrong token by its code', async () => {
    const wrong = twilio({ accountSid: server.accountSid, authToken: 'wrong', from, baseUrl: server.baseUrl })
    expect((await failure(wrong.send(message, signal))).message).toBe('twilio: HTTP 401, error 20003')
  })

  test.each([
    ['server_error', 'twilio: HTTP 500, error 20500'],
    ['rate_limit', 'twilio: HTTP 429, error 20429'],
  ] as const)('says which: %s', async (mode, expected) => {
    server.mode = mode
    expect((await failure(sender().send(message, signal))).message).toBe(expected)
  })

  test.each(['', 'null', '<html>+12025550134</html>', '{"code":"+12025550134"}'])(
    'P9 passes nothing on of an answer it does not understand: %s',
    async (body) => {
      const odd = twilio({
        accountSid: server.accountSid,
        authToken: 'x',
        from,
        fetch: async () => new Response(body, { status: 502 }),
      })
      expect((await failure(odd.send(message, signal))).message).toBe('twilio: HTTP 502, error unknown')
    },
  )

  test('P9 holds neither the number nor the text, in its causes either', async () => {
    const error = await failure(sender().send({ ...message, to: '12025550134' }, signal))
    expect(`${error.stack} ${String(error.cause)}`).not.toMatch(/2025550134|123456/)
  })

  test('DS-03 a server that hangs is let go of when the signal is aborted', async () => {
    server.mode = 'hang'
    const abort = new AbortController()
    const sending = failure(sender().send(message, abort.signal))
    await server.connections.reach(1)
    abort.abort()
    expect(await sending).toMatchObject({ code: 'delivery_failed', message: 'twilio: out of time' })
    await server.connections.reach(0)
  })

  test('is delivery_failed when nobody listens', async () => {
    await server.close()
    expect((await failure(sender().send(message, signal))).message).toBe('twilio: not reached (ECONNREFUSED)')
    server = await startTwilioServer()
  })

  test('a redirect is not followed with the credential', async () => {
    const redirected: string[] = []
    const redirecting: typeof fetch = async (_url, init) => {
      redirected.push(init?.redirect ?? 'follow')
      throw new TypeError('fetch failed')
    }
    await failure(
      twilio({ accountSid: server.accountSid, authToken: 'x', from, fetch: redirecting }).send(message, signal),
    )
    expect(redirected).toEqual(['error'])
  })
})

describe('the options', () => {
  test.each([
    { accountSid: 'AC1' },
    { accountSid: '../../x' },
    { baseUrl: 'http://api.twilio.example' },
    { baseUrl: 'api.twilio.com' },
  ])('refuse to start with %j', (change) => {
    const options = { accountSid: server.accountSid, authToken: 'x', from, ...change }
    expect(() => twilio(options)).toThrow(expect.objectContaining({ code: 'option_invalid' }))
  })
})
