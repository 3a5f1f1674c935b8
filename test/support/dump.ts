import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import pg from 'pg'
import type { RunningConsole } from './console.ts'

/** Everything someone has who stole the databases: SQLite's files byte for byte, or every row of PostgreSQL. */
export async function dumpOf(running: RunningConsole): Promise<string> {
  if ('files' in running.where) {
    const files = running.where.files.flatMap((file) => [file, `${file}-wal`]).filter((file) => existsSync(file))
    return files.map((file) => readFileSync(file, 'latin1')).join('\n')
  }
  const client = new pg.Client({ connectionString: running.where.url })
  await client.connect()
  try {
    const tables = await client.query<{ name: string }>(
      `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'`,
    )
    const rows: string[] = []
    for (const { name } of tables.rows) {
      const { rows: found } = await client.query<{ row: string }>(`SELECT to_json(t)::text AS row FROM ${name} t`)
      rows.push(...found.map(({ row }) => row))
    }
    return rows.join('\n')
  } finally {
    await client.end()
  }
}

/** A secret as it is, and in every other form in which it might have been written down. */
export function formsOf(secret: string): readonly string[] {
  const plain = [secret, secret.replaceAll(/[\s-]/g, ''), secret.toLowerCase(), secret.toUpperCase()]
  const bytes = [...new Set(plain)].map((text) => Buffer.from(text))
  const encoded = bytes.flatMap((text) => [text.toString('base64'), text.toString('base64url'), text.toString('hex')])
  const hashed = bytes.flatMap((text) =>
    ['md5', 'sha1', 'sha256'].flatMap((hash) => {
      const digest = createHash(hash).update(text).digest()
      return [digest.toString('hex'), digest.toString('base64'), digest.toString('base64url')]
    }),
  )
  return [...new Set([...plain, ...encoded.map((text) => text.replace(/=+$/, '')), ...hashed])]
}

/** Which of the secrets stand in the text, in any form. A form of fewer than 6 characters would be found by chance. */
export function secretsIn(text: string, secrets: readonly string[]): readonly string[] {
  return secrets.flatMap((secret) => formsOf(secret).filter((form) => form.length >= 6 && text.includes(form)))
}
