import type { MethodKind } from '../api/types.ts'
import { Field } from '../form/field.tsx'

interface CodeFieldProps {
  readonly method: MethodKind
  readonly value: string
  readonly onChange: (value: string) => void
  readonly error: string | undefined
}

/** One input for the whole code, so that paste, autofill and screen readers meet nothing unusual. */
export function CodeField({ method, value, onChange, error }: CodeFieldProps) {
  const recovery = method === 'recovery_code'
  return (
    <Field label={recovery ? 'Recovery code' : 'Code'} error={error}>
      {(control) => (
        <input
          {...control}
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
