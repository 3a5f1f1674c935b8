import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { EmailSender, Limits, Profile, SmsSender, Store } from 'sallyport'
import { postgresStore } from 'sallyport/store/postgres'
import { type KeptMessages, keptMessages, type MovingClock, movingClock } from 'sallyport/testing'
import type { EmailMessage, SmsMessage } from 'sallyport'
import { limitsFor } from '../../packages/sallyport/src/policy/limits.ts'
import { type Console, type ConsoleOptions, createConsole } from '../../apps/console/server/app.ts'
import { type OpenDatabase, openDatabase } from '../../apps/console/server/database/open.ts'
import { temporaryDatabase } from './postgres.ts'
import { temporaryFiles } from './sqlite.ts'

export type DatabaseName = 'SQLite' | 'PostgreSQL'
export const databases: readonly DatabaseName[] = ['SQLite', 'PostgreSQL']

/** All tests come from one place. Where that is not the matter, what is limited by place, by account or by range has room. */
const roomy = {
  triesPerNetwork: 10_000,
  sendsPerNetwork: 10_000,
  sendsPerAccount: 1000,
  sendsPerRange: 10_000,
  sendsPerDialCode: 10_000,
} as const satisfies Partial<Limits>

/** What a deployment has that sets none. */
export const realLimits = limitsFor('standard')

export interface RunningConsole {
  readonly origin: string
  readonly console: Console
  readonly clock: MovingClock
  /** What was sent, unless the test brought senders of its own. */
  readonly emails: KeptMessages<EmailMessage>
  readonly texts: KeptMessages<SmsMessage>
  /** Every line that the console has logged. */
  readonly log: string[]
  /** The SQLite files, or the PostgreSQL database. */
  readonly where: { readonly files: readonly string[] } | { readonly url: string }
  close(): Promise<void>
}

export interface RunOptions {
  readonly on?: DatabaseName
  /** On top of `roomy`. `realLimits`: those that people meet. */
  readonly limits?: Partial<Limits>
  readonly profile?: Profile
  readonly email?: EmailSender
  readonly sms?: SmsSender
  readonly smsCountries?: ConsoleOptions['smsCountries']
  readonly deadline?: (milliseconds: number) => AbortSignal
  readonly pages?: string
  readonly keys?: readonly string[]
  readonly enforcement?: ConsoleOptions['enforcement']
  readonly providers?: ConsoleOptions['providers']
  readonly resolveTxt?: ConsoleOptions['resolveTxt']
  readonly ssoIssuers?: ConsoleOptions['ssoIssuers']
  /** `['127.0.0.0/8', '::1']`: then each request comes from whom its `X-Forwarded-For` names. */
  readonly trustedProxies?: ConsoleOptions['trustedProxies']
  readonly keyOptions?: ConsoleOptions['keyOptions']
  readonly passkeySignIn?: ConsoleOptions['passkeySignIn']
  /** Answers instead of the console where it does not give null: a way in that is not ours, to see whether it is found. */
  readonly besides?: (request: Request, console: Console) => Promise<Response | null>
  /** Databases that are there already, in place of `on` and new ones. */
  readonly stores?: Stores
  /** As in development: every message can be read at /dev/outbox, and goes nowhere else. */
  readonly outbox?: (clock: MovingClock) => NonNullable<ConsoleOptions['outbox']>
}

export interface Stores {
  readonly database: OpenDatabase
  readonly store: Store
  readonly where: RunningConsole['where']
  /** What is done with them once the console is closed. */
  remove(): Promise<void>
}

/** The console as it runs, on a port of its own, on a clock that only the test moves. */
export async function runConsole(options: RunOptions = {}): Promise<RunningConsole> {
  const server = createServer()
  const origin = await listening(server)
  const clock = movingClock()
  const emails = keptMessages<EmailMessage>()
  const texts = keptMessages<SmsMessage>()
  const log: string[] = []
  const stores = options.stores ?? (await (options.on === 'PostgreSQL' ? onPostgres() : onSqlite()))
  const console = createConsole({
    origin,
    keys: options.keys ?? [randomBytes(32).toString('base64url')],
    database: stores.database,
    store: stores.store,
    senders: { email: options.email ?? emails, sms: options.sms ?? texts },
    outbox: options.outbox?.(clock) ?? null,
    pages: options.pages ?? join(import.meta.dirname, '../../apps/console/dist/web'),
    log: {
      info: (fields, message) => log.push(JSON.stringify({ ...fields, message })),
      error: (fields, message) => log.push(JSON.stringify({ ...fields, message })),
    },
    clock,
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    limits: { ...roomy, ...options.limits },
    ...(options.smsCountries === undefined ? {} : { smsCountries: options.smsCountries }),
    ...(options.deadline === undefined ? {} : { deadline: options.deadline }),
    ...(options.enforcement === undefined ? {} : { enforcement: options.enforcement }),
    ...(options.providers === undefined ? {} : { providers: options.providers }),
    ...(options.resolveTxt === undefined ? {} : { resolveTxt: options.resolveTxt }),
    ...(options.ssoIssuers === undefined ? {} : { ssoIssuers: options.ssoIssuers }),
    ...(options.trustedProxies === undefined ? {} : { trustedProxies: options.trustedProxies }),
    ...(options.keyOptions === undefined ? {} : { keyOptions: options.keyOptions }),
    ...(options.passkeySignIn === undefined ? {} : { passkeySignIn: options.passkeySignIn }),
  })
  await console.migrate()
  const { besides } = options
  const listener = getRequestListener(
    async (request, env) =>
      (besides === undefined ? null : await besides(request, console)) ?? (await console.fetch(request, env as never)),
  )
  server.on('request', (incoming, outgoing) => void listener(incoming, outgoing))
  return {
    origin,
    console,
    clock,
    emails,
    texts,
    log,
    where: stores.where,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await console.close()
      await stores.remove()
    },
  }
}

/** `localhost`, because browsers take it for a secure context and keep `Secure` cookies for it. */
async function listening(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

async function onSqlite(): Promise<Stores> {
  const { files, database, store, remove } = await temporaryFiles()
  return { database, store, where: { files }, remove: async () => remove() }
}

async function onPostgres(): Promise<Stores> {
  const { url, drop } = await temporaryDatabase()
  return {
    database: openDatabase({ connectionString: url }),
    store: postgresStore({ connectionString: url }),
    where: { url },
    remove: drop,
  }
}
