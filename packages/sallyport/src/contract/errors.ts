/**
 * Every error that Sallyport can give, by its stable code: the HTTP status it maps to and its title.
 * docs/errors.md is checked against this list both ways.
 */
export const errorCodes = {
  answer_malformed: { status: 422, title: 'The answer does not have the form of a code' },
  answer_wrong: { status: 401, title: 'The code is not right' },
  account_locked: { status: 429, title: 'Too many wrong codes for this account' },
  network_limited: { status: 429, title: 'Too many wrong passwords or codes from this address' },
  device_not_found: { status: 404, title: 'The account trusts no such browser' },
  key_unknown: { status: 401, title: 'No account here has this key' },
  sign_in_elsewhere: { status: 403, title: 'An organisation signs in to this account' },
  challenge_closed: { status: 401, title: 'The challenge is over' },
  challenge_not_found: { status: 404, title: 'There is no such challenge' },
  code_not_sent: { status: 409, title: 'No code has been sent yet' },
  step_up_required: { status: 403, title: 'Confirm this with a second factor' },
  step_up_mismatch: { status: 403, title: 'What was confirmed is not what was asked for' },
  own_check_required: { status: 403, title: 'Confirm this with your password' },
  method_too_weak: { status: 403, title: 'None of the second factors is strong enough to confirm this' },
  mfa_mandatory: { status: 409, title: 'This account must keep a second factor' },
  enrollment_required: { status: 403, title: 'This account must set up a second factor first' },
  method_not_allowed: { status: 403, title: 'This method cannot answer this challenge' },
  method_not_found: { status: 404, title: 'There is no such method' },
  method_unavailable: { status: 409, title: 'This method cannot be set up on this account' },
  name_taken: { status: 409, title: 'Another method already has this name' },
  send_too_soon: { status: 429, title: 'A code was sent a moment ago' },
  send_limit: { status: 429, title: 'Too many codes were sent' },
  not_signed_in: { status: 401, title: 'Sign in first' },
  cursor_invalid: { status: 400, title: 'The place to go on from is none that was given out' },
  request_invalid: { status: 400, title: 'The request does not have the expected form' },
  request_too_large: { status: 413, title: 'The request is too large' },
  content_type_unsupported: { status: 415, title: 'Only application/json is accepted' },
  origin_refused: { status: 403, title: 'The request came from another site' },
  route_not_found: { status: 404, title: 'There is nothing here' },
  option_invalid: { status: 500, title: 'An option is missing or outside its bounds' },
  secret_unreadable: { status: 500, title: 'A stored secret cannot be opened with the configured keys' },
  proof_spent: { status: 500, title: 'A proof or a grant was used twice' },
  proof_mismatch: { status: 500, title: 'A proof or a grant was used for something it does not cover' },
  action_invalid: { status: 500, title: 'There is no such action, or what it acts on was not named' },
  account_not_found: { status: 401, title: 'The account does not exist or may not sign in' },
  delivery_failed: { status: 503, title: 'The message could not be handed over' },
  store_failed: { status: 503, title: 'The store could not be reached' },
  internal_error: { status: 500, title: 'Something broke on our side' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>

export type ErrorCode = keyof typeof errorCodes

/**
 * Misuse or a broken part. Expected refusals (a wrong code, a lock) are values, not exceptions.
 * `message` is for the developer; it never holds a code, a secret or a destination.
 */
export class SallyportError extends Error {
  override readonly name = 'SallyportError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string = errorCodes[code].title, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  get status(): number {
    return errorCodes[this.code].status
  }
}
