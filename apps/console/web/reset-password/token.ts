import { takeFragment } from '../frame/fragment.ts'
import { kept } from '../frame/kept.ts'

const token = kept('reset')

/** Takes it out of the address bar before anything else happens. Kept for this tab: a phone loads pages again when it likes. */
export function takeReset(): void {
  const found = takeFragment('/reset-password')
  if (found !== null) token.set(found)
}

export function resetHere(): string | null {
  return token.get()
}

export function forgetReset(): void {
  token.set(null)
}
