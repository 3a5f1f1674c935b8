import type { ChallengeView } from './types.ts'

/** A problem document (RFC 9457) with the members this API adds. */
export interface Problem {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail?: string
  readonly errors?: readonly FieldProblem[]
  readonly attemptsLeft?: number
  readonly retryAfterSeconds?: number
  /** What is to be confirmed with the password, or by signing in again. */
  readonly purpose?: string
  /** With `step_up_required`: what has to be answered first. */
  readonly challenge?: ChallengeView
}

export interface FieldProblem {
  readonly field: string
  readonly code: string
  readonly message: string
}

/** Every way in which a call can end without its answer. `status` is 0 when there was no response at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.title)
    this.problem = problem
  }

  get code(): string {
    return this.problem.code
  }

  /** Seconds until another try makes sense; 0 when the server named none. */
  get retryAfterSeconds(): number {
    return this.problem.retryAfterSeconds ?? 0
  }
}

export function unreachable(): ApiError {
  return new ApiError({ status: 0, code: 'network', title: 'The server could not be reached' })
}

/** The page was shown to someone who is signed out by now. */
export function signedOut(): ApiError {
  return new ApiError({ status: 401, code: 'not_signed_in', title: 'You are signed out' })
}

/** Another tab of this browser has signed in as another account, or as one where there was none. */
export function someoneElse(): ApiError {
  return new ApiError({ status: 409, code: 'account_changed', title: someoneElseIsHere })
}

/** The person was asked to confirm a request and chose not to: it never happened. */
export function cancelled(): ApiError {
  return new ApiError({ status: 0, code: 'cancelled', title: 'Cancelled' })
}

export const someoneElseIsHere = 'Someone else is signed in in this browser now.'

/** The problem a failed response carries. A proxy in between may answer with something else than a problem document. */
export async function problemOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null)
  const known = typeof body === 'object' && body !== null ? (body as Partial<Problem>) : {}
  const retryAfter = known.retryAfterSeconds ?? Number(response.headers.get('retry-after') ?? 0)
  return new ApiError({
    ...known,
    status: response.status,
    code: known.code ?? 'unknown',
    title: known.title ?? 'Something went wrong on our side',
    ...(retryAfter > 0 ? { retryAfterSeconds: retryAfter } : {}),
  })
}

/** For a removal: somebody was quicker, and what was to go is gone. */
export function unlessGone(code: string): (reason: unknown) => void {
  return (reason) => {
    if (!(reason instanceof ApiError) || reason.code !== code) throw reason
  }
}

