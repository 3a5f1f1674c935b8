import { useEffect, useState } from 'react'

/**
 * Counts whole seconds down to 0. `seconds` are relative to the moment `since` appeared: hand in the response they came with.
 * Reads the clock each time instead of counting ticks, so a laptop that slept shows the right number.
 */
export function useSecondsLeft(seconds: number, since: unknown): number {
  const [shown, setShown] = useState({ since, left: seconds })

  useEffect(() => {
    const end = Date.now() + seconds * 1000
    const update = () => {
      const left = Math.max(0, Math.ceil((end - Date.now()) / 1000))
      setShown((before) => (before.since === since && before.left === left ? before : { since, left }))
      if (left === 0) clearInterval(timer)
    }
    const timer = setInterval(update, 250)
    update()
    return () => clearInterval(timer)
  }, [seconds, since])

  return shown.since === since ? shown.left : seconds
}

/** `0:42`, `14:05`, `1 h 05 min`. */
export function clockTime(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
}

/** `42 seconds`, `15 minutes`, `2 hours`: rounded up, for reading aloud and in sentences. */
export function spokenTime(seconds: number): string {
  const count = (value: number, word: string) => `${value} ${word}${value === 1 ? '' : 's'}`
  if (seconds < 60) return count(seconds, 'second')
  if (seconds < 7200) return count(Math.ceil(seconds / 60), 'minute')
  return count(Math.ceil(seconds / 3600), 'hour')
}
