export type Value = string | number | null
export type Row = Readonly<Record<string, Value>>

export interface Result {
  readonly rows: readonly Row[]
  /** Rows that the statement inserted, changed or removed. */
  readonly changes: number
}

/** One statement, written once with `?` for each value. The drivers prepare it once per connection under its name. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export interface Query {
  readonly statement: Statement
  readonly values: readonly Value[]
}

/**
 * A transaction as a generator: it yields queries and is handed their results. So each step is written once, and SQLite
 * runs it without ever leaving the thread (no other step can come between) while PostgreSQL awaits each answer.
 * A step may be run again after a serialization failure, so it keeps nothing outside itself.
 */
export type Step<Outcome> = Generator<Query, Outcome, Result>

let statements = 0

/** Declares a statement; calling what it returns with the values runs it within a step: `yield* lockAccount(id)`. */
export function sql(words: string): (...values: readonly Value[]) => Step<Result> {
  const statement: Statement = { name: `sallyport_${(statements += 1)}`, text: words.replaceAll(/\s+/g, ' ').trim() }
  return function* run(...values) {
    return yield { statement, values }
  }
}

export interface Database {
  /** Runs one transaction, serialized with every other that touches the same account. */
  write<Outcome>(step: () => Step<Outcome>): Promise<Outcome>
  /** Runs a step that only reads. */
  read<Outcome>(step: () => Step<Outcome>): Promise<Outcome>
  /** Runs the migrations that are missing, one process at a time. */
  migrate(migrations: readonly Migration[]): Promise<void>
  close(): Promise<void>
}

/** A change of the schema, applied once and never edited afterwards. */
export interface Migration {
  readonly name: string
  readonly statements: readonly string[]
}

export function text(row: Row, column: string): string {
  return String(row[column])
}

export function textOrNull(row: Row, column: string): string | null {
  const value = row[column]
  return value === null || value === undefined ? null : String(value)
}

export function integer(row: Row, column: string): number {
  return Number(row[column])
}

export function integerOrNull(row: Row, column: string): number | null {
  const value = row[column]
  return value === null || value === undefined ? null : Number(value)
}
