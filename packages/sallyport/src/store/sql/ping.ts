import { type Step, sql } from './query.ts'

/** Of a table, because a statement without one never gets to the file. */
const readOne = sql(`SELECT name FROM sallyport_migration LIMIT 1`)

export function* ping(): Step<void> {
  yield* readOne()
}
