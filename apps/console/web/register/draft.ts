import type { Contact } from '../api/types.ts'

/** What was typed to register, except for the password. Lives until the tab is loaded again. */
export interface Draft {
  readonly email: string
  readonly phone: string
  readonly country: string
}

let draft: Draft | null = null
/** What this tab has just set off the confirmation of: the next challenge it reads for that belongs to the draft. */
let awaited: Contact | null = null
const challenges = new Map<Contact, string>()
/** What a signed-in person typed to change an address or number, by the challenge that confirms it. */
const changes = new Map<string, string>()

export function keepDraft(typed: Draft): void {
  draft = typed
  awaited = 'email'
  challenges.clear()
}

export function draftHere(): Draft | null {
  return draft
}

/** The address was confirmed in this tab, so the number comes next. */
export function draftGoesOn(): void {
  awaited = 'phone'
}

export function forgetDraft(): void {
  draft = null
}

/** A challenge was read. Another tab may have begun one for something else, so only an awaited one is the draft's. */
export function draftMeets(contact: Contact, challengeId: string): void {
  if (awaited !== contact) return
  challenges.set(contact, challengeId)
  awaited = null
}

export function keepChange(challengeId: string, to: string): void {
  changes.set(challengeId, to)
}

/** The address or number in full, as it was typed in this tab; null when the challenge may be about another one. */
export function typedFor(contact: Contact, challengeId: string): string | null {
  const changed = changes.get(challengeId)
  if (changed !== undefined) return changed
  if (draft === null || challenges.get(contact) !== challengeId) return null
  return (contact === 'email' ? draft.email : draft.phone) || null
}
