import { type RefObject, useEffect, useRef } from 'react'

/**
 * Has the focus once `here` is true: for what tells why someone is back on a page. To be called by what the page stands in,
 * because the page gives the focus to its title.
 */
export function useFocused<Kind extends HTMLElement>(here: boolean): RefObject<Kind | null> {
  const target = useRef<Kind>(null)
  useEffect(() => {
    if (here) target.current?.focus({ preventScroll: true })
  }, [here])
  return target
}
