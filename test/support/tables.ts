import { existsSync, readFileSync } from 'node:fs'
import Libsql from 'libsql'
import pg from 'pg'
import type { RunningConsole } from './console.ts'

// eslint-disable-next-line typescript/no-explicit-any -- rows of any table, as the database gives them
export type Row = Record<string, any>

/** What a thief of the database reads: every row of every table, without going through the console. */
export async function tablesOf(running: Pick<RunningConsole, 'where'>): Promise<Record<string, Row[]>> {
  const tables: Record<string, Row[]> = {}
  if ('files' in running.where) {
    for (const file of running.where.files) {
      const database = new Libsql(file, { timeout: 5000 })
      for (const { name } of database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).all() as Row[]) {
        tables[name] = database.prepare(`SELECT * FROM "${name}"`).all() as Row[]
      }
      database.close()
    }
    return tables
  }
  return await connected(running.where.url, async (client) => {
    const { rows } = await client.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)
    for (const { tablename } of rows) tables[tablename] = (await client.query(`SELECT * FROM "${tablename}"`)).rows
    return tables
  })
}

/** Every byte of the SQLite files, what was deleted and the write-ahead log included; nothing on PostgreSQL. */
export function bytesOf(running: RunningConsole): string {
  if (!('files' in running.where)) return ''
  const files = running.where.files.flatMap((file) => [file, `${file}-wal`, `${file}-journal`])
  return files
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'latin1'))
    .join('\n')
}

/** Changes the database behind the console's back. */
export async function execute(running: RunningConsole, table: string, statement: string): Promise<void> {
  if ('url' in running.where) {
    await connected(running.where.url, (client) => client.query(statement))
    return
  }
  for (const file of running.where.files) {
    const database = new Libsql(file, { timeout: 5000 })
    const found = database.prepare(`SELECT 1 AS found FROM sqlite_master WHERE name = ?`).all(table)
    if (found.length === 1) database.exec(statement)
    database.close()
  }
}

export async function audit(running: RunningConsole, event?: string): Promise<Row[]> {
  const entries = (await tablesOf(running))['sallyport_audit'] ?? []
  // PostgreSQL puts a row where there is room, which need not be behind the one before.
  entries.sort((one, other) => Number(one['at']) - Number(other['at']))
  return entries.filter((entry) => event === undefined || entry['event'] === event)
}

export async function accountIdOf(running: RunningConsole, email: string): Promise<string> {
  const accounts = (await tablesOf(running))['account'] ?? []
  return accounts.find((account) => account['email'] === email)?.['id']
}

/** Everything that an attack must leave as it was: all but the audit log, which may only grow. */
export async function stateOf(running: RunningConsole): Promise<string> {
  const { sallyport_audit: _, ...tables } = await tablesOf(running)
  const rows = Object.entries(tables).map(([name, all]) => [name, all.map((row) => JSON.stringify(row)).sort()])
  return JSON.stringify({ rows, emails: running.emails.messages.length, texts: running.texts.messages.length }, null, 1)
}

async function connected<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
