import { userInfo } from 'node:os'
import { startEmbeddedPostgres } from './embedded-postgres.mjs'

const HOW =
  'PostgreSQL is missing: set SALLYPORT_TEST_POSTGRES to a URL whose user may create databases, or start a server on localhost:5432'

/**
 * A PostgreSQL whose user may create databases: the one named, one on localhost, else an embedded one.
 * `env` is what the tests are given; `stop` ends what was started.
 */
export async function findPostgres() {
  const named = process.env.SALLYPORT_TEST_POSTGRES
  if (named) {
    const refusal = await refusalOf(named)
    return refusal === null ? found(named, 'SALLYPORT_TEST_POSTGRES') : missing(`SALLYPORT_TEST_POSTGRES: ${refusal}`)
  }
  for (const url of onLocalhost()) if ((await refusalOf(url)) === null) return found(url, withoutPassword(url))
  try {
    const { url, stop } = await startEmbeddedPostgres()
    return { ...found(url, 'embedded'), stop }
  } catch (error) {
    return missing(`${HOW}. The embedded one did not start: ${error?.message ?? 'it ended at once'}`)
  }
}

const found = (url, text) => ({
  name: 'postgresql',
  passed: true,
  text,
  env: { SALLYPORT_TEST_POSTGRES: url },
  stop: async () => {},
})
const missing = (text) => ({ name: 'postgresql', passed: false, text, env: {}, stop: async () => {} })

function* onLocalhost() {
  const { PGPORT = '5432', PGUSER, PGPASSWORD = '' } = process.env
  const me = userInfo().username
  const users = new Set([PGUSER, me, 'postgres'].filter(Boolean))
  for (const user of users) {
    for (const password of new Set([PGPASSWORD, 'postgres'])) {
      for (const database of new Set(['postgres', 'test', me])) {
        yield `postgresql://${user}:${password}@localhost:${PGPORT}/${database}`
      }
    }
  }
}

const withoutPassword = (url) => url.replace(/:[^:@/]*@/, '@')

/** Why this URL will not do; null when it will. */
async function refusalOf(connectionString) {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 3000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query(
      'select rolcreatedb or rolsuper as may from pg_roles where rolname = current_user',
    )
    return rows[0]?.may ? null : 'this user may not create databases'
  } catch (error) {
    return error.message || error.code || 'no answer'
  } finally {
    await client.end().catch(() => {})
  }
}
