import { type RefObject, useEffect, useRef } from 'react'

/** The first field, or the button of a key, has the focus when this appears; where there is none, the element itself. */
export function useFirstFocus<Kind extends HTMLElement>(): RefObject<Kind | null> {
  const around = useRef<Kind>(null)
  useEffect(() => {
    const field = around.current?.querySelector<HTMLElement>('input:not([hidden]), [data-key]')
    // In a low window the title stays in view, and what the field is for with it.
    const target = field ?? around.current
    target?.focus({ preventScroll: true })
    around.current?.closest('dialog')?.scrollTo(0, 0)
  }, [])
  return around
}
