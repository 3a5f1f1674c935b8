import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AuditEntry, Store } from 'sallyport'
import { postgresStore } from 'sallyport/store/postgres'
import { sqliteStore } from 'sallyport/store/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DatabaseName, databases } from '../support/console.ts'
import { temporaryDatabase } from '../support/postgres.ts'

const root = join(import.meta.dirname, '../..')
const start = Date.UTC(2027, 0, 31, 12)

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

beforeAll(async () => {
  // Nothing to do after `npm test` has built it.
  const builder = pathToFileURL(join(root, 'tools/build.mjs')).href
  await ((await import(builder)) as { buildIfStale(): Promise<unknown> }).buildIfStale()
}, 240_000)

const folders: string[] = []
const dropping: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const folder of folders) rmSync(folder, { recursive: true })
  for (const drop of dropping) await drop()
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'))
  folders.push(folder)
  return folder
}

/** What the console in production is started with, on an empty database. */
async function production(on: DatabaseName) {
  const folder = newFolder()
  const database = on === 'SQLite' ? null : await temporaryDatabase()
  if (database !== null) dropping.push(database.drop)
  const store: Store =
    database === null
      ? sqliteStore({ file: join(folder, 'mfa.db') })
      : postgresStore({ connectionString: database.url })
  await store.migrate()
  const env = {
    NODE_ENV: 'production',
    SALLYPORT_ORIGIN: 'https://console.example',
    SALLYPORT_KEYS: randomBytes(32).toString('base64url'),
    SALLYPORT_SMTP_URL: 'smtp://127.0.0.1:1',
    SALLYPORT_MAIL_FROM: 'console@console.example',
    SALLYPORT_DATA: folder,
    ...(database === null ? {} : { SALLYPORT_DATABASE_URL: database.url }),
  }
  return { store, env }
}

function entry(accountId: string | null, at: number, different: Partial<AuditEntry> = {}): AuditEntry {
  const id = randomBytes(16).toString('base64url')
  const none = { action: null, challengeId: null, enrollmentId: null, method: null, traceId: null }
  const from = { ip: '192.0.2.7', userAgent: 'Visitor/1.0' }
  return { ...none, ...from, id, at, event: 'mfa.enabled', outcome: 'ok', accountId, detail: {}, ...different }
}

function command(args: readonly string[], env: NodeJS.ProcessEnv) {
  const tool = join(root, 'tools/audit.mjs')
  return spawn(process.execPath, [tool, ...args], { env: { PATH: process.env['PATH'], ...env }, cwd: tmpdir() })
}

async function ended(child: ReturnType<typeof command>): Promise<Ended> {
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

const linesOf = (out: string): readonly unknown[] =>
  out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown)

describe.each(databases)('the command that writes the audit log, on %s', (on) => {
  let env: NodeJS.ProcessEnv
  const own = [0, 1, 2, 3].map((hour) =>
    entry(hour % 2 === 0 ? 'ada' : 'bob', start + hour * 3_600_000, {
      action: hour < 2 ? 'login' : 'mfa.disable',
      outcome: hour === 3 ? 'refused' : 'ok',
      detail: { purpose: 'sign in\nagain', count: hour },
    }),
  )
  const alone = entry(null, start)
  beforeAll(async () => {
    const made = await production(on)
    env = made.env
    await made.store.appendAudit([...own, alone])
    await made.store.close()
  })

  test('N2 · has every entry on a line, newest first, with all that is known of it', async () => {
    const { code, out, err } = await ended(command([], env))
    expect([code, err]).toEqual([0, ''])
    const all = [...own, alone].map((each) => ({ ...each, at: new Date(each.at).toISOString() }))
    expect(linesOf(out).slice(0, 3)).toEqual(all.slice(1, 4).toReversed())
    expect(linesOf(out)).toHaveLength(5)
    expect(linesOf(out)).toEqual(expect.arrayContaining(all))
  })

  test('N2 · is narrowed to accounts, an action, an outcome and a time', async () => {
    const [first, second, third, fourth] = own.map(({ id }) => id)
    for (const [args, ids] of [
      [
        ['--account', 'ada'],
        [third, first],
      ],
      [
        ['--account', 'ada', '--account=bob'],
        [fourth, third, second, first],
      ],
      [['--account', 'nobody'], []],
      [
        ['--action', 'mfa.disable'],
        [fourth, third],
      ],
      [['--outcome', 'refused'], [fourth]],
      [
        ['--from', '2027-01-31T13:00:00Z', '--to', '2027-01-31T15:00Z'],
        [third, second],
      ],
      [['--from', '2027-02-01'], []],
    ] as const) {
      const { code, out, err } = await ended(command(args, env))
      expect([args, code, err]).toEqual([args, 0, ''])
      expect((linesOf(out) as { id: string }[]).map(({ id }) => id)).toEqual(ids)
    }
  })
})

describe('the command that writes the audit log', () => {
  test('is there as `npm run audit`', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'apps/console/package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    expect(scripts['audit']).toBe('node ../../tools/audit.mjs')
  })

  test('says in one line what is wrong with what it was asked for, and ends with 2', async () => {
    const { store, env } = await production('SQLite')
    await store.close()
    for (const [args, said] of [
      [['--user', 'ada'], '--user'],
      [['ada'], 'ada'],
      [['--account'], '--account'],
      [['--outcome', 'none'], '--outcome'],
      [['--from', 'yesterday'], '--from'],
      [['--from', '2027-02-30'], '--from'],
      [['--to', '2027-01-31 12:00'], '--to'],
      [['--from', '2027-01-31', '--to', '2027-01-31'], '--to'],
    ] as const) {
      const { code, out, err } = await ended(command(args, env))
      expect([args, code, out]).toEqual([args, 2, ''])
      expect(err).toMatch(/^[^\n]+\.\n$/)
      expect(err).toContain(said)
    }
  })

  test('says in one line that there is no database, and makes none', async () => {
    const { store, env } = await production('SQLite')
    await store.close()
    const empty = newFolder()
    const none = await ended(command([], { ...env, SALLYPORT_DATA: empty }))
    expect([none.code, none.out, readdirSync(empty)]).toEqual([1, '', []])
    expect(none.err).toMatch(/^There is no database: .*mfa\.db does not exist\.\n$/)
    const unreachable = 'postgres://nobody@127.0.0.1:1/nothing'
    const away = await ended(command([], { ...env, SALLYPORT_DATABASE_URL: unreachable }))
    expect([away.code, away.out, away.err.split('\n').length]).toEqual([1, '', 2])
    const unset = await ended(command([], { ...env, SALLYPORT_KEYS: '' }))
    expect([unset.code, unset.err]).toEqual([1, expect.stringMatching(/^SALLYPORT_KEYS is required[^\n]*\n$/)])
  })

  test('ends quietly when whoever was reading has had enough', async () => {
    const { store, env } = await production('SQLite')
    await store.appendAudit(Array.from({ length: 20_000 }, (_, index) => entry('ada', start + index)))
    await store.close()
    const child = command([], env)
    let err = ''
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    await once(child.stdout, 'data')
    child.stdout.destroy()
    const [code] = (await once(child, 'exit')) as [number | null]
    expect([code, err]).toEqual([0, ''])
  })
})
