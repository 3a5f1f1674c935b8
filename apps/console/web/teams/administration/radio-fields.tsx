import { type ReactNode, useId } from 'react'

export interface Choice<Value extends string> {
  readonly value: Value
  readonly words: string
  /** What it means, in a sentence. */
  readonly about: string
}

interface RadioFieldsProps<Value extends string> {
  readonly legend: string
  readonly name: string
  readonly choices: readonly Choice<Value>[]
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly error?: string | undefined
  /** What else has to be said for the one that is chosen. */
  readonly children?: ReactNode
}

export function RadioFields<Value extends string>(props: RadioFieldsProps<Value>) {
  const { legend, name, choices, value, onChange, error, children } = props
  const id = useId()
  return (
    <fieldset className="field" aria-describedby={error === undefined ? undefined : `${id}-error`}>
      <legend>{legend}</legend>
      {choices.map((choice) => (
        <label key={choice.value} className="check">
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            aria-labelledby={`${id}-${choice.value}`}
            aria-describedby={`${id}-${choice.value}-about`}
            aria-invalid={error === undefined ? undefined : true}
            onChange={() => onChange(choice.value)}
          />
          <span className="check-text">
            <span id={`${id}-${choice.value}`}>{choice.words}</span>
            <span id={`${id}-${choice.value}-about`} className="quiet">
              {choice.about}
            </span>
          </span>
        </label>
      ))}
      {error === undefined ? null : (
        <p className="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {children}
    </fieldset>
  )
}
