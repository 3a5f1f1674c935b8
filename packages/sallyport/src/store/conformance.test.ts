import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../contract/store.ts'
import { temporaryDatabase } from '../../../../test/support/postgres.ts'
import { laws } from './conformance.ts'
import { postgresStore } from './postgres.ts'
import { sqliteStore } from './sqlite.ts'

describe('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  let files = 0
  expectLaws(async () => sqliteStore({ file: join(folder, `${(files += 1)}.db`) }))
})

describe('PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof temporaryDatabase>>
  beforeAll(async () => {
    database = await temporaryDatabase()
  })
  afterAll(() => database.drop())
  let schemas = 0
  expectLaws(async () =>
    postgresStore({ connectionString: database.url, schema: `s${(schemas += 1)}`, connections: 16 }),
  )
})

function expectLaws(open: () => Promise<Store>): void {
  let store: Store
  afterEach(() => store.close())
  for (const law of laws) {
    test(law.name, async () => {
      store = await open()
      await store.migrate()
      await expect(law.run(store)).resolves.toBeUndefined()
    })
  }
}
