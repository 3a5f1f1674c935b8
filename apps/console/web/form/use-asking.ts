import { type RefObject, useEffect, useRef, useState } from 'react'

interface Asking<Kind extends HTMLElement> {
  readonly asking: boolean
  /** Stands around the button that asks, which is marked with `data-asks`. */
  readonly around: RefObject<Kind | null>
  readonly ask: () => void
  readonly stop: () => void
}

/** A question before something is done. Whoever says no is back at the button that asked it. */
export function useAsking<Kind extends HTMLElement>(): Asking<Kind> {
  const [asking, setAsking] = useState(false)
  const around = useRef<Kind>(null)
  const asked = useRef(false)

  useEffect(() => {
    const button = around.current?.querySelector<HTMLElement>('[data-asks]')
    if (asked.current && !asking) button?.focus({ preventScroll: true })
    asked.current = asking
  }, [asking])

  return { asking, around, ask: () => setAsking(true), stop: () => setAsking(false) }
}
