import type { Clock } from '../contract/clock.ts'

/** A clock that stands still until it is moved: hand it to `createSallyport` and no test has to wait. */
export interface MovingClock extends Clock {
  /** Moves the time forward. */
  advance(milliseconds: number): void
}

/** Default start: a round time at the beginning of a TOTP step. */
export function movingClock(start: number = Date.UTC(2026, 0, 5, 12)): MovingClock {
  let now = start
  const advance = (milliseconds: number): void => {
    now += milliseconds
  }
  return Object.assign(() => now, { advance })
}
