import { spokenTime } from '../form/seconds-left.ts'
import { Toggle } from '../form/toggle.tsx'

interface TrustThisBrowserProps {
  /** For how long it would be. */
  readonly seconds: number
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
}

export function TrustThisBrowser({ seconds, checked, onChange }: TrustThisBrowserProps) {
  return (
    <Toggle
      name="remember"
      words={`Trust this browser for ${spokenTime(seconds)}`}
      about="It won’t ask for a second factor here. Only on a device that is yours alone."
      checked={checked}
      onChange={onChange}
    />
  )
}
