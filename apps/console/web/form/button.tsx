import { type ButtonHTMLAttributes, useEffect, useState } from 'react'

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> {
  readonly kind?: 'primary' | 'secondary' | 'quiet' | 'danger'
  readonly busy?: boolean
  /** What it says while it is busy: "Sending…". */
  readonly busyWords?: string
  readonly blocked?: boolean
}

/** So long a busy button keeps its words: a quick answer does not flicker. */
const patienceMs = 250

/** A blocked or busy button says so but keeps the keyboard focus, which `disabled` would throw away. */
export function Button({
  kind = 'secondary',
  busy = false,
  busyWords,
  blocked = false,
  onClick,
  type = 'button',
  children,
  ...rest
}: ButtonProps) {
  const stopped = busy || blocked
  const lasting = useLasting(busy)
  const button = (
    <button
      {...rest}
      type={type}
      className={`button button-${kind}`}
      aria-disabled={stopped ? true : undefined}
      aria-busy={busy ? true : undefined}
      onClick={(event) => {
        if (stopped) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {lasting && busyWords !== undefined ? busyWords : children}
    </button>
  )
  if (busyWords === undefined) return button
  return (
    <>
      {button}
      <span className="unseen" role="status">
        {lasting ? busyWords : ''}
      </span>
    </>
  )
}

function useLasting(busy: boolean): boolean {
  const [lasting, setLasting] = useState(false)
  useEffect(() => {
    if (!busy) return
    const timer = setTimeout(() => setLasting(true), patienceMs)
    return () => {
      clearTimeout(timer)
      setLasting(false)
    }
  }, [busy])
  return busy && lasting
}
