import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { HttpBindings } from '@hono/node-server'
import { pino } from 'pino'
import type { Limits } from 'sallyport'
import { createConsole } from './app.ts'
import type { Console, ConsoleOptions } from './app.ts'
import { readConfig } from './config.ts'
import type { Config } from './config.ts'
import { keysIn, openDataFolder } from './data-folder.ts'
import { openDatabase } from './database/open.ts'
import type { OpenDatabase } from './database/open.ts'
import { createOutbox } from './dev/outbox.ts'
import type { Outbox } from './dev/outbox.ts'
import type { Known } from './dev/people.ts'
import type { DevelopmentProvider } from './dev/provider.ts'
import { ending } from './ending.ts'
import { inTime, systemDeadline } from './in-time.ts'
import { openStore, sqliteFile } from './mfa-store.ts'
import { sendersOf } from './senders.ts'
import { serving } from './serving.ts'
import type { Serving } from './serving.ts'
import { startFault } from './start-fault.ts'
import type { ResolveTxt } from './teams/administration/txt-records.ts'

const deliverEveryMs = 10_000
const purgeEveryMs = 60_000
/** So long the requests that are under way have when the process is to end, and then what goes on without one. */
const requestsMs = 10_000
const closingMs = 15_000
const hourMs = 3_600_000

/** Someone who tries things out sends more codes in an hour than a thief should in a day. */
const developmentLimits: Partial<Limits> = {
  resendSeconds: 10,
  sendsPerTenMinutes: 100,
  sendsPerHour: 200,
  sendsPerDay: 1000,
  contactsPerHour: 100,
  contactsPerDay: 100,
}

/** Slow or endless headers and bodies are cut off (THREATS DS-05, PA-13). */
const serverOptions = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16_384,
}

try {
  await start(readConfig(process.env))
} catch (error) {
  const line = startFault(error)
  if (line === null) throw error
  process.stderr.write(`${line}\n`)
  // At once: nothing that was opened on the way here has anything to finish.
  process.exit(1)
}

async function start(config: Config): Promise<void> {
  // What is made in the data folder is for its owner alone.
  process.umask(0o077)
  const needsFolder = config.development || config.databaseUrl === null
  if (needsFolder) openDataFolder(config.dataFolder)
  const outbox = config.development ? createOutbox(() => Date.now()) : null
  const example = config.development ? await exampleProvider(config) : null
  const options = await optionsOf(config, outbox, example)
  const app = createConsole(options)
  await app.migrate()
  // Into files of development's own, never into a database that production might be pointed at.
  const seeds = config.development && config.databaseUrl === null
  const known = seeds ? await seed(options, config.dataFolder, example) : null
  keepUp(app, config, await listen(app, config), example)
  if (config.development) process.stdout.write(await greeting(config, options, known ?? new Map(), example))
}

async function optionsOf(
  config: Config,
  outbox: Outbox | null,
  example: DevelopmentProvider | null,
): Promise<ConsoleOptions> {
  const senders = await sendersOf(config, outbox)
  const database = openDatabase(
    config.databaseUrl === null ? { file: sqliteFile(config, 'console') } : { connectionString: config.databaseUrl },
  )
  return {
    origin: config.origin,
    keys: config.keys ?? keysIn(config.dataFolder),
    database,
    store: await openStore(config),
    senders,
    outbox,
    pages: pagesFolder(),
    log: pino({ level: config.logLevel, base: null }),
    smsCountries: config.smsCountries ?? undefined,
    enforcement: config.enforcement,
    providers: example === null ? config.providers : [...config.providers, example.provider],
    trustedProxies: config.trustedProxies,
    ssoIssuers: example === null ? config.ssoIssuers : [...config.ssoIssuers, example.provider.issuer],
    keyOptions: config.keyOptions,
    passkeySignIn: config.passkeySignIn,
    ...(config.development ? { resolveTxt: await exampleDns(database) } : {}),
    ...(config.development ? { limits: developmentLimits } : {}),
  }
}

