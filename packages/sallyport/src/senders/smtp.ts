import { createTransport } from 'nodemailer'
import { SallyportError } from '../contract/errors.ts'
import type { EmailSender } from '../contract/sender.ts'

export interface SmtpOptions {
  /**
   * `smtps://user:password@host:465` (TLS from the start) or `smtp://user:password@host:587` (STARTTLS, and nothing is sent
   * without it; only a server on this machine may do without TLS). User and password are percent-encoded.
   */
  readonly url: string
  /** Who it comes from: `name@example.com` or `Name <name@example.com>`. */
  readonly from: string
}

/**
 * E-mail through an SMTP server. Each message has a connection of its own, which is closed when the message is taken or
 * `signal` is aborted, so there is nothing to close at shutdown. Throws `delivery_failed` with the server's reply code.
 */
export function smtp(options: SmtpOptions): EmailSender {
  const transport = createTransport({ ...connection(options.url), disableFileAccess: true, disableUrlAccess: true })
  return {
    name: 'smtp',
    async send({ to, subject, text, html }, signal) {
      // A newline would end a header or an SMTP command; a comma would make two recipients of one.
      if (/[\s\p{C}<>,;:"()[\]\\]/u.test(to)) throw new SallyportError('delivery_failed', 'smtp: not a single address')
      try {
        await transport.sendMail({ from: options.from, to: { name: '', address: to }, subject, text, html, signal })
      } catch (error) {
        // Nodemailer's error is not passed on: it holds the address and the server's words about it.
        throw new SallyportError('delivery_failed', `smtp: ${signal.aborted ? 'out of time' : reasonOf(error)}`)
      }
    },
  }
}

function connection(text: string) {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '' || url.search !== '') {
    throw new SallyportError(
      'option_invalid',
      'smtp: url must be smtp://host:port or smtps://host:port, without a query',
    )
  }
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? (secure ? 465 : 587) : Number(url.port)
  const local = ['localhost', '127.0.0.1', '::1'].includes(host)
  return {
    host,
    port,
    secure,
    requireTLS: !local,
    ignoreTLS: local,
    ...(url.username === '' ? {} : { auth: credentials(url) }),
  }
}

function credentials(url: URL): { user: string; pass: string } {
  try {
    return { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
  } catch {
    throw new SallyportError('option_invalid', 'smtp: user and password in url must be percent-encoded')
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'failed'
  return 'responseCode' in error && typeof error.responseCode === 'number'
    ? `${code}, reply ${error.responseCode}`
    : code
}
