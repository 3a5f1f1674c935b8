import { type ReactNode, useEffect, useRef } from 'react'
import { Button } from './button.tsx'

interface SureProps {
  /** What happens, and what can't be undone. */
  readonly children: ReactNode
  /** What the button that does it says. */
  readonly words: string
  readonly busyWords: string
  readonly busy: boolean
  readonly onSure: () => void
  /** What the button that does nothing says, where "Cancel" would be taken for the other one. */
  readonly no?: string
  readonly onCancel: () => void
}

/** A question in place of the button that asked for it. The second click of a double one, meant for that button, answers nothing. */
export function Sure({ children, words, busyWords, busy, onSure, no = 'Cancel', onCancel }: SureProps) {
  const question = useRef<HTMLDivElement>(null)
  useEffect(() => question.current?.focus({ preventScroll: true }), [])
  return (
    <div className="sure" ref={question} role="group" aria-label={words} tabIndex={-1}>
      <p>{children}</p>
      <div className="ways">
        <Button kind="danger" busy={busy} busyWords={busyWords} onClick={({ detail }) => detail < 2 && onSure()}>
          {words}
        </Button>
        <Button kind="quiet" onClick={onCancel}>
          {no}
        </Button>
      </div>
    </div>
  )
}
