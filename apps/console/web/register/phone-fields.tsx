import { Field } from '../form/field.tsx'
import type { Country } from './countries.ts'

interface PhoneFieldsProps {
  readonly label?: string
  readonly phone: string
  readonly onPhone: (phone: string) => void
  readonly country: string
  readonly onCountry: (code: string) => void
  readonly countries: readonly Country[]
  readonly phoneError: string | undefined
  readonly countryError: string | undefined
}

/** A number in any writing: an international one stands for itself, a national one is read as the country's. */
export function PhoneFields(props: PhoneFieldsProps) {
  return (
    <div className="phone">
      <Field label="Country" error={props.countryError}>
        {(control) => (
          <select
            {...control}
            name="country"
            autoComplete="country"
            value={props.country}
            onChange={(event) => props.onCountry(event.target.value)}
          >
            {props.countries.map(({ code, label }) => (
              <option key={code} value={code}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={props.label ?? 'Phone (optional)'} hint="For codes by text message." error={props.phoneError}>
        {(control) => (
          <input
            {...control}
            name="phone"
            type="tel"
            autoComplete="tel"
            value={props.phone}
            onChange={(event) => props.onPhone(event.target.value)}
          />
        )}
      </Field>
    </div>
  )
}
