import type { Method } from '../contract/method.ts'
import type { ChallengeSnapshot, EnrollmentRow } from '../contract/store.ts'
import { mayAnswer } from '../policy/may-answer.ts'
import type { Parts } from './parts.ts'

/** One enrollment that may answer a challenge. */
export interface Choice {
  readonly enrollmentId: string
  readonly method: string
  readonly name: string
  readonly hint: string
  readonly primary: boolean
  /** Whether a code has to be sent before it can be answered. */
  readonly sends: boolean
}

/** A challenge as the person meets it. Times are milliseconds since the epoch. */
export interface ChallengeView {
  readonly id: string
  readonly action: string
  /** Completes "Confirm it's you to …". */
  readonly purpose: string
  readonly expiresAt: number
  readonly attemptsLeft: number
  /** Until when no answer is judged; 0 when the account is not locked. */
  readonly lockedUntil: number
  /** Primary first, backups last. */
  readonly methods: readonly Choice[]
  /** The enrollment to ask for now: the one a code was sent for, else the primary; null when none may answer. */
  readonly active: string | null
  readonly code: {
    readonly enrollmentId: string
    /** False when the provider did not take the message: offer the other methods. */
    readonly delivered: boolean
    readonly expiresAt: number
    readonly resendAt: number
  } | null
  /** Why no code was sent when the challenge was opened, and from when one can be; null when nothing stood in the way. */
  readonly refused: {
    readonly enrollmentId: string
    readonly reason: 'too_soon' | 'limit' | 'locked'
    readonly retryAt: number
  } | null
}

export interface Candidate {
  readonly row: EnrollmentRow
  readonly method: Method
}

/** The enrollments that may answer, by the policy of the action. A method that is not configured any more answers nothing. */
export function candidates(parts: Parts, { challenge, enrollments }: ChallengeSnapshot): readonly Candidate[] {
  const removing = challenge.action === 'mfa.method.remove'
  const removed = removing
    ? strengthOf(
        parts,
        enrollments.find((row) => row.id === challenge.resource),
      )
    : null
  return enrollments.flatMap((row) => {
    const method = parts.methods.get(row.method)
    return method !== undefined && mayAnswer(challenge.action, method, removed).allowed ? [{ row, method }] : []
  })
}

/** Of something unknown, more than any method has: what can't be compared can't be removed. */
function strengthOf(parts: Parts, row: EnrollmentRow | undefined): number {
  return (row && parts.methods.get(row.method)?.strength) ?? Number.POSITIVE_INFINITY
}

export function viewOf(parts: Parts, snapshot: ChallengeSnapshot): ChallengeView {
  const { challenge, account } = snapshot
  const now = parts.clock()
  const methods = candidates(parts, snapshot).map(({ row, method }) => ({
    enrollmentId: row.id,
    method: row.method,
    name: row.name,
    hint: row.hint,
    primary: row.primary,
    sends: method.prompt !== undefined,
  }))
  const live = challenge.prompt !== null && challenge.prompt.expiresAt > now ? challenge.prompt : null
  // A code for a method that has been removed since is none.
  const prompt = methods.some(({ enrollmentId }) => enrollmentId === live?.enrollmentId) ? live : null
  return {
    id: challenge.id,
    action: challenge.action,
    purpose: challenge.purpose,
    expiresAt: challenge.expiresAt,
    attemptsLeft: Math.max(0, challenge.maxTries - challenge.tries),
    lockedUntil: account.lockedUntil > now ? account.lockedUntil : 0,
    methods,
    active: prompt?.enrollmentId ?? methods[0]?.enrollmentId ?? null,
    code:
      prompt === null
        ? null
        : {
            enrollmentId: prompt.enrollmentId,
            delivered: !prompt.failed,
            expiresAt: prompt.expiresAt,
            resendAt: prompt.resendAt,
          },
    refused: null,
  }
}
