import { expect } from 'vitest'
import type { RunningConsole } from './console.ts'
import { codeFor, elsewhere, type Enrolled, type Person, signIn } from './person.ts'
import { accountIdOf, type Row, tablesOf } from './tables.ts'
import { Visitor } from './visitor.ts'

export const trustedCookie = '__Host-sallyport-trusted'
export const knownCookie = '__Host-sallyport-known'

export const tokenForm = /^[\w-]{43}$/

const thirtyDays = 30 * 86_400

/** Completes a login with the authenticator app at a browser, another one unless one is given, and has it trusted. */
export async function trusting<Someone extends Person>(
  running: RunningConsole,
  owner: Someone,
  app: Pick<Enrolled, 'enrollmentId' | 'secret'>,
  there: Someone = { ...owner, ...elsewhere(owner) },
): Promise<Someone> {
  const begun = await signIn(there)
  expect(begun.body, begun.text).toMatchObject({ status: 'challenge', challenge: { trustSeconds: thirtyDays } })
  await complete(running, there, app, true)
  return there
}

/** Answers the challenge of a login with the authenticator app; the answer, which is right. */
export async function complete(
  running: RunningConsole,
  { browser, ...there }: Person,
  { enrollmentId, secret }: Pick<Enrolled, 'enrollmentId' | 'secret'>,
  remember = false,
) {
  // A code from an app is good once in its 30 seconds.
  running.clock.advance(30_000)
  const code = codeFor(running, there, 'totp', secret)
  const done = await browser.post('/api/mfa/challenge/answer', { enrollmentId, answer: code, remember })
  expect(done.status, done.text).toBe(200)
  return done
}

/** What the password alone brings: `signed_in`, or `challenge`. */
export async function withPassword(there: Pick<Person, 'email' | 'password' | 'browser'>): Promise<string> {
  const { status, body, text } = await signIn(there)
  expect(status, text).toBe(200)
  return body.status
}

/** What the database holds of the browsers that someone trusts. */
export async function trustedBy(running: RunningConsole, email: string): Promise<readonly Row[]> {
  const id = await accountIdOf(running, email)
  const rows = (await tablesOf(running))['sallyport_trusted_device'] ?? []
  return rows.filter((row) => row['account_id'] === id)
}

/** What a browser keeps in one of the two cookies. */
export function tokenOf({ browser }: Pick<Person, 'browser'>, cookie = trustedCookie): string {
  return browser.cookies.get(cookie) ?? ''
}

/** A browser that keeps nothing but these cookies. */
export function holding(origin: string, cookies: Readonly<Record<string, string>>): Visitor {
  const browser = new Visitor(origin)
  for (const [name, value] of Object.entries(cookies)) browser.cookies.set(name, value)
  return browser
}

/** The same token with another character at one place. */
export function flipped(token: string, at: number): string {
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
}
