import type { Context } from 'hono'
import type { Refusal } from '../engine/attempt.ts'
import type { PromptResult } from '../engine/challenges.ts'
import { type Problem, problem, secondsUntil } from './problem.ts'

/** An answer that was not accepted, as a problem document. */
export function refusedAnswer(context: Context, refusal: Refusal, now: number): Problem {
  switch (refusal.reason) {
    case 'wrong':
      return problem(context, 'answer_wrong', { attemptsLeft: refusal.attemptsLeft })
    case 'locked':
      return problem(context, 'account_locked', { retryAfterSeconds: secondsUntil(refusal.retryAt, now) })
    case 'malformed':
      return problem(context, 'answer_malformed')
    case 'closed':
      return problem(context, 'challenge_closed')
    case 'not_found':
      return problem(context, 'challenge_not_found')
    case 'not_allowed':
      return problem(context, 'method_not_allowed')
    case 'not_prompted':
      return problem(context, 'code_not_sent')
  }
}

/** A code that was not sent, as a problem document. */
export function refusedPrompt(context: Context, refusal: Extract<PromptResult, { ok: false }>, now: number): Problem {
  const retryAfterSeconds = secondsUntil(refusal.retryAt, now)
  switch (refusal.reason) {
    case 'too_soon':
      return problem(context, 'send_too_soon', { retryAfterSeconds })
    case 'limit':
      return problem(context, 'send_limit', { retryAfterSeconds })
    case 'locked':
      return problem(context, 'account_locked', { retryAfterSeconds })
    case 'closed':
      return problem(context, 'challenge_closed')
    case 'not_found':
      return problem(context, 'challenge_not_found')
    case 'not_allowed':
      return problem(context, 'method_not_allowed')
  }
}
