import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import PostalMime from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { Connections } from './connections.ts'
import { Inbox } from './inbox.ts'

export interface ReceivedEmail {
  /** Addresses of the envelope: who it was really sent by and to. */
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html: string
  /** Names in lower case, in the order of the message. */
  readonly headers: readonly { readonly key: string; readonly value: string }[]
  readonly raw: string
}

/** `hang` takes the connection and never says a word; `refuse` turns every recipient down, by name. */
export type SmtpMode = 'accept' | 'hang' | 'refuse'

export interface TestSmtpServer {
  /** With the user and password that the server insists on. */
  readonly url: string
  readonly inbox: Inbox<ReceivedEmail>
  readonly connections: Connections
  mode: SmtpMode
  close(): Promise<void>
}

const user = 'sallyport'
const password = 'p@ss: wörd/#%'

/** A real SMTP server on a free port of this machine. */
export async function startSmtpServer(mode: SmtpMode = 'accept'): Promise<TestSmtpServer> {
  const inbox = new Inbox<ReceivedEmail>()
  const state = { mode }
  const server = new SMTPServer({
    ...behaviour(state, inbox),
    logger: false,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    closeTimeout: 1,
  })
  const connections = new Connections(server.server)
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}`,
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

function behaviour(state: { readonly mode: SmtpMode }, inbox: Inbox<ReceivedEmail>): SMTPServerOptions {
  return {
    onConnect(_session, callback) {
      if (state.mode !== 'hang') callback()
    },
    onAuth(auth, _session, callback) {
      if (auth.username === user && auth.password === password) callback(null, { user })
      else callback(new Error('wrong user or password'))
    },
    onRcptTo(address, _session, callback) {
      callback(
        state.mode === 'refuse'
          ? Object.assign(new Error(`no mailbox ${address.address} here`), { responseCode: 550 })
          : null,
      )
    },
    onData(stream, session, callback) {
      const { mailFrom, rcptTo } = session.envelope
      const envelope = {
        from: mailFrom === false ? '' : mailFrom.address,
        to: rcptTo.map((recipient) => recipient.address),
      }
      readText(stream)
        .then(async (raw) => ({ raw, parsed: await PostalMime.parse(raw) }))
        .then(({ raw, parsed: { subject = '', text = '', html = '', headers } }) => {
          inbox.add({ ...envelope, subject, text, html, headers, raw })
          callback()
        })
        .catch(callback)
    },
  }
}
