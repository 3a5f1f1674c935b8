import { expect } from 'vitest'
import { newAddress, person } from './account.ts'
import type { RunningConsole } from './console.ts'
import {
  answer,
  answerStepUp,
  codeFor,
  confirmed,
  elsewhere,
  enroll,
  type Person,
  sentCode,
  signIn,
  wrongCode,
} from './person.ts'
import { type Answer, Visitor } from './visitor.ts'

type Sent = 'totp' | 'email' | 'sms'

/** Someone who stands before the question for a code, with all that it takes to answer it right or wrong. */
export interface Attempting {
  readonly email: string
  readonly browser: Visitor
  answer(code: string, browser?: Visitor): Promise<Answer>
  /** What would be right now. */
  right(): string
  /** Of the right form, and wrong. */
  wrong(): string
  resend(): Promise<Answer>
  /** The same account before the same question anew: another login, another set-up, another confirmation. */
  again(): Promise<Attempting>
  /** Whether the answer has brought about what it is for. */
  done(): Promise<boolean>
}

/** One way in which a code is asked for. What is true of one must be true of all. */
export interface Way {
  readonly name: string
  readonly method: Sent | 'recovery_code'
  /** Whether a code is sent for it. */
  readonly sends: boolean
  begin(running: RunningConsole): Promise<Attempting>
}

const minute = 60_000
/** Longer than it takes until a code can be sent to the same destination for the third time. */
const pause = 5 * minute

function loginWay(method: Sent | 'recovery_code'): Way {
  return {
    name: `a login by ${method}`,
    method,
    sends: method === 'email' || method === 'sms',
    async begin(running) {
      const owner = await person(running)
      const enrolled = await enroll(running, owner, method === 'recovery_code' ? 'totp' : method)
      // Codes sent to set it up are an hour old, so that they limit nothing here.
      running.clock.advance(61 * minute)
      const codes = [...enrolled.recoveryCodes]
      return await atLogin(running, owner, method, enrolled, codes)
    },
  }
}

async function atLogin(
  running: RunningConsole,
  owner: Person,
  method: Way['method'],
  enrolled: { readonly enrollmentId: string; readonly secret: string },
  codes: string[],
): Promise<Attempting> {
  const there = elsewhere(owner)
  const begun = await signIn(there)
  expect(begun.body.status, begun.text).toBe('challenge')
  const backup = begun.body.challenge.methods.at(-1).enrollmentId
  const enrollmentId = method === 'recovery_code' ? backup : enrolled.enrollmentId
  const right = (): string =>
    method === 'recovery_code' ? (codes[0] ?? '') : codeFor(running, owner, method, enrolled.secret)
  return {
    email: owner.email,
    browser: there.browser,
    answer: (code, browser = there.browser) => answer(browser, enrollmentId, code),
    right,
    wrong: () => wrongOf(method, right()),
    resend: () => there.browser.post('/api/mfa/challenge/prompt', { enrollmentId }),
    async again() {
      running.clock.advance(pause)
      return await atLogin(running, owner, method, enrolled, codes)
    },
    done: async () => (await there.browser.session()).body.account !== null,
  }
}

function enrollWay(method: Sent): Way {
  return {
    name: `setting up ${method}`,
    method,
    sends: method !== 'totp',
    async begin(running) {
      return await atEnrollment(running, await person(running), method)
    },
  }
}

async function atEnrollment(running: RunningConsole, owner: Person, method: Sent): Promise<Attempting> {
  const { browser } = owner
  const begun = await confirmed(running, owner, 'POST', '/api/mfa/methods', { method })
  expect(begun.status, begun.text).toBe(201)
  const { enrollmentId, challenge, setup } = begun.body
  const path = `/api/mfa/methods/${enrollmentId}`
  const right = (): string => codeFor(running, owner, method, setup.secret)
  return {
    email: owner.email,
    browser,
    answer: (code, other = browser) => other.post(`${path}/confirm`, { challengeId: challenge.id, answer: code }),
    right,
    wrong: () => wrongOf(method, right()),
    resend: () => browser.post(`${path}/prompt`, { challengeId: challenge.id }),
    async again() {
      running.clock.advance(pause)
      return await atEnrollment(running, owner, method)
    },
    async done() {
      const { methods } = (await browser.get('/api/mfa/methods')).body
      return methods.some((each: { enrollmentId: string }) => each.enrollmentId === enrollmentId)
    },
  }
}

