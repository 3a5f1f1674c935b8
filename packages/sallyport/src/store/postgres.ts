import { createRequire } from 'node:module'
import type { Pool, PoolClient } from 'pg'
import type { Store } from '../contract/store.ts'
import { SallyportError } from '../contract/errors.ts'
import type { Database, Migration, Query, Result, Row, Statement, Step } from './sql/query.ts'
import { sqlStore } from './sql/store.ts'

export interface PostgresOptions {
  /** A libpq URL, for example `postgres://user@host:5432/database`. */
  readonly connectionString: string
  /** Connections held at most. Default 10. */
  readonly connections?: number
  /** The schema the tables live in, made when it is missing. Default: the connection's own search path. */
  readonly schema?: string
}

/** A store in PostgreSQL 13 or later, for any number of processes. */
export function postgresStore(options: PostgresOptions): Store {
  return sqlStore(new Postgres(options))
}

const int8 = 20
/**
 * Serialization failure, deadlock, and a row that another transaction has just written as well: this one did nothing and may be run
 * again, and then it finds that row.
 */
const retryable = new Set(['40001', '40P01', '23505'])
const runsAtMost = 4
const patienceMs = 5000
/** Any fixed number: all processes that migrate take the same lock. */
const migrationLock = 7_240_611

class Postgres implements Database {
  readonly #pool: Pool
  readonly #schema: string | undefined
  readonly #texts = new Map<string, string>()

  constructor(options: PostgresOptions) {
    const pg = createRequire(import.meta.url)('pg') as typeof import('pg')
    this.#schema = options.schema === undefined ? undefined : pg.escapeIdentifier(options.schema)
    const searchPath = this.#schema === undefined ? '' : ` -c search_path=${this.#schema}`
    this.#pool = new pg.Pool({
      connectionString: options.connectionString,
      max: options.connections ?? 10,
      connectionTimeoutMillis: 5000,
      types: {
        // Times and counters stay below 2^53.
        getTypeParser: (oid: number, format?: 'text') => (oid === int8 ? Number : pg.types.getTypeParser(oid, format)),
      } as typeof pg.types,
      // A step takes milliseconds. Whoever waits longer waits for a lock that someone else does not let go of, and must not
      // keep a connection from everyone.
      query_timeout: patienceMs + 1000,
      options: `-c statement_timeout=${patienceMs} -c idle_in_transaction_session_timeout=${patienceMs}${searchPath}`,
    })
    // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
    this.#pool.on('error', () => undefined)
  }

  async write<Outcome>(step: () => Step<Outcome>): Promise<Outcome> {
    return await this.#connected(async (client) => {
      for (let run = 1; ; run += 1) {
        try {
          return await this.#transaction(client, () => this.#run(client, step()))
        } catch (error) {
          if (run >= runsAtMost || !retryable.has(codeOf(error))) throw error
        }
      }
    })
  }

  async read<Outcome>(step: () => Step<Outcome>): Promise<Outcome> {
    return await this.#connected((client) => this.#run(client, step()))
  }

  async migrate(migrations: readonly Migration[]): Promise<void> {
    await this.#connected((client) =>
      this.#transaction(client, async () => {
        await client.query('SET LOCAL statement_timeout = 0')
        await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock])
        if (this.#schema !== undefined) await client.query(`CREATE SCHEMA IF NOT EXISTS ${this.#schema}`)
        await client.query('CREATE TABLE IF NOT EXISTS sallyport_migration (name TEXT PRIMARY KEY)')
        for (const { name, statements } of migrations) {
          const insert = 'INSERT INTO sallyport_migration (name) VALUES ($1) ON CONFLICT DO NOTHING'
          const done = await client.query(insert, [name])
          if (done.rowCount === 1) for (const statement of statements) await client.query(statement)
        }
      }),
    )
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  async #connected<Outcome>(work: (client: PoolClient) => Promise<Outcome>): Promise<Outcome> {
    let client: PoolClient | undefined
    let broken: Error | undefined
    try {
      client = await this.#pool.connect()
      return await work(client)
    } catch (error) {
      if (error instanceof SallyportError) throw error
      // A connection that failed in the middle is not given back: what state it is in is unknown.
      broken = error instanceof Error ? error : new Error('unknown')
      throw new SallyportError('store_failed', undefined, { cause: error })
    } finally {
      client?.release(broken)
    }
  }

  async #transaction<Outcome>(client: PoolClient, work: () => Promise<Outcome>): Promise<Outcome> {
    await client.query('BEGIN')
    try {
      const outcome = await work()
      await client.query('COMMIT')
      return outcome
    } catch (error) {
      // Over a broken connection there is nothing to roll back; what broke matters more than that this fails too.
      await client.query('ROLLBACK').catch(() => undefined)
      throw error
    }
  }

  async #run<Outcome>(client: PoolClient, step: Step<Outcome>): Promise<Outcome> {
    let next = step.next()
    while (next.done !== true) next = step.next(await this.#query(client, next.value))
    return next.value
  }

  async #query(client: PoolClient, { statement, values }: Query): Promise<Result> {
    const { rows, rowCount } = await client.query<Row>({
      name: statement.name,
      text: this.#numbered(statement),
      values: [...values],
    })
    return { rows, changes: rowCount ?? 0 }
  }

  #numbered(statement: Statement): string {
    let text = this.#texts.get(statement.name)
    if (text === undefined) {
      let count = 0
      text = statement.text.replaceAll('?', () => `$${(count += 1)}`)
      this.#texts.set(statement.name, text)
    }
    return text
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
