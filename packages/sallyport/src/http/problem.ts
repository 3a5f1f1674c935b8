import type { Context, TypedResponse } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { z } from '@hono/zod-openapi'
import { type ErrorCode, errorCodes, SallyportError } from '../contract/errors.ts'
import type { challengeSchema } from './schemas.ts'

/** A field of the request that is not right, and the sentence to show beside it. */
export interface FieldError {
  readonly field: string
  readonly code: string
  readonly message: string
}

export interface ProblemExtra {
  readonly detail?: string
  readonly errors?: readonly FieldError[]
  readonly attemptsLeft?: number
  readonly retryAfterSeconds?: number
  /** With `own_check_required`: completes "Confirm it’s you to …". */
  readonly purpose?: string
  /** With `step_up_required`: what to answer before the request is sent again. */
  readonly challenge?: z.infer<typeof challengeSchema>
}

/** Fits any route: what a problem looks like is the same everywhere, and not for a route to vary. */
export type Problem = Response & TypedResponse<never, never, never>

/** A problem document (RFC 9457) for one of Sallyport's error codes. */
export function problem(context: Context, code: ErrorCode, extra: ProblemExtra = {}): Problem {
  return problemDocument(context, { code, ...errorCodes[code] }, extra)
}

/** The same for a code of the host's own, so that an application has one form of error. */
export function problemDocument(
  context: Context,
  { code, status, title }: { readonly code: string; readonly status: number; readonly title: string },
  extra: ProblemExtra = {},
): Problem {
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  if (extra.retryAfterSeconds !== undefined) headers.set('retry-after', String(extra.retryAfterSeconds))
  // draft-ietf-httpapi-ratelimit-headers section 3: nothing is left of the quota, and when there will be.
  if (status === 429 && extra.retryAfterSeconds !== undefined) {
    headers.set('ratelimit', `"${code}";r=0;t=${extra.retryAfterSeconds}`)
  }
  for (const cookie of context.res.headers.getSetCookie()) headers.append('set-cookie', cookie)
  const body = { type: `urn:sallyport:error:${code}`, title, status, code, ...extra }
  return new Response(JSON.stringify(body), { status, headers }) as Problem
}

/** Whole seconds from now until `until`, at least one: what Retry-After and a countdown need. */
export function secondsUntil(until: number, now: number): number {
  return Math.max(1, Math.ceil((until - now) / 1000))
}

/** What is left of anything thrown: a problem document that says no more than its code. */
export function problemOf(context: Context, error: unknown, onFault: (error: unknown) => void): Problem {
  if (error instanceof HTTPException) {
    return problem(context, error.status === 413 ? 'request_too_large' : 'request_invalid')
  }
  if (error instanceof SallyportError && error.status < 500) return problem(context, error.code)
  onFault(error)
  return problem(context, error instanceof SallyportError ? error.code : 'internal_error')
}

interface Issue {
  readonly path: readonly PropertyKey[]
  readonly code?: string | undefined
  readonly message: string
}

/** For `OpenAPIHono`'s `defaultHook`: a request that does not have its schema is a problem with a sentence for each field. */
export function invalidRequest(
  result: { readonly success: boolean; readonly error?: { readonly issues: readonly Issue[] } },
  context: Context,
): Problem | undefined {
  if (result.success) return undefined
  const issues = result.error?.issues ?? []
  const errors = issues.slice(0, 20).map(({ path, code, message }) => ({
    field: path.map(String).join('.').slice(0, 100),
    code: code ?? 'invalid',
    message: code === 'unrecognized_keys' ? 'There is a field that does not belong here.' : message,
  }))
  return problem(context, 'request_invalid', { errors })
}
