import { useState } from 'react'
import { Field } from './field.tsx'

interface PasswordFieldProps {
  readonly label?: string
  readonly name?: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly autoComplete: 'new-password' | 'current-password'
  readonly hint?: string
  readonly error?: string | undefined
}

export function PasswordField(props: PasswordFieldProps) {
  const { label = 'Password', name = 'password', value, onChange, autoComplete, hint, error } = props
  const [shown, setShown] = useState(false)
  return (
    <Field label={label} error={error} {...(hint === undefined ? {} : { hint })}>
      {(control) => (
        <div className="with-button">
          <input
            {...control}
            name={name}
            type={shown ? 'text' : 'password'}
            autoComplete={autoComplete}
            autoCapitalize="none"
            spellCheck={false}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
          <button type="button" className="inside-button" onClick={() => setShown(!shown)}>
            {shown ? 'Hide' : 'Show'}
            <span className="unseen"> {label.toLowerCase()}</span>
          </button>
        </div>
      )}
    </Field>
  )
}
