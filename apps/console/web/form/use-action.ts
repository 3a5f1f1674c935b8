import { useEffect, useRef, useState } from 'react'
import { ApiError } from '../api/problem.ts'

export interface Action<Args extends readonly unknown[]> {
  /** Does nothing while an earlier run is still under way, so a double click sends once. */
  readonly run: (...args: Args) => Promise<void>
  readonly busy: boolean
  /** Why the last run failed; null while running, after success, and once another action of the page has begun. */
  readonly error: ApiError | null
}

/** What is to be done whenever an action of the page begins. */
const starts = new Set<() => void>()

/** Calls `listener` when any action of the page begins. Returns what ends that. */
export function whenActionBegins(listener: () => void): () => void {
  starts.add(listener)
  return () => void starts.delete(listener)
}

/** Something a person sets off: at most one at a time, its failure kept as a value to show. */
export function useAction<Args extends readonly unknown[]>(work: (...args: Args) => Promise<void>): Action<Args> {
  const running = useRef(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<ApiError | null>(null)

  useEffect(() => {
    // What only time mends is still true, and counts down.
    const drop = () => setError((shown) => (shown !== null && shown.retryAfterSeconds > 0 ? shown : null))
    return whenActionBegins(drop)
  }, [])

  const run = async (...args: Args) => {
    if (running.current) return
    running.current = true
    setBusy(true)
    for (const begins of starts) begins()
    setError(null)
    try {
      await work(...args)
    } catch (reason) {
      if (!isCancelled(reason)) setError(asApiError(reason))
    } finally {
      running.current = false
      setBusy(false)
    }
  }

  return { run, busy, error }
}

/** Who was asked to confirm it and chose not to did nothing, so nothing failed. */
export function isCancelled(reason: unknown): boolean {
  return reason instanceof ApiError && reason.code === 'cancelled'
}

export function asApiError(reason: unknown): ApiError {
  if (reason instanceof ApiError) return reason
  console.error(reason)
  return new ApiError({ status: 0, code: 'unexpected', title: 'Something went wrong on this page. Load it again.' })
}

/** A refusal the page itself gives before asking the server, in the shape the server would give it. */
export function refusal(messages: Readonly<Record<string, string | undefined>>): ApiError | null {
  const errors = Object.entries(messages).flatMap(([field, message]) =>
    message === undefined ? [] : [{ field, code: 'missing', message }],
  )
  return errors.length === 0
    ? null
    : new ApiError({ status: 422, code: 'request_invalid', title: 'Check the form', errors })
}
