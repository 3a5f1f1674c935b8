import type { Errand } from '../api/problem.ts'
import type { Session } from '../api/types.ts'
import { kept } from './kept.ts'

const wanted = kept('destination')
/** Signing in is to confirm something, so it has to be a sign-in of now wherever it is done. */
const fresh = kept('fresh')
/** What this tab has gone to another site for; a sign-in there leads back to the start page. */
const elsewhere = kept('elsewhere')

export const secondFactorNeeded = '/second-factor-needed'

/** Someone who is not signed in wanted to see this page, and comes to it once they are. */
export function wantDestination(path: string): void {
  wanted.set(path)
}

/** Someone signs in again to confirm what they want to do on this page, and comes back to it. */
export function wantFreshSignIn(path: string): void {
  wantDestination(path)
  fresh.set('yes')
}

/** Whether another site is to ask them again, though it may know them still. */
export function wantsFreshSignIn(): boolean {
  return fresh.get() !== null
}

export function forgetDestination(): void {
  wanted.set(null)
  fresh.set(null)
}

/** Where to go after signing in. Good once. */
export function takeDestination(): string {
  const path = wanted.get()
  wanted.set(null)
  return path ?? '/security'
}

/** Where whoever has just signed in comes to. Who will need a second factor is told at each sign-in; the wanted page waits. */
export function afterSignIn({ standing }: Session): string {
  elsewhere.set(null)
  fresh.set(null)
  return (standing?.status ?? 'free') === 'free' ? takeDestination() : secondFactorNeeded
}

export function signInElsewhere(place: string, errand: Exclude<Errand, 'link'>): void {
  elsewhere.set(errand)
  location.assign(place)
}

/** What whoever comes back to the sign-in has gone elsewhere for. */
export function lastErrand(): Errand {
  return elsewhere.get() === 'organisation' ? 'organisation' : 'provider'
}

/** Where the start page leads to. */
export function startOf(session: Session): string {
  if (session.account === null) return '/sign-in'
  return elsewhere.get() === null ? '/security' : afterSignIn(session)
}
