import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { errorCodes, SallyportError } from 'sallyport'
import { problemDocument } from 'sallyport/http'
import type { Problem, ProblemExtra } from 'sallyport/http'
import { QueueFull } from '../accounts/queue.ts'
import { isDatabaseFault } from '../database/open.ts'

/** Every error the console can give: the library's and its own. docs/errors.md is checked against this list. */
export const consoleErrors = {
  ...errorCodes,
  credentials_wrong: { status: 401, title: 'The e-mail address or the password is not right' },
  csrf_refused: { status: 403, title: 'The request did not come from a page of this console' },
  confirmation_changed: { status: 409, title: 'Something else is being confirmed in this browser by now' },
  contact_taken: { status: 409, title: 'This can no longer be confirmed for this account' },
  fields_invalid: { status: 422, title: 'Some of what was entered cannot be used' },
  server_busy: { status: 503, title: 'Too much is going on; try again in a moment' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>

export type ConsoleErrorCode = keyof typeof consoleErrors

/** RFC 9457. */
export function problem(c: Context, code: ConsoleErrorCode, extra: ProblemExtra = {}): Problem {
  return problemDocument(c, { code, ...consoleErrors[code] }, extra)
}

/** What is left of anything thrown: its code. No message, stack or path leaves the server; those are for `onFault`. */
export function problemOf(c: Context, error: unknown, onFault: (error: unknown) => void): Problem {
  if (error instanceof QueueFull) return problem(c, 'server_busy', { retryAfterSeconds: 5 })
  const code = codeOf(error)
  if (consoleErrors[code].status >= 500) onFault(error)
  return problem(c, code)
}

function codeOf(error: unknown): ConsoleErrorCode {
  if (error instanceof SallyportError) return error.code
  if (error instanceof HTTPException) return error.status === 413 ? 'request_too_large' : 'request_invalid'
  return isDatabaseFault(error) ? 'store_failed' : 'internal_error'
}
