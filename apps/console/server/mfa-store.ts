import { join } from 'node:path'
import type { Store } from 'sallyport'
import type { Config } from './config.ts'

/** Sallyport's tables, where the configuration has them. */
export async function openStore(config: Config): Promise<Store> {
  const { databaseUrl } = config
  if (databaseUrl === null) {
    const { sqliteStore } = await import('sallyport/store/sqlite')
    return sqliteStore({ file: sqliteFile(config, 'mfa') })
  }
  const { postgresStore } = await import('sallyport/store/postgres')
  return postgresStore({ connectionString: databaseUrl })
}

export function sqliteFile({ dataFolder, development }: Config, name: string): string {
  return join(dataFolder, development ? `development-${name}.db` : `${name}.db`)
}
