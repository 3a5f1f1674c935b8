import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startSmtpServer, type TestSmtpServer } from '../../../../test/support/smtp-server.ts'
import { SallyportError } from '../contract/errors.ts'
import { smtp } from './smtp.ts'

const message = {
  to: 'mia@example.com',
  subject: 'Your code — für dich',
  text: 'Code 123456\n',
  html: '<p>Code 123456</p>\n',
}
const from = 'Sallyport Console <no-reply@example.com>'
const signal = new AbortController().signal

let server: TestSmtpServer
beforeEach(async () => void (server = await startSmtpServer()))
afterEach(() => server.close())

async function failure(sending: Promise<void>): Promise<SallyportError> {
  const error: unknown = await sending.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof SallyportError)) throw new Error('expected a SallyportError', { cause: error })
  return error
}

describe('an e-mail', () => {
  test('arrives whole, at one recipient, over an authenticated connection that is then closed', async () => {
    await smtp({ url: server.url, from }).send(message, signal)
    const received = await server.inbox.take()
    expect(received).toMatchObject({ from: 'no-reply@example.com', to: ['mia@example.com'], subject: message.subject })
    expect(received.text.trim()).toBe('Code 123456')
    expect(received.html.trim()).toBe('<p>Code 123456</p>')
    expect(received.headers.find(({ key }) => key === 'from')?.value).toBe(from)
    await server.connections.reach(0)
  })

  test('may go to an address in any script', async () => {
    await smtp({ url: server.url, from }).send({ ...message, to: 'mía@example.com' }, signal)
    expect((await server.inbox.take()).to).toEqual(['mía@example.com'])
  })

  test('cannot gain a header from what it is given', async () => {
    await smtp({ url: server.url, from }).send(
      { ...message, subject: 'Code\r\nBcc: eve@example.org\r\n\r\nbody', text: '.\r\nRCPT TO:<eve@example.org>\r\n' },
      signal,
    )
    const received = await server.inbox.take()
    expect(received.to).toEqual(['mia@example.com'])
    expect(received.headers.map(({ key }) => key)).not.toContain('bcc')
    expect(received.text).toContain('RCPT TO:<eve@example.org>')
  })

  test.each([
    'mia@example.com\r\nBcc: eve@example.org',
    'mia@example.com, eve@example.org',
    'mia@example.com>\r\nDATA',
    'Mia <mia@example.com>',
    '',
  ])('goes to one plain address or nowhere: %j', async (to) => {
    expect((await failure(smtp({ url: server.url, from }).send({ ...message, to }, signal))).code).toBe(
      'delivery_failed',
    )
    expect(server.inbox.all).toEqual([])
  })
})

describe('a failure', () => {
  test('DS-03 a server that hangs is let go of when the signal is aborted', async () => {
    server.mode = 'hang'
    const abort = new AbortController()
    const sending = failure(smtp({ url: server.url, from }).send(message, abort.signal))
    await server.connections.reach(1)
    abort.abort()
    expect(await sending).toMatchObject({ code: 'delivery_failed', message: 'smtp: out of time' })
    await server.connections.reach(0)
  })

  test('nothing is sent when the signal was aborted before', async () => {
    expect(await failure(smtp({ url: server.url, from }).send(message, AbortSignal.abort()))).toMatchObject({
      message: 'smtp: out of time',
    })
    expect(server.inbox.all).toEqual([])
  })

  test('P9 names the reply code and neither the address nor the code', async () => {
    server.mode = 'refuse'
    const error = await failure(smtp({ url: server.url, from }).send(message, signal))
    expect(error).toMatchObject({ code: 'delivery_failed', message: 'smtp: EENVELOPE, reply 550' })
    expect(error.cause).toBeUndefined()
  })

  test('P9 names a wrong password without the password', async () => {
    const error = await failure(smtp({ url: server.url.replace(/:[^:@]+@/, ':hunter2@'), from }).send(message, signal))
    expect(error.message).toBe('smtp: EAUTH, reply 535')
  })

  test('a server anywhere else gets nothing when it does not offer TLS', async () => {
    // The same server under a name that does not say it is on this machine.
    const elsewhere = smtp({ url: server.url.replace('127.0.0.1', '[::ffff:127.0.0.1]'), from })
    expect(await failure(elsewhere.send(message, signal))).toMatchObject({ code: 'delivery_failed' })
    expect(server.inbox.all).toEqual([])
  })

  test('is delivery_failed when nobody listens', async () => {
    await server.close()
    expect(await failure(smtp({ url: server.url, from }).send(message, signal))).toMatchObject({
      code: 'delivery_failed',
      message: 'smtp: ESOCKET',
    })
    server = await startSmtpServer()
  })
})

describe('the URL', () => {
  test.each([
    '',
    'mail.example.com',
    'http://mail.example.com',
    'smtp://',
    'smtp://mail.example.com?requireTLS=false',
    'smtp://a%:b@mail.example.com',
  ])('refuses to start with %j', (url) => {
    expect(() => smtp({ url, from })).toThrow(expect.objectContaining({ code: 'option_invalid' }))
  })

  test.each(['smtp://mail.example.com', 'smtps://user:password@mail.example.com', 'smtp://[::1]:2525'])(
    'takes %s',
    (url) => {
      expect(smtp({ url, from }).name).toBe('smtp')
    },
  )
})
