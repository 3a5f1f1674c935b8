import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseLocation } from '../../apps/console/server/database/open.ts'
import { temporaryDatabase } from './postgres.ts'

/** An empty database of its own for one test file, and what removes it. */
export interface TestDatabase {
  readonly location: DatabaseLocation
  remove(): Promise<void>
}

export const testDatabases: readonly (readonly [name: string, create: () => Promise<TestDatabase>])[] = [
  ['SQLite', createSqlite],
  ['PostgreSQL', createPostgres],
]

async function createSqlite(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'console-'))
  return {
    location: { file: join(folder, 'console.db') },
    async remove() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function createPostgres(): Promise<TestDatabase> {
  const { url, drop } = await temporaryDatabase()
  return { location: { connectionString: url }, remove: drop }
}
