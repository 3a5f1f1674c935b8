import { type ApiError, sentenceOf } from '../api/problem.ts'
import { Notice } from '../frame/notice.tsx'
import { spokenTime, clockTime, useSecondsLeft } from './seconds-left.ts'

/** A failure that belongs to no field, with the wait it asks for counting down. */
export function ProblemNotice({ error, sentence }: { error: ApiError | null; sentence?: string }) {
  const wait = error?.retryAfterSeconds ?? 0
  const left = useSecondsLeft(wait, error)
  if (error === null || (wait > 0 && left === 0)) return null
  return (
    <Notice tone={wait > 0 ? 'warning' : 'danger'}>
      {sentence ?? sentenceOf(error)}
      {wait > 0 ? <TryAgainIn total={wait} left={left} /> : null}
    </Notice>
  )
}

/** Eyes see it count; a screen reader is told once and not every second. */
export function TryAgainIn({ total, left }: { total: number; left: number }) {
  return (
    <>
      {' '}
      <span aria-hidden="true">
        Try again in <span className="clock">{clockTime(left)}</span>.
      </span>
      <span className="unseen">Try again in {spokenTime(total)}.</span>
    </>
  )
}
