import { useCallback, useEffect, useState } from 'react'
import type { ApiError } from '../api/problem.ts'
import { asApiError } from '../form/use-action.ts'

interface Loaded<Data> {
  readonly data: Data | null
  readonly error: ApiError | null
  /** Reads again. What is shown stays until the answer is there. */
  readonly reload: () => Promise<void>
  readonly replace: (data: Data) => void
}

/** Reads what a page shows when the page opens. `load` must be the same function on every render. */
export function useLoad<Data>(load: () => Promise<Data>): Loaded<Data> {
  const [data, setData] = useState<Data | null>(null)
  const [error, setError] = useState<ApiError | null>(null)

  const reload = useCallback(async () => {
    try {
      setData(await load())
      setError(null)
    } catch (reason) {
      setError(asApiError(reason))
    }
  }, [load])

  useEffect(() => {
    void reload()
  }, [reload])

  return { data, error, reload, replace: setData }
}
