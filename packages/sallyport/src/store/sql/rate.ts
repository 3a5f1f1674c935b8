import type { Rate, Store } from '../../contract/store.ts'
import { integer, type Step, sql } from './query.ts'
import { recorded } from './record.ts'

/**
 * The row, made if need be and locked until the step commits: of what comes from one place at once, one is looked at after the
 * other, the very first included.
 */
const lockRate = sql(`INSERT INTO sallyport_rate (name, until) VALUES (?, ?)
  ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING until`)

const selectRate = sql('SELECT until FROM sallyport_rate WHERE name = ?')

/**
 * The generic cell rate algorithm (ITU-T I.371): `until` is when everything that was let through would have come at an even pace.
 */
const charge = sql(`UPDATE sallyport_rate SET until = CASE WHEN until > ? THEN until ELSE ? END + ?
  WHERE name = ? RETURNING until`)

const refund = sql('UPDATE sallyport_rate SET until = until - ? WHERE name = ?')

/** How long one of `count` takes up of `withinMs`. */
export function intervalOf({ count, withinMs }: Rate): number {
  return Math.ceil(withinMs / count)
}

/** How far ahead `until` may be for there to be room for one more: all but one, whether or not `count` divides `withinMs`. */
function toleranceOf(rate: Rate): number {
  return intervalOf(rate) * (rate.count - 1)
}

/** From when there is room for one more, where there is none now; otherwise 0. */
function fullUntil(rate: Rate, until: number, now: number): number {
  const freeAt = until - toleranceOf(rate)
  return freeAt > now ? freeAt : 0
}

/** The same for what is stored, which nobody else changes until the step commits. */
export function* lockedFullUntil(rate: Rate, now: number): Step<number> {
  const row = (yield* lockRate(rate.name, now)).rows[0]
  return row === undefined ? 0 : fullUntil(rate, integer(row, 'until'), now)
}

/** Takes one of a rate that is locked and not full; whether there is no room for another now. */
export function* chargeRate(rate: Rate, now: number): Step<boolean> {
  const row = (yield* charge(now, now, intervalOf(rate), rate.name)).rows[0]
  return row !== undefined && fullUntil(rate, integer(row, 'until'), now) > 0
}

export function* refundRate(name: string, interval: number): Step<void> {
  yield* refund(interval, name)
}

/** Takes one of each, or none of any. */
export function* chargeAll(
  rates: readonly Rate[],
  now: number,
): Step<{ readonly full: Rate; readonly freeAt: number } | null> {
  for (const rate of rates) {
    const freeAt = yield* lockedFullUntil(rate, now)
    if (freeAt > 0) return { full: rate, freeAt }
  }
  for (const rate of rates) yield* chargeRate(rate, now)
  return null
}

export function* rateFreeAt({ rate, now }: Parameters<Store['rateFreeAt']>[0]): Step<number> {
  const row = (yield* selectRate(rate.name)).rows[0]
  return row === undefined ? 0 : fullUntil(rate, integer(row, 'until'), now)
}

export function* countRate({
  rate,
  now,
  record,
}: Parameters<Store['countRate']>[0]): Step<{ readonly freeAt: number; readonly filled: boolean }> {
  const freeAt = yield* lockedFullUntil(rate, now)
  const filled = freeAt === 0 && (yield* chargeRate(rate, now))
  return yield* recorded({ freeAt, filled }, record)
}
