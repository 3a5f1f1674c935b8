import type { Context } from 'hono'
import { type ErrorCode, errorCodes } from '../contract/errors.ts'
import type { Refused } from '../engine/demand.ts'
import type { Refusal } from '../engine/attempt.ts'
import type { PromptResult } from '../engine/challenges.ts'
import type { PasskeyResult } from '../engine/passkeys.ts'
import { type Problem, problem, problemDocument, type ProblemExtra, secondsUntil } from './problem.ts'
import { challengeBody } from './schemas.ts'

type RefusedPrompt = Extract<PromptResult, { ok: false }>
type RefusedAnswer = Refusal | Extract<PasskeyResult, { ok: false }>

const codes: Readonly<Record<(RefusedAnswer | RefusedPrompt)['reason'], ErrorCode>> = {
  wrong: 'answer_wrong',
  malformed: 'answer_malformed',
  not_prompted: 'code_not_sent',
  not_allowed: 'method_not_allowed',
  not_found: 'challenge_not_found',
  unknown_key: 'key_unknown',
  elsewhere: 'sign_in_elsewhere',
  closed: 'challenge_closed',
  locked: 'account_locked',
  limited: 'network_limited',
  too_soon: 'send_too_soon',
  limit: 'send_limit',
}

/** An answer that was not accepted, as a problem document. */
export function refusedAnswer(context: Context, refusal: RefusedAnswer, now: number): Problem {
  const code = codes[refusal.reason]
  if ('attemptsLeft' in refusal) return problem(context, code, { attemptsLeft: refusal.attemptsLeft })
  if (refusal.reason !== 'locked' && refusal.reason !== 'limited') return problem(context, code)
  return problem(context, code, { retryAfterSeconds: secondsUntil(refusal.retryAt, now) })
}

const statusCodes = {
  mismatch: 'step_up_mismatch',
  too_weak: 'method_too_weak',
  mandatory: 'mfa_mandatory',
} as const

/**
 * An action that was not granted, as a problem document: with the challenge to answer, where there is one (requirement S9). A
 * client that came with an access token is told the way RFC 9470 has it.
 */
export function refusedAction(context: Context, refused: Refused, now: number): Problem {
  if (refused.status === 'challenge') {
    const extra = { challenge: challengeBody(refused.challenge, now) }
    return toBearer(context, 'step_up_required', extra, refused.maxAgeSeconds)
  }
  if (refused.status === 'own_check') {
    return toBearer(context, 'own_check_required', { purpose: refused.purpose }, refused.maxAgeSeconds)
  }
  return problem(context, statusCodes[refused.status])
}

/** RFC 9470 section 3: 401 and what it would take, to whoever came with a token. */
function toBearer(
  context: Context,
  code: 'step_up_required' | 'own_check_required',
  extra: ProblemExtra,
  maxAgeSeconds: number,
): Problem {
  if (!/^Bearer /i.test(context.req.header('authorization') ?? '')) return problem(context, code, extra)
  const { title } = errorCodes[code]
  const refused = problemDocument(context, { code, title, status: 401 }, extra)
  const acr = code === 'step_up_required' ? ', acr_values="2"' : ''
  refused.headers.set(
    'www-authenticate',
    `Bearer error="insufficient_user_authentication", error_description="${title}"${acr}, max_age="${maxAgeSeconds}"`,
  )
  return refused
}

/** A code that was not sent, as a problem document. */
export function refusedPrompt(context: Context, { reason, retryAt }: RefusedPrompt, now: number): Problem {
  return problem(context, codes[reason], retryAt > 0 ? { retryAfterSeconds: secondsUntil(retryAt, now) } : {})
}
