import { createRequire } from 'node:module'
import type { Store } from '../contract/store.ts'
import { SallyportError } from '../contract/errors.ts'
import type { Database, Migration, Query, Result, Row, Step, Value } from './sql/query.ts'
import { sqlStore } from './sql/store.ts'

/** What Sallyport needs of a SQLite library: the better-sqlite3 API, which libsql has too. */
export interface SqliteConnection {
  prepare(text: string): {
    readonly reader: boolean
    all(...values: Value[]): unknown[]
    run(...values: Value[]): { changes: number }
  }
  exec(text: string): unknown
  close(): unknown
}

export interface SqliteOptions {
  /** Path of the database file, made when it is missing; `:memory:` for one that is gone at `close`. */
  readonly file: string
  /** Opens the file. Default: the `libsql` package. */
  readonly open?: (file: string) => SqliteConnection
}

/** A store in one SQLite file: write-ahead log, every commit flushed to disk before it is answered. */
export function sqliteStore(options: SqliteOptions): Store {
  return sqlStore(new Sqlite((options.open ?? openLibsql)(options.file)))
}

function openLibsql(file: string): SqliteConnection {
  const Libsql = createRequire(import.meta.url)('libsql') as new (file: string) => SqliteConnection
  return new Libsql(file)
}

type Prepared = ReturnType<SqliteConnection['prepare']>

class Sqlite implements Database {
  readonly #connection: SqliteConnection
  readonly #prepared = new Map<string, Prepared>()

  constructor(connection: SqliteConnection) {
    this.#connection = connection
    // Another process may hold the write lock: wait for it rather than fail, but not for ever.
    connection.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  }

  async write<Outcome>(step: () => Step<Outcome>): Promise<Outcome> {
    return translated(() => {
      this.#connection.exec('BEGIN IMMEDIATE')
      try {
        const outcome = this.#run(step())
        this.#connection.exec('COMMIT')
        return outcome
      } catch (error) {
        this.#rollBack()
        throw error
      }
    })
  }

  async read<Outcome>(step: () => Step<Outcome>): Promise<Outcome> {
    return translated(() => this.#run(step()))
  }

  async migrate(migrations: readonly Migration[]): Promise<void> {
    translated(() => {
      this.#connection.exec('BEGIN IMMEDIATE')
      try {
        this.#connection.exec('CREATE TABLE IF NOT EXISTS sallyport_migration (name TEXT PRIMARY KEY)')
        for (const { name, statements } of migrations) {
          const done = this.#connection.prepare('INSERT OR IGNORE INTO sallyport_migration (name) VALUES (?)').run(name)
          if (done.changes === 1) for (const statement of statements) this.#connection.exec(statement)
        }
        this.#connection.exec('COMMIT')
      } catch (error) {
        this.#rollBack()
        throw error
      }
    })
  }

  async close(): Promise<void> {
    this.#prepared.clear()
    this.#connection.close()
  }

  #run<Outcome>(step: Step<Outcome>): Outcome {
    let next = step.next()
    while (next.done !== true) next = step.next(this.#query(next.value))
    return next.value
  }

  #query({ statement, values }: Query): Result {
    let prepared = this.#prepared.get(statement.name)
    if (prepared === undefined) {
      prepared = this.#connection.prepare(statement.text)
      this.#prepared.set(statement.name, prepared)
    }
    if (!prepared.reader) return { rows: [], changes: prepared.run(...values).changes }
    const rows = prepared.all(...values) as Row[]
    return { rows, changes: rows.length }
  }

  /** SQLite may have rolled back by itself already; the error that led here matters more than this one. */
  #rollBack(): void {
    try {
      this.#connection.exec('ROLLBACK')
    } catch {
      return
    }
  }
}

function translated<Outcome>(work: () => Outcome): Outcome {
  try {
    return work()
  } catch (error) {
    throw error instanceof SallyportError ? error : new SallyportError('store_failed', undefined, { cause: error })
  }
}
