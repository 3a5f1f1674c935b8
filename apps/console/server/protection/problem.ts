import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { errorCodes, SallyportError } from 'sallyport'
import { problemDocument, secondsUntil } from 'sallyport/http'
import type { Problem, ProblemExtra } from 'sallyport/http'
import { QueueFull } from '../accounts/queue.ts'
import { isDatabaseFault } from '../database/open.ts'

/** Every error the console can give: the library's and its own. docs/errors.md is checked against this list. */
export const consoleErrors = {
  ...errorCodes,
  account_not_locked: { status: 409, title: 'The account is not locked' },
  credentials_wrong: { status: 401, title: 'The e-mail address or the password is not right' },
  csrf_refused: { status: 403, title: 'The request did not come from a page of this console' },
  browser_required: { status: 403, title: 'This is finished with a cookie, and so takes a browser' },
  confirmation_changed: { status: 409, title: 'Something else is being confirmed in this browser by now' },
  contact_taken: { status: 409, title: 'This can no longer be confirmed for this account' },
  fields_invalid: { status: 422, title: 'Some of what was entered cannot be used' },
  domain_limit: { status: 409, title: 'The team has as many domains as it may have' },
  domain_not_found: { status: 404, title: 'The team has no such domain' },
  domain_not_verified: { status: 409, title: 'The record that shows whose the domain is was not found' },
  domain_taken: { status: 409, title: 'Another team has verified this domain' },
  last_owner: { status: 409, title: 'A team with other people in it needs another owner first' },
  account_managed: { status: 409, title: 'Your organisation manages this account' },
  api_key_invalid: { status: 401, title: 'The API key is missing, unknown, expired or invalidated' },
  api_key_limit: { status: 409, title: 'The account has as many API keys as it may have' },
  api_key_not_found: { status: 404, title: 'There is no such API key' },
  insufficient_user_authentication: { status: 401, title: 'This takes a signed-in person, not a key or a password' },
  identity_email_unverified: { status: 403, title: 'The provider has not confirmed the e-mail address' },
  identity_not_linked: { status: 409, title: 'An account with this e-mail address is there already and not linked' },
  identity_taken: { status: 409, title: 'This is linked already' },
  invitation_limit: { status: 409, title: 'The team has as many open invitations as it may have' },
  invitation_not_found: { status: 404, title: 'The invitation was used, withdrawn or has expired' },
  invitation_not_yours: { status: 403, title: 'The invitation is for another address' },
  invitation_send_limit: { status: 429, title: 'Too many invitations were sent in a day, to this address or by you' },
  last_way_in: { status: 409, title: 'There would be no way left to sign in to the account' },
  member_not_found: { status: 404, title: 'There is no such member in this team' },
  mfa_off: { status: 409, title: 'The account has no second factor' },
  not_yourself: { status: 409, title: 'This is for another person to do' },
  provider_failed: { status: 401, title: 'What came back from the provider signs nobody in' },
  provider_not_found: { status: 404, title: 'There is no such provider' },
  provider_not_linked: { status: 404, title: 'The account is not linked with this provider' },
  provider_refused: { status: 401, title: 'The provider signed nobody in' },
  provider_unavailable: { status: 503, title: 'The provider could not be reached' },
  reset_not_found: { status: 404, title: 'The link was used or has expired' },
  role_insufficient: { status: 403, title: 'Your role in this team does not allow this' },
  scope_missing: { status: 403, title: 'The API key does not have the scope for this' },
  sso_domain_missing: { status: 409, title: 'Single sign-on needs a verified domain first' },
  sso_issuer_not_named: { status: 409, title: 'This single sign-on is not one that the deployment takes' },
  sso_not_accepted: { status: 403, title: 'This team does not take the single sign-on of another' },
  sso_not_found: { status: 404, title: 'There is no single sign-on' },
  sso_not_managed: { status: 403, title: 'This single sign-on does not manage the account' },
  sso_provider_unreachable: { status: 409, title: 'No OpenID Connect provider answers at this issuer' },
  sso_required: { status: 403, title: 'Your organisation signs you in' },
  team_not_found: { status: 404, title: 'There is no such team' },
  session_not_found: { status: 404, title: 'There is no such session' },
  token_invalid: { status: 401, title: 'The token is wrong, expired, or its session has ended' },
  server_busy: { status: 503, title: 'Too much is going on; try again in a moment' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>

export type ConsoleErrorCode = keyof typeof consoleErrors

/** RFC 9457. */
export function problem(c: Context, code: ConsoleErrorCode, extra: ProblemExtra = {}): Problem {
  return problemDocument(c, { code, ...consoleErrors[code] }, extra)
}

/** What may be tried again from `retryAt` (milliseconds since the epoch) on. */
export function limited(
  c: Context,
  code: Extract<ConsoleErrorCode, 'network_limited' | 'send_limit'>,
  { retryAt }: { readonly retryAt: number },
  now: number,
): Problem {
  return problem(c, code, { retryAfterSeconds: secondsUntil(retryAt, now) })
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
