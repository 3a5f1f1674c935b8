import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createAccounts } from '../../apps/console/server/accounts/accounts.ts'
import { openDatabase } from '../../apps/console/server/database/open.ts'
import { temporaryDatabase } from './postgres.ts'
import { startSmtpServer, type TestSmtpServer } from './smtp-server.ts'
import { Visitor } from './visitor.ts'

/** Several processes of the console as production runs them: one database, one origin, the same keys. */
export interface ConsoleProcesses {
  /** Where each of them listens. */
  readonly places: readonly string[]
  readonly smtp: TestSmtpServer
  /** In the test's own process, to make people with. */
  readonly accounts: ReturnType<typeof createAccounts>
  readonly databaseUrl: string
  /** Starts one more; where it listens. Asked to end, it goes on for `drainSeconds`, by default not at all. */
  another(drainSeconds?: number): Promise<string>
  /** Asks one of them to end, as an orchestrator does, or once more; its exit code, once it has. */
  end(place: string): Promise<number | null>
  stop(): Promise<void>
}

const root = join(import.meta.dirname, '../..')
const main = join(root, 'apps/console/dist/server/main.js')
const origin = 'https://console.example'

/** Nothing to do after `npm test` has built it. */
export async function builtConsole(): Promise<void> {
  const builder = pathToFileURL(join(root, 'tools/build.mjs')).href
  await ((await import(builder)) as { buildIfStale(): Promise<unknown> }).buildIfStale()
}

/** What all processes of one console are told. They believe this machine when it says for whom it passes a request on. */
export interface Surroundings {
  readonly keys: string
  readonly smtp: string
  /** Of the SQLite files, where there is no PostgreSQL database. */
  readonly folder: string
  readonly databaseUrl: string | null
}

/** One process of the console as production runs it. */
export function launchConsole(
  { keys, smtp, folder, databaseUrl }: Surroundings,
  port: number,
  drainSeconds = 0,
): ChildProcess {
  const env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    PORT: String(port),
    SALLYPORT_ORIGIN: origin,
    SALLYPORT_KEYS: keys,
    SALLYPORT_DATA: folder,
    SALLYPORT_SMTP_URL: smtp,
    SALLYPORT_MAIL_FROM: 'console@console.example',
    SALLYPORT_TRUSTED_PROXIES: '127.0.0.1',
    SALLYPORT_DRAIN_SECONDS: String(drainSeconds),
    LOG_LEVEL: 'error',
    ...(databaseUrl === null ? {} : { SALLYPORT_DATABASE_URL: databaseUrl }),
  }
  return spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

export async function startProcesses(count: number): Promise<ConsoleProcesses> {
  await builtConsole()
  const [database, smtp, ports] = await Promise.all([temporaryDatabase(), startSmtpServer(), freePorts(count)])
  const folder = mkdtempSync(join(tmpdir(), 'console-'))
  const keys = randomBytes(32).toString('base64url')
  const surroundings = { keys, smtp: smtp.url, folder, databaseUrl: database.url }
  const processes = new Map<string, ChildProcess>()
  const start = async (port: number, drainSeconds?: number): Promise<string> => {
    const place = `http://127.0.0.1:${port}`
    const child = launchConsole(surroundings, port, drainSeconds)
    processes.set(place, child)
    await reachable(child, port)
    return place
  }
  const own = openDatabase({ connectionString: database.url })
  const stop = async (): Promise<void> => {
    await Promise.all([...processes.values()].map(ended))
    await own.close()
    await smtp.close()
    await database.drop()
    rmSync(folder, { recursive: true })
  }
  try {
    // At once, so that each finds a database that is as empty as it is to the other.
    const places = await Promise.all(ports.map((port) => start(port)))
    return {
      places,
      smtp,
      accounts: createAccounts({ database: own.database, clock: () => Date.now(), random: randomBytes }),
      databaseUrl: database.url,
      async another(drainSeconds) {
        const [port = 0] = await freePorts(1)
        return await start(port, drainSeconds)
      },
      async end(place) {
        const child = processes.get(place)
        if (child === undefined) throw new Error(`nothing listens at ${place}`)
        await ended(child)
        return child.exitCode
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A browser that a load balancer leads to one of the processes; to all of them the pages are those of the one origin. */
export class BalancedVisitor extends Visitor {
  override request(path: string, sent: Parameters<Visitor['request']>[1] = {}): ReturnType<Visitor['request']> {
    return super.request(path, { ...sent, headers: { origin, ...sent.headers } })
  }

  /** The same browser, at another process. */
  at(place: string): BalancedVisitor {
    const there = new BalancedVisitor(place)
    for (const [name, value] of this.cookies) there.cookies.set(name, value)
    return there
  }
}

export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

/** Until someone listens there; a process that ends before says why. */
export async function reachable(child: ChildProcess, port: number): Promise<void> {
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`the console ended with ${child.exitCode}: ${said}`)
  }
}

/** Tries for a moment, because a port where nobody listens refuses at once. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (reached: boolean) => () => {
      socket.destroy()
      resolve(reached)
    }
    socket.once('connect', end(true)).once('error', () => setTimeout(end(false), 25))
  })
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const over = once(child, 'exit')
  child.kill('SIGTERM')
  await over
}
