import { SallyportError } from '../contract/errors.ts'
import type { SmsSender } from '../contract/sender.ts'

/** The account's auth token, or better an API key, which can be revoked by itself. */
type Credential =
  | { readonly authToken: string }
  | { readonly apiKey: { readonly sid: string; readonly secret: string } }

/** Who messages come from: a number or name of the account, or a messaging service (`MG…`) that picks one. */
type Origin = { readonly from: string } | { readonly messagingServiceSid: string }

export type TwilioOptions = Credential &
  Origin & {
    /** `AC` and 32 hexadecimal digits. */
    readonly accountSid: string
    /** `https://api.twilio.com` by default. Plain http is taken for this machine only. */
    readonly baseUrl?: string
    /** The global `fetch` by default. */
    readonly fetch?: typeof fetch
  }

/** Text messages through Twilio's REST API (Messages resource, version 2010-04-01). Throws `delivery_failed` with Twilio's numeric error code. */
export function twilio(options: TwilioOptions): SmsSender {
  const { accountSid } = options
  if (!/^AC[0-9a-fA-F]{32}$/.test(accountSid)) {
    throw new SallyportError('option_invalid', 'twilio: accountSid must be AC and 32 hexadecimal digits')
  }
  const url = new URL(
    `/2010-04-01/Accounts/${accountSid}/Messages.json`,
    trusted(options.baseUrl ?? 'https://api.twilio.com'),
  )
  const [user, password] =
    'apiKey' in options ? [options.apiKey.sid, options.apiKey.secret] : [accountSid, options.authToken]
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const origin = 'from' in options ? { From: options.from } : { MessagingServiceSid: options.messagingServiceSid }
  const request = options.fetch ?? fetch
  return {
    name: 'twilio',
    async send({ to, text }, signal) {
      const body = new URLSearchParams({ To: to, ...origin, Body: text })
      const response = await request(url, {
        method: 'POST',
        headers: { authorization },
        body,
        signal,
        redirect: 'error',
      }).catch((error: unknown) => failed(signal.aborted ? 'out of time' : `not reached (${systemCode(error)})`))
      if (response.status === 201) {
        // Read to the end so that the connection can be used again; what it says changes nothing any more.
        void response.arrayBuffer().catch(() => undefined)
        return
      }
      const problem: unknown = await response.json().catch(() => null)
      failed(`HTTP ${response.status}, error ${twilioCode(problem)}`)
    },
  }
}

/** Neither Twilio's own message nor the transport's error is passed on: both can quote the number. */
function failed(what: string): never {
  throw new SallyportError('delivery_failed', `twilio: ${what}`)
}

function twilioCode(problem: unknown): string {
  const code: unknown = typeof problem === 'object' && problem !== null && 'code' in problem ? problem.code : null
  return typeof code === 'number' ? String(code) : 'unknown'
}

function systemCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : null
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'network error'
}

/** The credential and the code go to this address: over TLS, or not off this machine. */
function trusted(baseUrl: string): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null
  const local = url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url === null || !(url.protocol === 'https:' || local)) {
    throw new SallyportError('option_invalid', 'twilio: baseUrl must be an https URL')
  }
  return url
}
