import { ApiError } from '../api/problem.ts'
import type { ChallengeMethod, ChallengeView } from '../api/types.ts'

/** The code that could not be sent when the challenge was opened, as if it had been asked for here. */
export function refusalIn({ refused }: ChallengeView, method: Pick<ChallengeMethod, 'enrollmentId'>): ApiError | null {
  if (refused === null || refused.enrollmentId !== method.enrollmentId || refused.reason === 'locked') return null
  const code = refused.reason === 'too_soon' ? 'send_too_soon' : 'send_limit'
  return new ApiError({ status: 429, code, title: code, retryAfterSeconds: refused.retryInSeconds })
}
