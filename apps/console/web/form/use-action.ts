import { useRef, useState } from 'react'
import { ApiError } from '../api/problem.ts'

export interface Action<Args extends readonly unknown[]> {
  /** Does nothing while an earlier run is still under way, so a double click sends once. */
  readonly run: (...args: Args) => Promise<void>
  readonly busy: boolean
  /** Why the last run failed; null while running and after success. */
  readonly error: ApiError | null
}

/** Something a person sets off: at most one at a time, its failure kept as a value to show. */
export function useAction<Args extends readonly unknown[]>(work: (...args: Args) => Promise<void>): Action<Args> {
  const running = useRef(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<ApiError | null>(null)

  const run = async (...args: Args) => {
    if (running.current) return
    running.current = true
    setBusy(true)
    setError(null)
    try {
      await work(...args)
    } catch (reason) {
      setError(asApiError(reason))
    } finally {
      running.current = false
      setBusy(false)
    }
  }

  return { run, busy, error }
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
