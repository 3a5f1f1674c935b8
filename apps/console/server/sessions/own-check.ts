import type { Session } from './session.ts'

/** How someone without a second factor shows that it is still them: by the password, or by having signed in just now. */
export type OwnCheck = 'password' | 'sign_in'

/** For how long having signed in is good enough for whoever has no password here. */
export const freshSignInMs = 5 * 60_000

/** Whether someone signed in just now; where nobody knows when they did, they did not. */
export function isFresh({ authAt }: Pick<Session, 'authAt'>, now: number): boolean {
  return authAt > 0 && now - authAt <= freshSignInMs
}

/** Whoever single sign-on signs in has no password that counts, even where one is stored. */
export function ownCheckOf({ firstFactor, account }: Pick<Session, 'firstFactor' | 'account'>): OwnCheck {
  return firstFactor === 'sso' || account.password_hash === '' ? 'sign_in' : 'password'
}
