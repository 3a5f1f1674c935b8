import type { Context } from 'hono'
import type { ErrorCode } from '../contract/errors.ts'
import type { Refusal } from '../engine/attempt.ts'
import type { PromptResult } from '../engine/challenges.ts'
import { type Problem, problem, secondsUntil } from './problem.ts'

type RefusedPrompt = Extract<PromptResult, { ok: false }>

const codes: Readonly<Record<(Refusal | RefusedPrompt)['reason'], ErrorCode>> = {
  wrong: 'answer_wrong',
  malformed: 'answer_malformed',
  not_prompted: 'code_not_sent',
  not_allowed: 'method_not_allowed',
  not_found: 'challenge_not_found',
  closed: 'challenge_closed',
  locked: 'account_locked',
  too_soon: 'send_too_soon',
  limit: 'send_limit',
}

/** An answer that was not accepted, as a problem document. */
export function refusedAnswer(context: Context, refusal: Refusal, now: number): Problem {
  const code = codes[refusal.reason]
  if (refusal.reason === 'wrong') return problem(context, code, { attemptsLeft: refusal.attemptsLeft })
  if (refusal.reason !== 'locked') return problem(context, code)
  return problem(context, code, { retryAfterSeconds: secondsUntil(refusal.retryAt, now) })
}

/** A code that was not sent, as a problem document. */
export function refusedPrompt(context: Context, { reason, retryAt }: RefusedPrompt, now: number): Problem {
  return problem(context, codes[reason], retryAt > 0 ? { retryAfterSeconds: secondsUntil(retryAt, now) } : {})
}
