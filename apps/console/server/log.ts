import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import type { Clock } from 'sallyport'
import type { ConsoleEnv } from './protection/environment.ts'

/** The part of pino that the console uses. */
export interface Log {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** One line for each request: the declared route and never the address asked for, no body, nothing of the person. */
export const logRequests = (log: Log, clock: Clock) =>
  createMiddleware<ConsoleEnv>(async (c, next) => {
    const began = clock()
    await next()
    const { traceId } = c.get('client')
    log.info(
      { traceId, method: c.req.method, route: routePath(c, -1), status: c.res.status, ms: clock() - began },
      'request',
    )
  })

/**
 * What broke, without its message: databases and mail servers quote values in theirs. The code and the place are enough
 * to find it, and the library's own errors say nothing secret.
 */
export const logFault =
  (log: Log) =>
  (error: unknown): void => {
    log.error({ fault: describe(error, 3) }, 'fault')
  }

function describe(error: unknown, depth: number): object {
  if (!(error instanceof Error)) return { name: typeof error }
  const code = 'code' in error ? { code: String(error.code) } : {}
  const message = error.name === 'SallyportError' ? { message: error.message } : {}
  const cause = depth > 0 && error.cause !== undefined ? { cause: describe(error.cause, depth - 1) } : {}
  return { name: error.name, ...code, ...message, at: framesOf(error), ...cause }
}

/** The frames of the stack; the lines before them repeat the message. */
function framesOf(error: Error): readonly string[] {
  const lines = (error.stack ?? '').split('\n').map((line) => line.trim())
  return lines.filter((line) => /^at .*:\d+:\d+\)?$/.test(line)).slice(0, 8)
}
