import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Button } from '../form/button.tsx'
import { Icon, type IconName } from '../frame/icons.tsx'

interface DetailRowProps {
  readonly icon: IconName
  readonly title: ReactNode
  /** What the button says that opens the form, and what it adds for who hears the button alone. */
  readonly words: string
  readonly what: string
  /** What the account has now. */
  readonly now: ReactNode
  /** Null where it can't be changed. */
  readonly form: ((close: () => void) => ReactNode) | null
}

/** Something of an account, and the form that changes it in its place. */
export function DetailRow({ icon, title, words, what, now, form }: DetailRowProps) {
  const [open, setOpen] = useState(false)
  const row = useRef<HTMLLIElement>(null)
  const wasOpen = useRef(false)

  useEffect(() => {
    const target = open ? 'form input:not([hidden]), form select' : '[data-opens]'
    if (open || wasOpen.current) row.current?.querySelector<HTMLElement>(target)?.focus({ preventScroll: true })
    wasOpen.current = open
  }, [open])

  return (
    <li className="row" ref={row}>
      <Icon name={icon} />
      <div className="row-main">
        <h3>{title}</h3>
        {now}
        {open ? form?.(() => setOpen(false)) : null}
      </div>
      {open || form === null ? null : (
        <div className="row-actions">
          <Button data-opens="" onClick={() => setOpen(true)}>
            <span>
              {words}
              <span className="unseen"> {what}</span>
            </span>
          </Button>
        </div>
      )}
    </li>
  )
}
