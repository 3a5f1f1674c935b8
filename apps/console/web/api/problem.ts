/** A problem document (RFC 9457) with the members this API adds. */
export interface Problem {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail?: string
  readonly errors?: readonly FieldProblem[]
  readonly attemptsLeft?: number
  readonly retryAfterSeconds?: number
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

const sentences: Readonly<Record<string, string>> = {
  network: 'We couldn’t reach the server. Check your connection and try again.',
  answer_wrong: 'That code is not right.',
  account_locked: 'There were too many wrong codes.',
  code_not_sent: 'No code has been sent yet. Send one first.',
  send_too_soon: 'A code was sent a moment ago.',
  send_limit: 'Too many codes were sent here.',
  delivery_failed: 'We couldn’t send the message.',
  name_taken: 'Another second factor already has this name.',
  method_unavailable: 'This second factor can’t be set up on your account.',
  // One sentence for an unknown address, a wrong password and an unconfirmed account: the page tells nobody which.
  credentials_wrong:
    'The e-mail or the password is not right, or the e-mail address is not confirmed yet. To get a new code for an unconfirmed address, create the account again.',
  not_signed_in: 'You are signed out. Sign in again.',
}

/** What a person reads: our own sentence where we have one, otherwise the title the server gave. */
export function sentenceOf(error: ApiError): string {
  const { code, title, detail } = error.problem
  return sentences[code] ?? detail ?? (title.endsWith('.') ? title : `${title}.`)
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
