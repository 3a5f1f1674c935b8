import { type RefObject, useEffect, useRef, useState } from 'react'
import type { ActivityEntry, ActivityPage } from '../api/types.ts'
import { type Action, useAction } from '../form/use-action.ts'

interface Older<Kind extends HTMLElement> {
  readonly entries: readonly ActivityEntry[]
  readonly isAll: boolean
  readonly showOlder: Action<readonly []>
  /** Stands around the entries, each of which is marked with `data-entry` and takes the focus. */
  readonly around: RefObject<Kind | null>
}

/** The first page of entries, and below it the older ones that were asked for. */
export function useOlder<Kind extends HTMLElement>(
  first: ActivityPage,
  read: (before: string) => Promise<ActivityPage>,
): Older<Kind> {
  const [shown, setShown] = useState(first)
  const [reached, setReached] = useState<number | null>(null)
  const around = useRef<Kind>(null)
  const showOlder = useAction(async () => {
    if (shown.next === null) return
    const { entries, next } = await read(shown.next)
    setShown({ entries: [...shown.entries, ...entries], next })
    setReached(shown.entries.length)
  })

  useEffect(() => {
    if (reached === null) return
    // What came last is where reading goes on.
    around.current?.querySelectorAll<HTMLElement>('[data-entry]')[reached]?.focus({ preventScroll: true })
  }, [reached])

  return { entries: shown.entries, isAll: shown.next === null, showOlder, around }
}