/** On the next port. Null when something else is there: then there is one thing less to try. */
async function exampleProvider({ host, port, origin }: Config): Promise<DevelopmentProvider | null> {
  const { startProvider } = await import('./dev/provider.ts')
  const { people } = await import('./dev/people.ts')
  try {
    return await startProvider({ host, port: port + 1, origin, people: people.map(({ email }) => email) })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'EADDRINUSE' || code === 'EACCES' || code === 'ERR_SOCKET_BAD_PORT') return null
    throw error
  }
}

async function exampleDns({ database }: OpenDatabase): Promise<ResolveTxt> {
  const { developmentDns } = await import('./dev/dns.ts')
  return developmentDns(database)
}

/**
 * The people were set up an hour ago, as far as anyone can tell: so no pause keeps them from getting a code now. And they
 * were when their numbers were sent to, whichever are now.
 */
async function seed(
  options: ConsoleOptions,
  folder: string,
  example: DevelopmentProvider | null,
): Promise<ReadonlyMap<string, Known>> {
  let passed = -hourMs
  const clock = (): number => Date.now() + passed
  const pass = (milliseconds: number): void => void (passed += milliseconds)
  const outbox = createOutbox(clock)
  const { seedPeople } = await import('./dev/people.ts')
  const { seedTeam } = await import('./dev/team.ts')
  const console = createConsole({ ...options, smsCountries: undefined, clock, senders: outbox, outbox })
  const begun = clock()
  const known = await seedPeople({ console, outbox, folder, pass })
  const { database } = options.database
  await seedTeam(database, begun)
  if (example !== null) {
    const { seedSingleSignOn } = await import('./dev/single-sign-on.ts')
    await seedSingleSignOn({ ...options, database, since: begun, provider: example.provider, random: randomBytes })
  }
  return known
}

/** Beside the built server, or where the build will put them. */
function pagesFolder(): string {
  return join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? '../dist/web' : '../web')
}

function listen(app: Console, { host, port }: Config): Promise<Serving> {
  return new Promise((resolve, reject) => {
    const listener = getRequestListener((request, env) => app.fetch(request, env as HttpBindings))
    const server = createServer(serverOptions, (incoming, outgoing) => void listener(incoming, outgoing))
    const served = serving(server)
    server.once('error', reject)
    server.listen(port, host, () => resolve(served))
  })
}

/** The work that no request does, and the way out. */
function keepUp(app: Console, config: Config, served: Serving, example: DevelopmentProvider | null): void {
  const timers = [
    setInterval(() => void app.deliver(), deliverEveryMs),
    setInterval(() => void app.purge(), purgeEveryMs),
  ]
  for (const timer of timers) timer.unref()
  // What the process before this one could not deliver.
  void app.deliver()
  const stop = async (): Promise<void> => {
    // Whoever asks once more means at once.
    process.off('SIGINT', stopping).off('SIGTERM', stopping)
    for (const timer of timers) clearInterval(timer)
    void example?.close()
    await served.stop(AbortSignal.timeout(requestsMs))
    // A notice that is not delivered by then is in the database, and delivered by another process or the next one.
    await inTime(AbortSignal.timeout(closingMs), () => app.close())
  }
  const drain = (): void => app.drain()
  const asked = ending({ drain, stop, drainMs: config.drainSeconds * 1000, deadline: systemDeadline })
  const stopping = (): void => {
    asked().then(
      () => process.exit(0),
      () => {
        process.stderr.write('Stopped before everything that was under way had ended.\n')
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stopping).on('SIGTERM', stopping)
}

async function greeting(
  config: Config,
  options: ConsoleOptions,
  known: ReadonlyMap<string, Known>,
  example: DevelopmentProvider | null,
): Promise<string> {
  const { banner } = await import('./dev/banner.ts')
  const built = existsSync(join(options.pages, 'index.html'))
  return banner({ origin: config.origin, known, built, provider: example?.provider.issuer ?? null })
}
