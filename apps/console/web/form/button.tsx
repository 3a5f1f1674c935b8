import type { ButtonHTMLAttributes } from 'react'

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> {
  readonly kind?: 'primary' | 'secondary' | 'quiet'
  readonly busy?: boolean
  readonly blocked?: boolean
}

/** A blocked or busy button says so but keeps the keyboard focus, which `disabled` would throw away. */
export function Button({
  kind = 'secondary',
  busy = false,
  blocked = false,
  onClick,
  type = 'button',
  ...rest
}: ButtonProps) {
  const stopped = busy || blocked
  return (
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
    />
  )
}