const sentences: Readonly<Record<string, string>> = {
  network: 'We couldn’t reach the server. Check your connection and try again.',
  answer_wrong: 'That code is not right.',
  account_locked: 'There were too many wrong codes.',
  code_not_sent: 'No code has been sent yet. Send one first.',
  send_too_soon: 'A code was sent a moment ago.',
  send_limit: 'Too many codes were sent.',
  network_limited: 'Too many wrong tries from your network.',
  delivery_failed: 'We couldn’t send the message.',
  name_taken: 'Another second factor already has this name.',
  method_not_allowed: 'This second factor can’t confirm this. Use another one.',
  key_unknown: 'This passkey belongs to no account here. Sign in another way.',
  sign_in_elsewhere:
    'Your organisation signs you in, so this passkey is not used. Choose “Sign in with your organisation”.',
  method_unavailable: 'This second factor can’t be set up on your account.',
  credentials_wrong: 'The e-mail or the password is not right.',
  not_signed_in: 'You are signed out. Sign in again.',
  step_up_mismatch: 'What you confirmed is not what was about to happen, so nothing was changed. Try again.',
  method_too_weak: 'None of your second factors is strong enough to confirm this. Set up a stronger one first.',
  team_not_found: 'There is no such team, or you are not in it.',
  invitation_not_yours: 'This invitation is for another e-mail address.',
  enrollment_required: 'You need a second factor first.',
  mfa_mandatory:
    'Your account must keep a second factor that counts. Set up another one before you take this one away.',
  identity_not_linked:
    'There is an account with this e-mail address already. Sign in to it the way you always do, then link the other way on your account page.',
  identity_email_unverified:
    'The other site has not confirmed your e-mail address, so it can’t sign you in here. Confirm it there, or sign in another way.',
  identity_taken: 'It is linked already, with this account or another one, so nothing was changed.',
  provider_unavailable: 'The other site can’t be reached just now. Try again in a moment, or sign in another way.',
  provider_refused:
    'The other site did not sign you in, so nothing has happened here. Try again, or sign in another way.',
  provider_failed:
    'The sign-in at the other site was not completed, or took too long. Try again, or sign in another way.',
  sso_required: 'Your organisation signs you in. Choose “Sign in with your organisation”.',
  sso_not_managed:
    'Your organisation’s single sign-on does not sign in to this account here. Sign in another way, or ask its administrators.',
  sso_not_found: 'No organisation signs people in with this address. Sign in with your password, or check the address.',
  sso_not_accepted:
    'This team asks for a second factor of its own and does not take another organisation’s single sign-on for it. You can leave the team, or the organisation that signs you in.',
  sso_issuer_not_named:
    'Whoever runs this has not named this issuer among those that may sign people in. Ask them to, or keep single sign-on off.',
  account_managed:
    'Your organisation manages this account, so its e-mail address can’t be changed here. Ask its administrators.',
  last_way_in: 'This is your only way to sign in. Set a password or link another way first.',
}

/** What a person reads: our own sentence where we have one, otherwise the title the server gave. */
export function sentenceOf(error: ApiError): string {
  const { code, title, detail } = error.problem
  return sentences[code] ?? detail ?? (title.endsWith('.') ? title : `${title}.`)
}

/** What someone was sent to another site for: to sign in there or at their organisation, or to link it with their account. */
export type Errand = 'provider' | 'organisation' | 'link'

/** Where what can be done about it is not what the general sentence says. */
const onErrand: Readonly<Record<Errand, Readonly<Record<string, string>>>> = {
  provider: {},
  organisation: {
    provider_unavailable:
      'The sign-in of your organisation can’t be reached just now. Try again in a moment. If that does not help, tell its administrators.',
    provider_refused:
      'Your organisation did not sign you in, so nothing has happened here. Try again, or ask its administrators.',
    provider_failed:
      'The sign-in at your organisation was not completed, or took too long. Try again. If that does not help, tell its administrators.',
  },
  link: {
    provider_unavailable: 'The other site can’t be reached just now, so nothing was linked. Try again in a moment.',
    provider_refused: 'The other site did not sign you in, so nothing was linked. To link it, try again.',
    provider_failed:
      'The sign-in at the other site was not completed, or took too long, so nothing was linked. Try again.',
  },
}

/** Why nothing came of going to another site, which comes back as nothing but a code. */
export function sentenceOfCode(code: string, errand: Errand): string {
  // It comes out of the address, where anything may stand.
  const own = (from: Readonly<Record<string, string>>) => (Object.hasOwn(from, code) ? from[code] : undefined)
  return (
    own(onErrand[errand]) ?? own(sentences) ?? 'That sign-in was not completed, and nothing was changed. Try again.'
  )
}

/** The first message for each field. */
export function fieldMessages(error: ApiError | null): Readonly<Record<string, string>> {
  const messages: Record<string, string> = {}
  for (const { field, message } of error?.problem.errors ?? []) messages[field] ??= message
  return messages
}

/** The challenge can't be answered any more, whatever is typed. */
export function isOver(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  return (
    error.code === 'challenge_closed' ||
    error.code === 'challenge_not_found' ||
    error.code === 'contact_taken' ||
    (error.code === 'answer_wrong' && error.problem.attemptsLeft === 0)
  )
}