/** An action within a session that is confirmed by `method`. */
function stepUpWay(method: Sent): Way {
  return {
    name: `confirming an action by ${method}`,
    method,
    sends: method !== 'totp',
    async begin(running) {
      const owner = await person(running)
      const enrolled = await enroll(running, owner, method)
      // As for a login; and by then the session it was set up in is over.
      running.clock.advance(61 * minute)
      await owner.browser.session()
      expect((await signIn(owner)).body.status).toBe('challenge')
      const code = codeFor(running, owner, method, enrolled.secret)
      expect((await answer(owner.browser, enrolled.enrollmentId, code)).status).toBe(200)
      running.clock.advance(pause)
      return await atStepUp(running, owner, method, enrolled)
    },
  }
}

let keys = 0

async function atStepUp(
  running: RunningConsole,
  owner: Person,
  method: Sent,
  { enrollmentId, secret }: { readonly enrollmentId: string; readonly secret: string },
): Promise<Attempting> {
  const { browser } = owner
  // Another key each time: the challenge for the same one would go on.
  const key = { name: `key ${(keys += 1)}`, scopes: ['teams:read'], expiresInDays: 7 }
  const begun = await browser.post('/api/api-keys', key)
  expect(begun.body.code, begun.text).toBe('step_up_required')
  const { id } = begun.body.challenge
  const right = (): string => codeFor(running, owner, method, secret)
  return {
    email: owner.email,
    browser,
    answer: (code, other = browser) => answerStepUp(other, id, enrollmentId, code),
    right,
    wrong: () => wrongOf(method, right()),
    resend: () => browser.post(`/api/mfa/step-up/${id}/prompt`, { enrollmentId }),
    async again() {
      running.clock.advance(pause)
      return await atStepUp(running, owner, method, { enrollmentId, secret })
    },
    done: async () => (await browser.send('POST', '/api/api-keys', key, { 'x-step-up': id })).status === 201,
  }
}

/** The number of an account that left it unconfirmed at registration. */
const phoneWay: Way = {
  name: 'confirming a phone number',
  method: 'sms',
  sends: true,
  begin: async (running) => await atPhone(running, await person(running, { phoneConfirmed: false })),
}

async function atPhone(running: RunningConsole, owner: Person): Promise<Attempting> {
  const { browser, email, phone } = owner
  const begun = await browser.post('/api/account/phone/confirmation')
  expect(begun.status, begun.text).toBe(200)
  const right = (): string => sentCode(running, phone)
  return {
    email,
    browser,
    answer: (code, other = browser) => other.post('/api/confirmation/answer', { answer: code }),
    right,
    wrong: () => wrongCode(right()),
    resend: () => browser.post('/api/confirmation/prompt'),
    async again() {
      running.clock.advance(pause)
      return await atPhone(running, owner)
    },
    done: async () => (await browser.session()).body.account.phone.confirmed,
  }
}

/** An address that is being registered: whoever registers it again has another account. */
const emailWay: Way = {
  name: 'confirming an e-mail address',
  method: 'email',
  sends: true,
  begin: (running) =>
    atEmail(running, {
      email: newAddress(),
      phone: '',
      password: 'plain words about rivers',
      browser: new Visitor(running.origin),
    }),
}

async function atEmail(running: RunningConsole, owner: Person): Promise<Attempting> {
  const { browser, email, password } = owner
  const begun = await browser.post('/api/registration', { email, phone: '', country: 'US', password })
  expect(begun.status, begun.text).toBe(202)
  const right = (): string => sentCode(running, email)
  return {
    email,
    browser,
    answer: (code, other = browser) => other.post('/api/confirmation/answer', { answer: code }),
    right,
    wrong: () => wrongCode(right()),
    resend: () => browser.post('/api/confirmation/prompt'),
    async again() {
      running.clock.advance(pause)
      return await atEmail(running, elsewhere(owner))
    },
    done: async () => (await signIn(elsewhere(owner))).status === 200,
  }
}

function wrongOf(method: Way['method'], right: string): string {
  if (method !== 'recovery_code') return wrongCode(right)
  return right.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
}

export const logins: readonly Way[] = (['totp', 'email', 'sms', 'recovery_code'] as const).map(loginWay)
export const enrollments: readonly Way[] = (['totp', 'email', 'sms'] as const).map(enrollWay)
export const stepUps: readonly Way[] = (['totp', 'email', 'sms'] as const).map(stepUpWay)
export const contacts: readonly Way[] = [emailWay, phoneWay]
/** Where the last wrong try costs the challenge and nothing more; within a session it costs the session. */
export const waysToFail: readonly Way[] = [...logins, ...enrollments, ...contacts]
export const ways: readonly Way[] = [...logins, ...enrollments, ...stepUps, ...contacts]
/** Where one account can be asked again and again. */
export const waysOfAccounts: readonly Way[] = [...logins, ...enrollments, phoneWay]
export const sendingWays: readonly Way[] = ways.filter((way) => way.sends)
