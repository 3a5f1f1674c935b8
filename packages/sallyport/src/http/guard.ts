import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { problem } from './problem.ts'

const largestBody = 64 * 1024
const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * What every route of Sallyport asks of an unsafe request, whatever the host does besides: it comes from a page of this
 * origin, it is JSON (which no cross-site form can send), and it is small.
 */
export function guard(origin: string): MiddlewareHandler {
  const limited = bodyLimit({ maxSize: largestBody, onError: (context) => problem(context, 'request_too_large') })
  return async (context, next) => {
    context.header('cache-control', 'no-store')
    if (safe.has(context.req.method)) return await next()
    if (!isFromOrigin(context, origin)) return problem(context, 'origin_refused')
    if (!isJson(context)) return problem(context, 'content_type_unsupported')
    return await limited(context, next)
  }
}

/** Browsers send both headers and pages can't change either; clients that are no browser send neither. */
function isFromOrigin(context: Context, origin: string): boolean {
  const from = context.req.header('origin')
  const site = context.req.header('sec-fetch-site')
  return (from === undefined || from === origin) && (site === undefined || site === 'same-origin')
}

function isJson(context: Context): boolean {
  return /^application\/json\s*(;\s*charset=utf-8\s*)?$/i.test(context.req.header('content-type') ?? '')
}
