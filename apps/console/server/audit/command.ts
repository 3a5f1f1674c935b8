import { existsSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { auditReader } from 'sallyport'
import type { AuditFilter } from 'sallyport'
import { ConfigError, readConfig } from '../config.ts'
import type { Config } from '../config.ts'
import { openStore, sqliteFile } from '../mfa-store.ts'
import { startFault } from '../start-fault.ts'
import { ArgumentError, filterIn } from './arguments.ts'
import { ndjson } from './ndjson.ts'

/** Writes the audit log of the configured store to standard output, newest first, one entry a line. Changes nothing. */
try {
  await write(filterIn(process.argv.slice(2)), readConfig(process.env))
} catch (error) {
  const line = faultLine(error)
  if (line !== '') process.stderr.write(`${line}\n`)
  process.exitCode = error instanceof ArgumentError ? 2 : line === '' ? 0 : 1
}

async function write(filter: AuditFilter, config: Config): Promise<void> {
  // What SQLite keeps beside the file while it is open is for its owner alone.
  process.umask(0o077)
  const file = config.databaseUrl === null ? sqliteFile(config, 'mfa') : null
  // Opening a file makes it.
  if (file !== null && !existsSync(file)) throw new ConfigError(`There is no database: ${file} does not exist.`)
  const store = await openStore(config)
  try {
    await pipeline(ndjson(linesOf(auditReader(store).export(filter))), process.stdout, { end: false })
  } finally {
    await store.close()
  }
}

/** As the library has them, with the time as people and other programs read it. */
async function* linesOf(entries: ReturnType<ReturnType<typeof auditReader>['export']>): AsyncGenerator<object, void> {
  for await (const entry of entries) yield { ...entry, at: new Date(entry.at).toISOString() }
}

/** Empty where nothing is wrong: whoever was reading has had enough. Throws what is a fault of the code. */
function faultLine(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return ''
  const line = error instanceof ArgumentError ? error.message : startFault(error)
  if (line === null) throw error
  return line
}
