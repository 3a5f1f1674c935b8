import type { Contact } from '../api/types.ts'

/** What was typed to register, except for the password. Lives as long as the tab is not loaded again. */
export interface Draft {
  readonly email: string
  readonly phone: string
  readonly country: string
}

let draft: Draft | null = null
/** The challenge that confirms what is in the draft; null until the page has read it. */
let challenge: string | null = null

export function keepDraft(typed: Draft): void {
  draft = typed
  challenge = null
}

export function draftHere(): Draft | null {
  return draft
}

/** The next challenge that is read confirms the number of this draft: its address was confirmed in this tab. */
export function draftGoesOn(): void {
  challenge = null
}

export function forgetDraft(): void {
  draft = null
}

/**
 * The address or number in full, as this tab's person typed it; null when the challenge may be about another one, as
 * after another tab has registered.
 */
export function typedFor(contact: Contact, challengeId: string): string | null {
  challenge ??= challengeId
  if (draft === null || challenge !== challengeId) return null
  return (contact === 'email' ? draft.email : draft.phone) || null
}
