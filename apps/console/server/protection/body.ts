import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import type { ConsoleEnv } from './environment.ts'
import { isSafe } from './origin.ts'
import { problem } from './problem.ts'

const largest = 64 * 1024

export const smallBodies = bodyLimit({ maxSize: largest, onError: (c) => problem(c, 'request_too_large') })

/** JSON only, so that no form on another site can make a request of the right type; never compressed. */
export const jsonOnly = createMiddleware<ConsoleEnv>(async (c, next) => {
  if (isSafe(c.req.method)) return await next()
  const [type = ''] = (c.req.header('content-type') ?? '').split(';')
  const isJson = type.trim().toLowerCase() === 'application/json' && c.req.header('content-encoding') === undefined
  return isJson ? await next() : problem(c, 'content_type_unsupported')
})
