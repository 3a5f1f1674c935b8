import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import {
  type AuthenticationFaults,
  authenticator,
  codeIn,
  createAuthenticator,
  hasCode,
  type RequestOptions,
  type SoftwareAuthenticator,
} from 'sallyport/testing'
import { newAddress } from './address.ts'
import type { RunningConsole } from './console.ts'
import { type Answer, Visitor } from './visitor.ts'

export interface Person {
  readonly email: string
  readonly phone: string
  readonly password: string
  readonly browser: Visitor
}

const step = 30_000
/** Longer than the pause between two codes to one destination. */
const pauseMs = 5 * 60_000
/** Of the authenticator apps that were set up in tests, by enrollment: what a person's phone knows. */
export const secrets = new Map<string, string>()
/** The keys that were set up in tests, by enrollment: what a person has in their hand. */
export const keys = new Map<string, SoftwareAuthenticator>()
let phones = 0

/** Someone with a confirmed account who is signed in, MFA off. */
export async function newPerson(running: RunningConsole): Promise<Person> {
  const person = {
    email: newAddress(),
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

type Kind = 'security_key' | 'totp' | 'email' | 'sms'

/** Sets up a method in the person's own session, with a code from where it would really come from, or with this key. */
export async function enroll(
  running: RunningConsole,
  person: Person,
  method: Kind,
  key = createAuthenticator({ origin: running.origin }),
): Promise<Enrolled> {
  const begun = await confirmed(running, person, 'POST', '/api/mfa/methods', { method })
  expect(begun.status, begun.text).toBe(201)
  const { enrollmentId, challenge, setup } = begun.body
  const secret = method === 'totp' ? setup.secret : ''
  secrets.set(enrollmentId, secret)
  if (method === 'security_key') keys.set(enrollmentId, key)
  // The code that confirmed this was sent to the same place a moment ago.
  if ((method === 'email' || method === 'sms') && challenge.code === null) {
    running.clock.advance(pauseMs)
    await person.browser.post(`/api/mfa/methods/${enrollmentId}/prompt`, { challengeId: challenge.id })
  }
  const code = method === 'security_key' ? JSON.stringify(key.create(setup)) : codeFor(running, person, method, secret)
  const path = `/api/mfa/methods/${enrollmentId}/confirm`
  const done = await person.browser.post(path, { challengeId: challenge.id, answer: code })
  expect(done.status, done.text).toBe(200)
  // Whoever sets up one method after another takes at least this long.
  running.clock.advance(step)
  return { enrollmentId, secret, recoveryCodes: done.body.recoveryCodes ?? [] }
}

/** Sends a request that has to be confirmed, does what it asks for as the person would, and sends it again. */
export async function confirmed(
  running: RunningConsole,
  person: Person,
  method: string,
  path: string,
  body: unknown = {},
): Promise<Answer> {
  const { browser, password } = person
  const first = await browser.send(method, path, body)
  if (first.body?.code === 'own_check_required') {
    expect((await browser.post('/api/password-check', { password })).status).toBe(204)
    return await browser.send(method, path, body)
  }
  if (first.body?.code !== 'step_up_required') return first
  const challengeId = await passStepUp(running, person, first.body.challenge)
  return await browser.send(method, path, body, { 'x-step-up': challengeId })
}

/** Answers a challenge that confirms an action, by the method it asks for first; its id. */
export async function passStepUp(
  running: RunningConsole,
  person: Pick<Person, 'email' | 'phone' | 'browser'>,
  challenge: StepUpChallenge,
): Promise<string> {
  const active = challenge.methods.find(({ enrollmentId }) => enrollmentId === challenge.active)
  if (active === undefined) throw new Error('none of the methods may answer')
  const { enrollmentId, method, sends } = active
  // A code from an app is good once in its 30 seconds, one that is sent is followed by a pause.
  if (!sends) running.clock.advance(step)
  else if (challenge.code === null) {
    running.clock.advance(pauseMs)
    const prompted = await person.browser.post(`/api/mfa/step-up/${challenge.id}/prompt`, { enrollmentId })
    expect(prompted.status, prompted.text).toBe(200)
  }
  const given =
    method === 'security_key'
      ? byKey(challenge, heldKey(enrollmentId))
      : { enrollmentId, answer: codeFor(running, person, method, secrets.get(enrollmentId)) }
  const answered = await answerStepUp(person.browser, challenge.id, given.enrollmentId, given.answer)
  expect(answered.status, answered.text).toBe(200)
  return challenge.id
}

export function heldKey(enrollmentId: string): SoftwareAuthenticator {
  const key = keys.get(enrollmentId)
  if (key === undefined) throw new Error('this key was not set up here')
  return key
}

export interface StepUpChallenge {
  readonly id: string
  readonly active: string | null
  readonly code: object | null
  readonly methods: readonly {
    readonly enrollmentId: string
    readonly method: Kind
    readonly sends: boolean
  }[]
  readonly devices: Devices
}

type Devices = {
  readonly security_key?: { readonly asking: RequestOptions; readonly enrollmentIds: readonly string[] }
}

/** What the page makes of a challenge with this key in the person's hand. */
export function byKey(
  { devices }: { readonly devices: Devices },
  key: SoftwareAuthenticator,
  faults?: AuthenticationFaults,
): { readonly enrollmentId: string; readonly answer: string } {
  if (devices.security_key === undefined) throw new Error('no key is asked for')
  const { asking, enrollmentIds } = devices.security_key
  // Of what it gives, a test may have taken the id away.
  const place = asking.allowCredentials?.findIndex(({ id }) => key.credentials.some((held) => held.id === id)) ?? -1
  const credential = key.get(asking, faults)
  return { enrollmentId: enrollmentIds[place] ?? enrollmentIds[0] ?? '', answer: JSON.stringify(credential) }
}

export function answerStepUp(
  browser: Visitor,
  challengeId: string,
  enrollmentId: string,
  code: string,
): Promise<Answer> {
  return browser.post(`/api/mfa/step-up/${challengeId}/answer`, { enrollmentId, answer: code })
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
  const newest = sent.findLast(hasCode)
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
