import type { RefObject } from 'react'
import type { ChallengeMethod } from '../api/types.ts'
import { Field } from '../form/field.tsx'

interface CodeFieldProps {
  readonly method: ChallengeMethod
  readonly value: string
  readonly onChange: (value: string) => void
  readonly error: string | undefined
  readonly describedBy: string
  readonly input: RefObject<HTMLInputElement | null>
}

/** One input for the whole code, so that paste, autofill and screen readers meet nothing unusual. */
export function CodeField({ method, value, onChange, error, describedBy, input }: CodeFieldProps) {
  const recovery = method.method === 'recovery_code'
  const hint = method.digits === null ? {} : { hint: `${method.digits} digits` }
  return (
    <Field label={recovery ? 'Recovery code' : 'Code'} error={error} describedBy={describedBy} {...hint}>
      {(control) => (
        <input
          {...control}
          ref={input}
          name="code"
          className={recovery ? 'code-input code-input-long' : 'code-input'}
          type="text"
          inputMode={recovery ? 'text' : 'numeric'}
          autoComplete={recovery ? 'off' : 'one-time-code'}
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}
