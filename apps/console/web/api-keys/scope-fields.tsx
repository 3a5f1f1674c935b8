import { useId } from 'react'
import type { ApiKeysView } from '../api/types.ts'

interface ScopeFieldsProps {
  readonly scopes: ApiKeysView['scopes']
  readonly chosen: readonly string[]
  readonly onChange: (chosen: readonly string[]) => void
  readonly error: string | undefined
}

export function ScopeFields({ scopes, chosen, onChange, error }: ScopeFieldsProps) {
  const id = useId()
  return (
    <fieldset className="field" aria-describedby={error === undefined ? undefined : `${id}-error`}>
      <legend>Scopes</legend>
      {scopes.map(({ scope, about }) => (
        <label key={scope} className="check">
          <input
            type="checkbox"
            name="scopes"
            checked={chosen.includes(scope)}
            aria-invalid={error === undefined ? undefined : true}
            onChange={(event) =>
              onChange(event.target.checked ? [...chosen, scope] : chosen.filter((other) => other !== scope))
            }
          />
          <span className="check-text">
            <code>{scope}</code>
            <span className="quiet">{about}</span>
          </span>
        </label>
      ))}
      {error === undefined ? null : (
        <p className="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </fieldset>
  )
}
