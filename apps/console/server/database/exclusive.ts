import LibsqlDatabase from 'libsql'

const patienceMs = 30_000

/**
 * Runs `work` while no other process runs any under the same `file`. The lock is SQLite's, so it ends with the process
 * that holds it, however that ends. Waiting holds up the whole process: for the start only.
 */
export async function exclusively<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  const lock = new LibsqlDatabase(file, { timeout: patienceMs })
  try {
    lock.exec('begin exclusive')
    return await work()
  } finally {
    lock.close()
  }
}
