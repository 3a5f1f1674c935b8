import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { authenticator, codeIn } from 'sallyport/testing'
import type { RunningConsole } from './console.ts'
import { type Answer, Visitor } from './visitor.ts'

export interface Person {
  readonly email: string
  readonly phone: string
  readonly password: string
  readonly browser: Visitor
}

const step = 30_000
let phones = 0

/** Someone with a confirmed account who is signed in, MFA off. */
export async function newPerson(running: RunningConsole): Promise<Person> {
  const person = {
    email: `${randomBytes(6).toString('hex')}@example.com`,
    phone: `+1202555${String(1000 + (phones += 1)).padStart(4, '0')}`,
    password: `correct horse ${randomBytes(6).toString('hex')}`,
    browser: new Visitor(running.origin),
  }
  await register(running, person)
  expect((await signIn(person)).body).toEqual({ status: 'signed_in' })
  return person
}

export async function register(running: RunningConsole, person: Person): Promise<void> {
  const { browser, email, phone, password } = person
  expect((await browser.post('/api/registration', { email, phone, country: 'US', password })).status).toBe(202)
  const byEmail = await browser.post('/api/confirmation/answer', { answer: running.emails.codeTo(email) })
  expect(byEmail.body).toEqual({ next: 'phone' })
  const byPhone = await browser.post('/api/confirmation/answer', { answer: running.texts.codeTo(phone) })
  expect(byPhone.body).toEqual({ next: 'done' })
}

export function signIn({ email, password, browser }: Pick<Person, 'email' | 'password' | 'browser'>): Promise<Answer> {
  return browser.post('/api/sign-in', { email, password })
}

/** The same person at another browser. */
export function elsewhere(person: Person): Person {
  return { ...person, browser: new Visitor(person.browser.origin) }
}

export interface Enrolled {
  readonly enrollmentId: string
  readonly recoveryCodes: readonly string[]
  /** The base32 secret of an authenticator app; empty for other methods. */
  readonly secret: string
}

/** Sets up a method in the person's own session, with a code from where it would really come from. */
export async function enroll(
  running: RunningConsole,
  person: Person,
  method: 'totp' | 'email' | 'sms',
): Promise<Enrolled> {
  const begun = await person.browser.post('/api/mfa/methods', { method })
  expect(begun.status, begun.text).toBe(201)
  const { enrollmentId, challenge, setup } = begun.body
  const secret = method === 'totp' ? setup.secret : ''
  const code = codeFor(running, person, method, secret)
  const path = `/api/mfa/methods/${enrollmentId}/confirm`
  const confirmed = await person.browser.post(path, { challengeId: challenge.id, answer: code })
  expect(confirmed.status, confirmed.text).toBe(200)
  // Whoever sets up one method after another takes at least this long.
  running.clock.advance(step)
  return { enrollmentId, secret, recoveryCodes: confirmed.body.recoveryCodes ?? [] }
}

export function codeFor(
  running: RunningConsole,
  person: Pick<Person, 'email' | 'phone'>,
  method: 'totp' | 'email' | 'sms',
  secret = '',
): string {
  if (method === 'totp') return authenticator(secret).codeAt(running.clock())
  return sentCode(running, method === 'email' ? person.email : person.phone)
}

/** The newest code to this address or number. Notices may come after it: they are delivered when there is time. */
export function sentCode(running: RunningConsole, destination: string): string {
  const sent = [...running.emails.messages, ...running.texts.messages].filter(({ to }) => to === destination)
  const newest = sent.findLast(({ text }) => /(?<!\d)\d{6,10}(?!\d)/.test(text))
  if (newest === undefined) throw new Error(`no code was sent to ${destination}`)
  return codeIn(newest)
}

export function answer(browser: Visitor, enrollmentId: string, code: string): Promise<Answer> {
  return browser.post('/api/mfa/challenge/answer', { enrollmentId, answer: code })
}

/** A code of the right form that is not `right`. */
export function wrongCode(right = '000000'): string {
  return right.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10))
}
