import { Field } from './field.tsx'

interface EmailFieldProps {
  readonly label?: string
  /** `webauthn` where the browser may offer passkeys with the addresses; `off` where it is not one of the person's own. */
  readonly autoComplete?: 'username' | 'username webauthn' | 'email' | 'off'
  readonly value: string
  readonly onChange: (value: string) => void
  readonly error: string | undefined
}

/** The address that an account goes by. */
export function EmailField(props: EmailFieldProps) {
  const { label = 'E-mail', autoComplete = 'username', value, onChange, error } = props
  return (
    <Field label={label} error={error}>
      {(control) => (
        <input
          {...control}
          name="email"
          type="email"
          autoComplete={autoComplete}
          autoCapitalize="none"
          spellCheck={false}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}
