import type { ReactNode } from 'react'
import { type ApiError, sentenceOf } from '../api/problem.ts'
import { Notice } from '../frame/notice.tsx'
import { spokenTime, clockTime, useSecondsLeft } from './seconds-left.ts'

interface ProblemNoticeProps {
  readonly error: ApiError | null
  readonly sentence?: ReactNode
  /** A button beside it counts the wait down, so it need not be seen here too. */
  readonly waitShown?: boolean
}

/** A failure that belongs to no field, with the wait it asks for counting down. */
export function ProblemNotice({ error, sentence, waitShown = false }: ProblemNoticeProps) {
  const wait = error?.retryAfterSeconds ?? 0
  const left = useSecondsLeft(wait, error)
  if (error === null || (wait > 0 && left === 0)) return null
  return (
    <Notice tone={wait > 0 ? 'warning' : 'danger'}>
      {sentence ?? sentenceOf(error)}
      {wait > 0 ? <TryAgainIn total={wait} left={left} onlySpoken={waitShown} /> : null}
    </Notice>
  )
}

interface TryAgainInProps {
  readonly total: number
  readonly left: number
  readonly onlySpoken?: boolean
}

/** Eyes see it count; a screen reader is told once and not every second, which is what a timer is. */
export function TryAgainIn({ total, left, onlySpoken = false }: TryAgainInProps) {
  if (onlySpoken) return <span className="unseen"> Try again in {spokenTime(total)}.</span>
  return (
    <>
      {' '}
      Try again in{' '}
      <span className="clock" role="timer" aria-label={spokenTime(left)}>
        {clockTime(left)}
      </span>
      .
    </>
  )
}
