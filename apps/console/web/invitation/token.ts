import { takeFragment } from '../frame/fragment.ts'
import { kept } from '../frame/kept.ts'

const token = kept('invitation')
const invited = kept('invited')

/** Takes it out of the address bar before anything else happens, and keeps it for this tab: signing in or registering may come first. */
export function takeInvitation(): void {
  const found = takeFragment('/invitation')
  if (found === null) return
  token.set(found)
  invited.set(null)
}

export function invitationHere(): string | null {
  return token.get()
}

/** The address it is for, once the page has read it: to sign in or register with. */
export function invitedHere(): string | null {
  return invited.get()
}

export function keepInvited(email: string): void {
  invited.set(email)
}

export function forgetInvitation(): void {
  token.set(null)
  invited.set(null)
}
