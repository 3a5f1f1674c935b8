import { kept } from '../frame/kept.ts'

const typed = kept('email')

/** The address that was typed to sign in: for the page that sends a link to it, and for coming back from another site. */
export function keepTypedEmail(email: string): void {
  typed.set(email)
}

export function typedEmail(): string {
  return typed.get() ?? ''
}
