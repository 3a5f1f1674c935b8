import { createHash } from 'node:crypto'
import Libsql from 'libsql'
import pg from 'pg'
import type { RunningConsole } from '../support/console.ts'
import type { Row } from '../support/tables.ts'

/** A digest of the rows of each table, by the name of the table. */
export type Rows = ReadonlyMap<string, string>

/** Reads the same tables over and over, many times a second. */
export interface Watching {
  rows(): Promise<Rows>
  close(): Promise<void>
}

/** Grow with every try, whatever becomes of it, or are emptied when there is time. */
const growing: ReadonlySet<string> = new Set(['sallyport_audit', 'sallyport_notice', 'sallyport_rate'])

/** Count tries, or say when something was last used. */
const counters = [
  'failures',
  'last_seen_at',
  'last_used_at',
  'locked_until',
  'locks',
  'tries',
  'wrong_passwords',
  'wrong_told_at',
] as const

export async function watching({ where }: RunningConsole): Promise<Watching> {
  return 'url' in where ? await onPostgres(where.url) : onSqlite(where.files)
}

/** The tables whose rows are not what they were. */
export function changedIn(before: Rows, after: Rows): readonly string[] {
  return [...after.keys()].filter((name) => before.get(name) !== after.get(name))
}

function onSqlite(files: readonly string[]): Watching {
  const open = files.map((file) => {
    const database = new Libsql(file, { timeout: 5000 })
    const names = database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).all() as { name: string }[]
    const tables = names
      .filter(({ name }) => !growing.has(name))
      .map(({ name }) => ({ name, select: database.prepare(`SELECT * FROM "${name}" ORDER BY rowid`) }))
    return { database, tables, version: -1, digests: new Map<string, string>() }
  })
  return {
    rows() {
      for (const each of open) {
        // Changes when another connection has written anything (https://www.sqlite.org/pragma.html#pragma_data_version).
        const { data_version: version } = each.database.prepare('PRAGMA data_version').all()[0] as Row
        if (version === each.version) continue
        each.version = version
        for (const { name, select } of each.tables) each.digests.set(name, digestOf(select.all() as Row[]))
      }
      return Promise.resolve(new Map(open.flatMap(({ digests }) => [...digests])))
    },
    close() {
      for (const { database } of open) database.close()
      return Promise.resolve()
    },
  }
}

async function onPostgres(url: string): Promise<Watching> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const found = await client.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
  )
  const without = counters.map((name) => `'${name}'`).join(', ')
  const digests = found.rows
    .filter(({ name }) => !growing.has(name))
    .map(
      ({ name }) =>
        `SELECT '${name}' AS name, coalesce(string_agg(text, '' ORDER BY text), '') AS digest
          FROM (SELECT md5((to_jsonb(t) - ARRAY[${without}])::text) AS text FROM "${name}" t) AS texts`,
    )
  const all = digests.join(' UNION ALL ')
  return {
    async rows() {
      const { rows } = await client.query<{ name: string; digest: string }>(all)
      return new Map(rows.map(({ name, digest }) => [name, digest]))
    },
    close: () => client.end(),
  }
}

function digestOf(rows: readonly Row[]): string {
  const hash = createHash('sha256')
  for (const row of rows) {
    const kept = { ...row }
    for (const name of counters) delete kept[name]
    hash.update(JSON.stringify(kept)).update('\n')
  }
  return hash.digest('base64url')
}
