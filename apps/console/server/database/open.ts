import LibsqlDatabase from 'libsql'
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely'
import pg from 'pg'
import type { Migration } from './migrations.ts'
import { migrations as allMigrations } from './migrations.ts'
import type { Database, Tables } from './tables.ts'

/** Everything in which the two databases differ stands in this file. */
export interface OpenDatabase {
  readonly database: Database
  /** Applies what is missing, in order, one process at a time; all of it or nothing. */
  migrate(migrations?: readonly Migration[]): Promise<void>
  close(): Promise<void>
}

export type DatabaseLocation = { readonly file: string } | { readonly connectionString: string }

const busyTimeoutMs = 10_000
const patienceMs = 5_000
const createLedger = 'create table if not exists console_migration (name text primary key, applied_at bigint not null)'

export function openDatabase(location: DatabaseLocation): OpenDatabase {
  return 'file' in location ? openSqlite(location.file) : openPostgres(location.connectionString)
}

/** Whether a statement was refused because another row already has the value. */
export function isUniqueViolation(error: unknown): boolean {
  const code = errorCode(error)
  return code === '23505' || code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY'
}

/** Whether the database itself failed: gone, full, locked for too long, damaged. */
export function isDatabaseFault(error: unknown): boolean {
  const code = errorCode(error)
  if (code === null) return error instanceof Error && uncodedFaults.test(error.message)
  // SQLSTATE classes 08 (connection), 25 and 40 (transaction), 28 (authorization), 3D (no such database), 53 (resources),
  // 55 (locked), 57 (operator intervention), 58 (system error).
  return (
    code.startsWith('SQLITE_') || /^(08|25|28|3D|40|53|55|57|58)[0-9A-Z]{3}$/.test(code) || connectionFaults.has(code)
  )
}

/** What pg throws by itself has no code. */
const uncodedFaults = /^(timeout exceeded|Query read timeout|Connection terminated)/

const connectionFaults = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'])

function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}

function openSqlite(file: string): OpenDatabase {
  const sqlite = new LibsqlDatabase(file, { timeout: busyTimeoutMs })
  sqlite.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on')
  const database = new Kysely<Tables>({ dialect: new SqliteDialect({ database: sqlite }) })
  return {
    database,
    // Without leaving the thread, so that nothing of this process comes between; `immediate` keeps other processes out.
    async migrate(migrations = allMigrations) {
      const apply = sqlite.transaction(() => {
        sqlite.exec(createLedger)
        const applied = sqlite.prepare('select name from console_migration').all() as readonly { name: string }[]
        for (const migration of missing(migrations, applied)) {
          for (const statement of migration.statements) sqlite.exec(statement)
          sqlite.prepare('insert into console_migration values (?, ?)').run(migration.name, Date.now())
        }
      })
      apply.immediate()
    },
    close: () => database.destroy(),
  }
}

function openPostgres(connectionString: string): OpenDatabase {
  const pool = new pg.Pool({
    connectionString,
    max: 10,
    connectionTimeoutMillis: 5_000,
    // A query takes milliseconds; whoever waits longer waits for a lock, and must not keep a connection from everyone.
    query_timeout: patienceMs + 1_000,
    options: `-c statement_timeout=${patienceMs} -c idle_in_transaction_session_timeout=${patienceMs}`,
    types: { getTypeParser: parserOf },
  })
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return {
    database,
    async migrate(migrations = allMigrations) {
      const client = await pool.connect()
      try {
        await client.query('begin')
        await client.query('set local statement_timeout = 0')
        await client.query(`select pg_advisory_xact_lock(hashtext('sallyport console migrations'))`)
        await client.query(createLedger)
        const applied = await client.query<{ name: string }>('select name from console_migration')
        for (const migration of missing(migrations, applied.rows)) {
          for (const statement of migration.statements) await client.query(statement)
          await client.query('insert into console_migration values ($1, $2)', [migration.name, Date.now()])
        }
        await client.query('commit')
      } catch (error) {
        await client.query('rollback').catch(() => undefined)
        throw error
      } finally {
        client.release()
      }
    },
    close: () => database.destroy(),
  }
}

function missing(migrations: readonly Migration[], applied: readonly { name: string }[]): readonly Migration[] {
  const names = new Set(applied.map((row) => row.name))
  return migrations.filter((migration) => !names.has(migration.name))
}

/** BIGINT (type 20) comes as text by default; the times and counts kept here stay far below 2^53. */
const parserOf: typeof pg.types.getTypeParser = (type: number, format?: unknown) =>
  type === 20 ? Number : pg.types.getTypeParser(type, format as 'text')
