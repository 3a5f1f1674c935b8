import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTwilioServer, type TestTwilioServer } from './twilio-server.ts'

let server: TestTwilioServer
beforeAll(async () => void (server = await startTwilioServer()))
afterAll(() => server.close())

const complete = { To: '+12025550134', From: '+12025550100', Body: 'hello' }

async function post(
  fields: Record<string, string>,
  change: RequestInit & { path?: string } = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const authorization = `Basic ${Buffer.from(`${server.accountSid}:${server.authToken}`).toString('base64')}`
  const path = change.path ?? `/2010-04-01/Accounts/${server.accountSid}/Messages.json`
  const response = await fetch(server.baseUrl + path, {
    method: 'POST',
    headers: { authorization },
    body: new URLSearchParams(fields),
    ...change,
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

test('a complete message is created and captured', async () => {
  const { status, body } = await post(complete)
  expect(status).toBe(201)
  expect(body).toMatchObject({
    to: complete.To,
    from: complete.From,
    body: 'hello',
    status: 'queued',
    num_segments: '1',
    error_code: null,
  })
  expect(body['sid']).toMatch(/^SM[0-9a-f]{32}$/)
  expect(await server.inbox.take()).toEqual({ to: complete.To, from: complete.From, text: 'hello' })
})

test.each([
  ['without To', { From: complete.From, Body: 'hello' }, 21604],
  ['without From or MessagingServiceSid', { To: complete.To, Body: 'hello' }, 21603],
  ['without Body', { To: complete.To, From: complete.From }, 21602],
  ['to a number that is not E.164', { ...complete, To: '202-555-0134' }, 21211],
  ['from what is no sender', { ...complete, From: 'A name that is too long' }, 21212],
  ['from a messaging service that is none', { To: complete.To, Body: 'hello', MessagingServiceSid: 'MG1' }, 21701],
  ['of more than 1,600 characters', { ...complete, Body: 'x'.repeat(1601) }, 21617],
  ['with a parameter that does not exist', { ...complete, Text: 'hello' }, 20001],
])('a message %s is refused', async (_what, fields, code) => {
  const before = server.inbox.all.length
  expect(await post(fields as Record<string, string>)).toEqual({
    status: 400,
    body: { status: 400, code, message: expect.any(String), more_info: `https://www.twilio.com/docs/errors/${code}` },
  })
  expect(server.inbox.all).toHaveLength(before)
})

test('a request without the credential, the account or the form is refused', async () => {
  expect(await post(complete, { headers: {} })).toMatchObject({ status: 401, body: { code: 20003 } })
  expect(await post(complete, { path: `/2010-04-01/Accounts/AC${'f'.repeat(32)}/Messages.json` })).toMatchObject({
    status: 404,
  })
  const authorization = `Basic ${Buffer.from(`${server.accountSid}:${server.authToken}`).toString('base64')}`
  const headers = { authorization, 'content-type': 'application/json' }
  expect(await post(complete, { headers, body: JSON.stringify(complete) })).toMatchObject({ status: 415 })
})
