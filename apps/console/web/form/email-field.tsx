import { Field } from './field.tsx'

interface EmailFieldProps {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly error: string | undefined
}

/** The address that an account goes by. */
export function EmailField({ value, onChange, error }: EmailFieldProps) {
  return (
    <Field label="E-mail" error={error}>
      {(control) => (
        <input
          {...control}
          name="email"
          type="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}
