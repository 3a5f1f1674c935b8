import { useEffect, useRef } from 'react'

/**
 * Gives each ceremony a signal that is aborted when the next one begins, or what it belongs to is gone. To be taken before
 * anything is waited for: who has left the page by then is asked for no key.
 */
export function useLeaving(): () => AbortSignal {
  const current = useRef<AbortController | null>(null)
  useEffect(() => () => current.current?.abort(), [])
  return () => {
    current.current?.abort()
    current.current = new AbortController()
    return current.current.signal
  }
}
