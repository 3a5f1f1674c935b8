import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { DatabaseLocation } from './open.ts'

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
  const server = process.env['SALLYPORT_TEST_POSTGRES'] ?? 'postgres://postgres@localhost:5432/test'
  const name = `console_${randomUUID().replaceAll('-', '')}`
  await command(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    location: { connectionString: url.href },
    remove: () => command(server, `drop database if exists ${name} with (force)`),
  }
}

async function command(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}
