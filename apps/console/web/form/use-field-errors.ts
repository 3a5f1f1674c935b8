import { useState } from 'react'
import { type ApiError, fieldMessages } from '../api/problem.ts'

interface FieldErrors {
  readonly messages: Readonly<Record<string, string>>
  /** These were edited: what stood beside them was about what they held before. */
  readonly edited: (...fields: readonly string[]) => void
}

/** The first message for each field, until that field is edited. */
export function useFieldErrors(error: ApiError | null): FieldErrors {
  const [gone, setGone] = useState<{ error: ApiError | null; fields: readonly string[] }>({ error: null, fields: [] })
  const fields = gone.error === error ? gone.fields : []
  const messages = Object.entries(fieldMessages(error)).filter(([field]) => !fields.includes(field))
  return {
    messages: Object.fromEntries(messages),
    edited: (...these) => setGone({ error, fields: [...fields, ...these] }),
  }
}
