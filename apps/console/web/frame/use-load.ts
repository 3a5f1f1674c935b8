import { useCallback, useEffect, useRef, useState } from 'react'
import type { ApiError } from '../api/problem.ts'
import { asApiError } from '../form/use-action.ts'

interface Loaded<Data> {
  readonly data: Data | null
  readonly error: ApiError | null
  /** Reads again. What is shown stays until the answer is there. */
  readonly reload: () => Promise<void>
  readonly replace: (data: Data) => void
}

/**
 * Reads what a page shows when the page opens, and when `load` is another function: it must be the same on every render that
 * shows the same. What is shown stays until the answer is there.
 */
export function useLoad<Data>(load: () => Promise<Data>): Loaded<Data> {
  const [data, setData] = useState<Data | null>(null)
  const [error, setError] = useState<ApiError | null>(null)
  const wanted = useRef(load)
  wanted.current = load

  const reload = useCallback(async () => {
    try {
      const read = await load()
      // What comes late for an earlier question is not what is asked for now.
      if (wanted.current !== load) return
      setData(read)
      setError(null)
    } catch (reason) {
      if (wanted.current === load) setError(asApiError(reason))
    }
  }, [load])

  useEffect(() => {
    void reload()
  }, [reload])

  return { data, error, reload, replace: setData }
}
