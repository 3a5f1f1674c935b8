import { randomBytes } from 'node:crypto'
import pg from 'pg'

/**
 * A database of the test's own on the server that `npm test` found, as `SALLYPORT_TEST_POSTGRES`. Run by hand without it,
 * a server on localhost that trusts the user `postgres` is expected.
 */
export async function temporaryDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const server = process.env['SALLYPORT_TEST_POSTGRES'] ?? 'postgres://postgres@localhost:5432/postgres'
  const name = `sallyport_test_${randomBytes(6).toString('hex')}`
  await administer(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => administer(server, `DROP DATABASE ${name} WITH (FORCE)`) }
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  await client.query(statement)
  await client.end()
}
