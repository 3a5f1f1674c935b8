import { useEffect, useState } from 'react'

/** When each response was first counted from, so that a countdown goes on where it was after it was out of sight. */
const arrivals = new WeakMap<object, number>()

/**
 * Counts whole seconds down to 0. `seconds` are relative to the moment `since` appeared: hand in the response they came with.
 * Reads the clock each time instead of counting ticks, so a laptop that slept shows the right number.
 */
export function useSecondsLeft(seconds: number, since: object | null): number {
  const [shown, setShown] = useState(() => ({ since, left: left(seconds, since) }))

  useEffect(() => {
    const update = () => {
      const now = { since, left: left(seconds, since) }
      setShown((before) => (before.since === since && before.left === now.left ? before : now))
      if (now.left === 0) clearInterval(timer)
    }
    const timer = setInterval(update, 250)
    update()
    return () => clearInterval(timer)
  }, [seconds, since])

  return shown.since === since ? shown.left : left(seconds, since)
}

/** How long ago `since` appeared. */
export function ageOf(since: object): number {
  return Date.now() - arrivalOf(since)
}

function left(seconds: number, since: object | null): number {
  return Math.max(0, Math.ceil((arrivalOf(since) + seconds * 1000 - Date.now()) / 1000))
}

function arrivalOf(since: object | null): number {
  const arrival = (since === null ? undefined : arrivals.get(since)) ?? Date.now()
  if (since !== null) arrivals.set(since, arrival)
  return arrival
}

/** `0:42`, `14:05`, `1 h 05 min`. */
export function clockTime(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
}

/** `42 seconds`, `15 minutes`, `2 hours`, `30 days`: rounded up, for reading aloud and in sentences. */
export function spokenTime(seconds: number): string {
  const count = (value: number, word: string) => `${value} ${word}${value === 1 ? '' : 's'}`
  if (seconds < 60) return count(seconds, 'second')
  if (seconds < 7200) return count(Math.ceil(seconds / 60), 'minute')
  if (seconds < 172_800) return count(Math.ceil(seconds / 3600), 'hour')
  return count(Math.ceil(seconds / 86_400), 'day')
}
