import { Hono } from 'hono'
import type { Context } from 'hono'
import type { Sallyport } from 'sallyport'
import type { Database } from './database/tables.ts'
import type { ConsoleEnv } from './protection/environment.ts'
import { inTime } from './in-time.ts'
import type { Deadline } from './in-time.ts'

interface Parts {
  readonly mfa: Pick<Sallyport, 'ready'>
  readonly database: Database
  /** Whether this process takes work: not any more once it is being shut down. */
  readonly isOpen: () => boolean
  readonly deadline: Deadline
  readonly onFault: (error: unknown) => void
}

const patienceMs = 1000

/**
 * Where a load balancer asks (requirement O5): whether the process answers at all, and whether it can do its work. Anyone may
 * ask, so an answer is one word, and however many ask at once, the databases are asked once.
 */
export function healthRoutes({ mfa, database, isOpen, deadline, onFault }: Parts): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>()
  let underWay: Promise<boolean> | null = null

  async function ask(): Promise<boolean> {
    const own = database.selectFrom('account').select('id').limit(1).execute()
    const [hasOwn, isReady] = await Promise.allSettled([own, mfa.ready()])
    if (hasOwn.status === 'rejected') onFault(hasOwn.reason)
    return hasOwn.status === 'fulfilled' && isReady.status === 'fulfilled' && isReady.value
  }

  /** A question that hangs is waited for by whoever asks meanwhile, and not asked again: each would take a connection. */
  async function databasesAnswer(): Promise<boolean> {
    underWay ??= ask().finally(() => (underWay = null))
    const asked = underWay
    return await inTime(deadline(patienceMs), () => asked).catch(() => false)
  }

  app.get('/healthz', (c) => said(c, true))
  app.get('/readyz', async (c) => said(c, isOpen() && (await databasesAnswer()) && isOpen()))
  return app
}

function said(c: Context, isOk: boolean): Response {
  c.header('Cache-Control', 'no-store')
  return c.json({ status: isOk ? 'ok' : 'unavailable' }, isOk ? 200 : 503)
}
