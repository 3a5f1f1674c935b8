import { useEffect, useState } from 'react'

/** What the way back from another site has added to the address as `?name=`. Reading it takes it out of the address bar. */
export function useOutcome(name: string): string | null {
  const [{ found, path }] = useState(() => ({
    found: new URLSearchParams(location.search).get(name),
    path: location.pathname,
  }))
  useEffect(() => {
    // The page may have led to another one at once, which reads its own.
    if (found !== null && location.pathname === path) history.replaceState(history.state, '', path)
  }, [found, path])
  return found
}
