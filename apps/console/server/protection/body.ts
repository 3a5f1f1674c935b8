import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import type { ConsoleEnv } from './environment.ts'
import { isSafe } from './origin.ts'
import { problem } from './problem.ts'

const largest = 64 * 1024

const smallOnly = bodyLimit({ maxSize: largest, onError: (c) => problem(c, 'request_too_large') })

/** Goes on once all of the body is here, if it is small. Whatever reads it later, the library too, has it at once. */
export const wholeBody = createMiddleware<ConsoleEnv>(async (c, next) => {
  if (isSafe(c.req.method)) return await next()
  let refused: Response | void
  try {
    refused = await smallOnly(c, async () => {
      const whole = await c.req.arrayBuffer()
      c.req.raw = new Request(c.req.raw, { method: c.req.method, body: whole })
    })
  } catch {
    // Cut off on the way.
    return problem(c, 'request_invalid')
  }
  return refused instanceof Response ? refused : await next()
})

/** JSON only, so that no form on another site can make a request of the right type; never compressed. */
export const jsonOnly = createMiddleware<ConsoleEnv>(async (c, next) => {
  if (isSafe(c.req.method)) return await next()
  const [type = ''] = (c.req.header('content-type') ?? '').split(';')
  const isJson = type.trim().toLowerCase() === 'application/json' && c.req.header('content-encoding') === undefined
  return isJson ? await next() : problem(c, 'content_type_unsupported')
})
