import { type FormEvent, type ReactNode, useEffect, useRef } from 'react'
import type { ApiError } from '../api/problem.ts'

interface FormProps {
  readonly onSubmit: () => void
  /** When this changes and a field is marked invalid, the first such field takes the focus. */
  readonly error: ApiError | null
  readonly children: ReactNode
}

export function Form({ onSubmit, error, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null)

  useEffect(() => {
    if (error === null) return
    const first = form.current?.querySelector<HTMLInputElement>('[aria-invalid="true"]')
    first?.focus()
    if (first?.name === 'code') first.select()
  }, [error])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }

  return (
    <form ref={form} noValidate onSubmit={submit}>
      {children}
    </form>
  )
}
