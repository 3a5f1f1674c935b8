import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import Libsql from 'libsql'
import type { Store } from 'sallyport'
import { sqliteStore } from 'sallyport/store/sqlite'
import { type OpenDatabase, openDatabase } from '../../apps/console/server/database/open.ts'

/** Both SQLite files of a console, open, in a folder of the test's own. */
export interface TemporaryFiles {
  readonly folder: string
  readonly files: readonly [console: string, mfa: string]
  readonly database: OpenDatabase
  readonly store: Store
  remove(): void
}

/**
 * As production opens them, but that no commit waits for the disk, which is most of the time a test would take: that
 * matters when the power is cut, which no test does that asks for these files.
 */
export async function temporaryFiles(): Promise<TemporaryFiles> {
  const folder = mkdtempSync(join(tmpdir(), 'console-'))
  const files = [join(folder, 'console.db'), join(folder, 'mfa.db')] as const
  const database = openDatabase({ file: files[0] })
  await sql`pragma synchronous = off`.execute(database.database)
  const connection = new Libsql(files[1])
  const store = sqliteStore({ file: files[1], open: () => connection })
  connection.exec('pragma synchronous = off')
  return { folder, files, database, store, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
