import { useId } from 'react'

interface ToggleProps {
  readonly name: string
  readonly words: string
  /** What it means, in a sentence. */
  readonly about: string
  readonly role?: 'switch'
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
}

export function Toggle({ name, words, about, role, checked, onChange }: ToggleProps) {
  const id = useId()
  return (
    <label className="check">
      <input
        type="checkbox"
        role={role}
        name={name}
        aria-labelledby={`${id}-words`}
        aria-describedby={`${id}-about`}
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className="check-text">
        <span id={`${id}-words`}>{words}</span>
        <span id={`${id}-about`} className="quiet">
          {about}
        </span>
      </span>
    </label>
  )
}
