import { randomBytes } from 'node:crypto'
import pg from 'pg'

/**
 * A database of the test's own on the server that `npm test` found, as `SALLYPORT_TEST_POSTGRES`. Run by hand without it,
 * a server on localhost that trusts the user `postgres` is expected. Unless it is `flushed`, no commit waits for the disk,
 * which is most of the time a test would take: that matters when the power is cut.
 */
export async function temporaryDatabase({ flushed = false } = {}): Promise<{ url: string; drop: () => Promise<void> }> {
  const server = process.env['SALLYPORT_TEST_POSTGRES'] ?? 'postgres://postgres@localhost:5432/postgres'
  const name = `sallyport_test_${randomBytes(6).toString('hex')}`
  const client = await connected(server)
  await client.query(`CREATE DATABASE ${name}`)
  if (!flushed) await client.query(`ALTER DATABASE ${name} SET synchronous_commit = off`)
  await client.end()
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => drop(server, name) }
}

/** Asks for it and does not wait: the server waits for a checkpoint first, and goes on when the one who asked is gone. */
async function drop(server: string, name: string): Promise<void> {
  const client = await connected(server)
  client.on('error', () => undefined)
  void client
    .query(`DROP DATABASE ${name} WITH (FORCE)`)
    .then(() => client.end())
    .catch(() => undefined)
}

async function connected(server: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  return client
}
