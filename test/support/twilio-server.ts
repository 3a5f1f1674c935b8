import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { septets } from '../../packages/sallyport/src/methods/message/segment.ts'
import { Connections } from './connections.ts'
import { Inbox } from './inbox.ts'

export interface ReceivedSms {
  readonly to: string
  /** The number or name, or the sid of the messaging service. */
  readonly from: string
  readonly text: string
}

/** `hang` takes the request and never answers. */
export type TwilioMode = 'accept' | 'hang' | 'server_error' | 'rate_limit'

export interface TestTwilioServer {
  readonly baseUrl: string
  readonly accountSid: string
  readonly authToken: string
  readonly inbox: Inbox<ReceivedSms>
  readonly connections: Connections
  mode: TwilioMode
  close(): Promise<void>
}

/** As much of Twilio's Messages resource (API version 2010-04-01) as a text message needs, on a free port of this machine. */
export async function startTwilioServer(mode: TwilioMode = 'accept'): Promise<TestTwilioServer> {
  const inbox = new Inbox<ReceivedSms>()
  const state = { mode }
  const server = createServer((request, response) => {
    answer(request, response, state.mode, inbox).catch(() => response.destroy())
  })
  const connections = new Connections(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    accountSid,
    authToken,
    inbox,
    connections,
    get mode() {
      return state.mode
    },
    set mode(next) {
      state.mode = next
    },
    close() {
      connections.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

const accountSid = `AC${'0123456789abcdef'.repeat(2)}`
const authToken = 'fedcba9876543210fedcba9876543210'
const path = `/2010-04-01/Accounts/${accountSid}/Messages.json`

interface Refusal {
  readonly status: number
  readonly code: number
  readonly message: string
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  mode: TwilioMode,
  inbox: Inbox<ReceivedSms>,
): Promise<void> {
  const fields = new URLSearchParams(await readText(request))
  if (mode === 'hang') return
  const refusal = broken(mode) ?? refusedRequest(request) ?? refusedMessage(fields)
  if (refusal !== null)
    return reply(response, refusal.status, {
      ...refusal,
      more_info: `https://www.twilio.com/docs/errors/${refusal.code}`,
    })
  const message = {
    to: field(fields, 'To'),
    from: field(fields, 'From') || field(fields, 'MessagingServiceSid'),
    text: field(fields, 'Body'),
  }
  inbox.add(message)
  reply(response, 201, resource(fields, inbox.all.length))
}

function broken(mode: TwilioMode): Refusal | null {
  if (mode === 'server_error') return { status: 500, code: 20500, message: 'Internal server error' }
  if (mode === 'rate_limit') return { status: 429, code: 20429, message: 'Too Many Requests' }
  return null
}

function refusedRequest(request: IncomingMessage): Refusal | null {
  const expected = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`
  if (request.headers.authorization !== expected) return { status: 401, code: 20003, message: 'Authenticate' }
  if (request.url !== path)
    return { status: 404, code: 20404, message: `The requested resource ${request.url} was not found` }
  if (request.method !== 'POST') return { status: 405, code: 20004, message: 'Method not allowed' }
  if (!/^application\/x-www-form-urlencoded(;|$)/.test(request.headers['content-type'] ?? '')) {
    return { status: 415, code: 20415, message: 'Unsupported media type' }
  }
  return null
}

/** What CreateMessage takes of its published parameters, for a text message and nothing else. */
const parameters = ['To', 'From', 'MessagingServiceSid', 'Body']

const rules: readonly {
  readonly holds: (fields: URLSearchParams) => boolean
  readonly code: number
  readonly message: (fields: URLSearchParams) => string
}[] = [
  {
    holds: (fields) =>
      [...fields.keys()].every((name) => parameters.includes(name) && fields.getAll(name).length === 1),
    code: 20001,
    message: () => 'Unknown parameters',
  },
  { holds: (fields) => field(fields, 'To') !== '', code: 21604, message: () => "A 'To' phone number is required." },
  {
    holds: (fields) => field(fields, 'From') !== '' || field(fields, 'MessagingServiceSid') !== '',
    code: 21603,
    message: () => "A 'From' phone number is required.",
  },
  { holds: (fields) => field(fields, 'Body') !== '', code: 21602, message: () => 'Message body is required.' },
  {
    holds: (fields) => /^\+[1-9][0-9]{6,14}$/.test(field(fields, 'To')),
    code: 21211,
    message: (fields) => `Invalid 'To' Phone Number: ${field(fields, 'To')}`,
  },
  {
    // E.164, a short code, or an alphanumeric sender ID of up to 11 characters with a letter in it.
    holds: (fields) =>
      !fields.has('From') ||
      /^(\+[1-9][0-9]{6,14}|[0-9]{5,6}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/.test(field(fields, 'From')),
    code: 21212,
    message: (fields) => `Invalid From Number (caller ID): ${field(fields, 'From')}`,
  },
  {
    holds: (fields) =>
      !fields.has('MessagingServiceSid') || /^MG[0-9a-fA-F]{32}$/.test(field(fields, 'MessagingServiceSid')),
    code: 21701,
    message: () => 'The messaging service does not exist',
  },
  {
    holds: (fields) => field(fields, 'Body').length <= 1600,
    code: 21617,
    message: () => 'The concatenated message body exceeds the 1600 character limit',
  },
]

function refusedMessage(fields: URLSearchParams): Refusal | null {
  const rule = rules.find(({ holds }) => !holds(fields))
  return rule === undefined ? null : { status: 400, code: rule.code, message: rule.message(fields) }
}

/** The message resource as it stands right after it was created. */
function resource(fields: URLSearchParams, serial: number): Record<string, unknown> {
  const sid = `SM${serial.toString(16).padStart(32, '0')}`
  const uri = `/2010-04-01/Accounts/${accountSid}/Messages/${sid}`
  const created = 'Thu, 24 Aug 2023 05:01:45 +0000'
  return {
    account_sid: accountSid,
    api_version: '2010-04-01',
    body: field(fields, 'Body'),
    date_created: created,
    date_sent: null,
    date_updated: created,
    direction: 'outbound-api',
    error_code: null,
    error_message: null,
    from: fields.get('From'),
    messaging_service_sid: fields.get('MessagingServiceSid'),
    num_media: '0',
    num_segments: String(segments(field(fields, 'Body'))),
    price: null,
    price_unit: null,
    sid,
    status: fields.has('MessagingServiceSid') ? 'accepted' : 'queued',
    subresource_uris: { media: `${uri}/Media.json` },
    to: field(fields, 'To'),
    uri: `${uri}.json`,
  }
}

/** A message of several parts spends a header in each: 153 septets or 67 UTF-16 units are left. */
function segments(text: string): number {
  const count = septets(text)
  const [size, whole, part] = count === null ? [text.length, 70, 67] : [count, 160, 153]
  return size <= whole ? 1 : Math.ceil(size / part)
}

function field(fields: URLSearchParams, name: string): string {
  return fields.get(name) ?? ''
}

function reply(response: ServerResponse, status: number, body: Record<string, unknown>): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
