import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresStore } from 'sallyport/store/postgres'
import { sqliteStore } from 'sallyport/store/sqlite'
import { openDatabase } from '../../apps/console/server/database/open.ts'
import { builtConsole, freePorts, launchConsole, reachable } from '../support/console-process.ts'
import { type DatabaseName, runConsole, type RunningConsole, type Stores } from '../support/console.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import { startSmtpServer, type TestSmtpServer } from '../support/smtp-server.ts'

/** A console of which one process after the other is killed, while its database, its port and its mail server stay. */
export interface Killable {
  /** Where its process listens, whichever it is. */
  readonly place: string
  readonly smtp: TestSmtpServer
  readonly where: RunningConsole['where']
  start(): Promise<void>
  /** `SIGKILL`: nothing that the process has begun is finished. */
  kill(): Promise<void>
  /** Works with the console in this process, on the same data. While it does there must be no other. */
  within<Result>(work: (running: RunningConsole) => Promise<Result>): Promise<Result>
  end(): Promise<void>
}

export async function killableConsole(on: DatabaseName): Promise<Killable> {
  await builtConsole()
  const folder = mkdtempSync(join(tmpdir(), 'killed-'))
  const [smtp, [port = 0]] = await Promise.all([startSmtpServer(), freePorts(1)])
  const database = on === 'PostgreSQL' ? await temporaryDatabase({ flushed: true }) : null
  const databaseUrl = database?.url ?? null
  const files = [join(folder, 'console.db'), join(folder, 'mfa.db')] as const
  const where = databaseUrl === null ? { files } : { url: databaseUrl }
  const keys = randomBytes(32).toString('base64url')
  let running: ChildProcess | null = null

  async function kill(): Promise<void> {
    if (running === null) return
    const over = once(running, 'exit')
    running.kill('SIGKILL')
    running = null
    await over
  }

  return {
    place: `http://127.0.0.1:${port}`,
    smtp,
    where,
    kill,
    async start() {
      running = launchConsole({ keys, smtp: smtp.url, folder, databaseUrl }, port)
      await reachable(running, port)
    },
    async within(work) {
      const console = await runConsole({ keys: [keys], stores: storesAt(where) })
      try {
        return await work(console)
      } finally {
        await console.close()
      }
    },
    async end() {
      await kill()
      await smtp.close()
      await database?.drop()
      rmSync(folder, { recursive: true })
    },
  }
}

function storesAt(where: RunningConsole['where']): Stores {
  const remove = (): Promise<void> => Promise.resolve()
  if ('url' in where) {
    const connectionString = where.url
    return { database: openDatabase({ connectionString }), store: postgresStore({ connectionString }), where, remove }
  }
  const [console = '', mfa = ''] = where.files
  return { database: openDatabase({ file: console }), store: sqliteStore({ file: mfa }), where, remove }
}
