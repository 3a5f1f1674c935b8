// How long a page of the audit log takes when there are many entries: `node test/long/audit-paging.mjs --rows 10000000`, and
// with `--postgres postgres://user@host:5432/database` there as well, in a schema of its own that is dropped afterwards. Needs a
// built library. The times are printed as they are, for people to look at: none is a test.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import Libsql from 'libsql'
import pg from 'pg'
import { auditReader } from 'sallyport'
import { postgresStore } from 'sallyport/store/postgres'
import { sqliteStore } from 'sallyport/store/sqlite'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000000' },
    postgres: { type: 'string' },
    'only-postgres': { type: 'boolean', default: false },
    folder: { type: 'string', default: tmpdir() },
  },
})
const rows = Number(values.rows)

/** One entry in ten is of one busy account, one in ten of a team of 50, and the rest are of 100,000 others. Three are of one moment. */
const start = Date.UTC(2026, 0, 1)
const busy = 'busy'
const team = Array.from({ length: 50 }, (_, index) => `team-${index}`)
const everyRare = 9973
const whose = (index) => `CASE WHEN ${index} % 10 = 0 THEN '${busy}' WHEN ${index} % 10 = 1
  THEN 'team-' || (${index} / 10 % 50) ELSE 'other-' || (${index} * 7919 % 100000) END`
const entryOf = (index, id) => `${id}, ${start} + ${index} / 3 * 1000, 'challenge.passed', 'ok', ${whose(index)},
  CASE WHEN ${index} % ${everyRare} = 0 THEN 'mfa.disable' ELSE 'login' END, 'a-challenge-of-22-chars', 'an-enrollment-22-chars',
  'totp', '203.0.113.7', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', '0123456789abcdef', '{}'`

if (!values['only-postgres']) await measure('SQLite', await inSqlite())
if (values.postgres !== undefined) await measure('PostgreSQL', await inPostgres(values.postgres))

async function inSqlite() {
  const folder = mkdtempSync(join(values.folder, 'audit-paging-'))
  const file = join(folder, 'mfa.db')
  const empty = sqliteStore({ file })
  await empty.migrate()
  await empty.close()
  const database = new Libsql(file)
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000')
  // Filled first and indexed afterwards, which takes a quarter of the time.
  const indexes = database
    .prepare(`SELECT name, sql FROM sqlite_master WHERE tbl_name = 'sallyport_audit' AND sql LIKE 'CREATE INDEX%'`)
    .all()
  for (const { name } of indexes) database.exec(`DROP INDEX ${name}`)
  const fill =
    database.prepare(`WITH RECURSIVE numbers (n) AS (VALUES (CAST(? AS INTEGER)) UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?)
    INSERT INTO sallyport_audit SELECT ${entryOf('n', 'lower(hex(randomblob(11)))')} FROM numbers`)
  await filled((from, to) => fill.run(from, to))
  for (const { sql } of indexes) database.exec(sql)
  database.close()
  const bytes = statSync(file).size
  return { store: sqliteStore({ file }), bytes, remove: async () => rmSync(folder, { recursive: true }) }
}

async function inPostgres(connectionString) {
  const schema = `audit_paging_${randomBytes(4).toString('hex')}`
  const store = postgresStore({ connectionString, schema })
  const client = new pg.Client({ connectionString, options: `-c search_path=${schema}` })
  await client.connect()
  const remove = async () => {
    await client.query(`DROP SCHEMA ${schema} CASCADE`)
    await client.end()
  }
  try {
    await store.migrate()
    await client.query(`SET synchronous_commit = OFF; SET maintenance_work_mem = '1GB'`)
    const { rows: indexes } = await client.query(`SELECT indexname, indexdef FROM pg_indexes
      WHERE schemaname = '${schema}' AND tablename = 'sallyport_audit' AND indexdef LIKE 'CREATE INDEX%'`)
    for (const { indexname } of indexes) await client.query(`DROP INDEX ${indexname}`)
    const id = `left(md5(random()::text || n), 22)`
    const text = `INSERT INTO sallyport_audit SELECT ${entryOf('n', id)} FROM generate_series($1::bigint, $2::bigint - 1) AS n`
    await filled((from, to) => client.query(text, [from, to]))
    for (const { indexdef } of indexes) await client.query(indexdef)
    await client.query('ANALYZE sallyport_audit')
    const { rows: sizes } = await client.query(`SELECT pg_total_relation_size('sallyport_audit') AS bytes`)
    return { store, bytes: Number(sizes[0].bytes), remove }
  } catch (error) {
    await store.close()
    await remove()
    throw error
  }
}

async function filled(fill) {
  const batch = 250_000
  for (let from = 0; from < rows; from += batch) await fill(from, Math.min(rows, from + batch))
}

async function measure(name, { store, bytes, remove }) {
  try {
    console.log(`${name}: ${rows.toLocaleString('en')} entries, ${(bytes / 1e9).toFixed(1)} GB`)
    const reader = auditReader(store)
    const end = start + (rows / 3) * 1000
    const places = { first: undefined, middle: (start + end) / 2, last: start + (end - start) / 100 }
    const cases = {
      'one account': { accounts: [busy] },
      '50 accounts': { accounts: team },
      everyone: { accounts: null },
      'one account, a rare action': { accounts: [busy], action: 'mfa.disable' },
      '50 accounts, a rare action': { accounts: team, action: 'mfa.disable' },
      'everyone, a rare action': { accounts: null, action: 'mfa.disable' },
    }
    for (const [what, filter] of Object.entries(cases)) {
      const times = []
      for (const [place, at] of Object.entries(places)) times.push(`${place} ${await typical(reader, filter, at)}`)
      console.log(`  ${what.padEnd(28)} ${times.join(', ')}`)
    }
    const began = performance.now()
    let count = 0
    for await (const _ of reader.export({ accounts: [busy], to: Math.floor((start + end) / 2) }))
      if ((count += 1) === 100_000) break
    const seconds = (performance.now() - began) / 1000
    console.log(`  export: ${Math.round(count / seconds).toLocaleString('en')} entries a second`)
  } finally {
    await store.close()
    await remove()
  }
}

/** The slowest of the first ten, which may find nothing in memory, and the median: on PostgreSQL the plan changes after five. */
async function typical(reader, filter, at) {
  const to = at === undefined ? undefined : Math.floor(at)
  const times = []
  let page
  for (let run = 0; run < 10; run += 1) {
    const began = performance.now()
    page = await reader.read({ ...filter, to, limit: 50 })
    times.push(performance.now() - began)
  }
  times.sort((one, other) => one - other)
  return `${times[5].toFixed(1)} ms (at most ${times[9].toFixed(1)}; ${page.entries.length} entries)`
}
