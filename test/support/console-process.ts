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
  stop(): Promise<void>
}

const root = join(import.meta.dirname, '../..')
const main = join(root, 'apps/console/dist/server/main.js')
const origin = 'https://console.example'

export async function startProcesses(count: number): Promise<ConsoleProcesses> {
  // Nothing to do after `npm test` has built it.
  const builder = pathToFileURL(join(root, 'tools/build.mjs')).href
  await ((await import(builder)) as { buildIfStale(): Promise<unknown> }).buildIfStale()
  const [database, smtp, ports] = await Promise.all([temporaryDatabase(), startSmtpServer(), freePorts(count)])
  const folder = mkdtempSync(join(tmpdir(), 'console-'))
  const env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    SALLYPORT_ORIGIN: origin,
    SALLYPORT_KEYS: randomBytes(32).toString('base64url'),
    SALLYPORT_DATABASE_URL: database.url,
    SALLYPORT_DATA: folder,
    SALLYPORT_SMTP_URL: smtp.url,
    SALLYPORT_MAIL_FROM: 'console@console.example',
    LOG_LEVEL: 'error',
  }
  // At once, so that each finds a database that is as empty as it is to the other.
  const processes = ports.map((port) =>
    spawn(process.execPath, [main], { env: { ...env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'pipe'] }),
  )
  const own = openDatabase({ connectionString: database.url })
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map(ended))
    await own.close()
    await smtp.close()
    await database.drop()
    rmSync(folder, { recursive: true })
  }
  try {
    await Promise.all(processes.map((each, index) => reachable(each, ports[index] ?? 0)))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    places: ports.map((port) => `http://127.0.0.1:${port}`),
    smtp,
    accounts: createAccounts({ database: own.database, clock: () => Date.now(), random: randomBytes }),
    stop,
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

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

/** Until someone listens there; a process that ends before says why. */
async function reachable(child: ChildProcess, port: number): Promise<void> {
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
