import { expect, test } from 'vitest'
import type { ChallengeSnapshot, EnrollmentRow } from '../contract/store.ts'
import { actions } from '../contract/action.ts'
import type { Parts } from './parts.ts'
import { candidates, isLocked, judged, viewOf } from './view.ts'

const now = 1_000_000
const methods = new Map(
  [
    { kind: 'totp', strength: 3, backup: false, digits: 6 },
    { kind: 'email', strength: 1, backup: false, digits: 8, prompt: () => undefined },
    { kind: 'recovery_code', strength: 0, backup: true },
  ].map((method) => [method.kind, method]),
)
const parts = {
  methods,
  actions: new Map(Object.entries(actions)),
  limits: { triesPerAccount: 10, trustedDeviceSeconds: 60 },
  clock: () => now,
} as unknown as Parts

const row = (id: string, method: string, different: Partial<EnrollmentRow> = {}): EnrollmentRow =>
  ({
    id,
    method,
    name: `${id} name`,
    hint: `${id} hint`,
    status: 'active',
    backup: method === 'recovery_code',
    primary: false,
    fullStrengthFrom: 0,
    disabled: false,
    codesLeft: method === 'recovery_code' ? 10 : 0,
    ...different,
  }) as EnrollmentRow
const app = row('app', 'totp', { primary: true })
const mail = row('mail', 'email')
const codes = row('codes', 'recovery_code')
const prompt = {
  enrollmentId: 'mail',
  state: '',
  destinationHash: '',
  sentAt: 0,
  expiresAt: now + 1,
  resendAt: 5,
  failed: false,
}

const snapshot = (
  challenge: Partial<ChallengeSnapshot['challenge']> = {},
  different: { enrollments?: readonly EnrollmentRow[]; lockedUntil?: number; knownFailures?: number | null } = {},
): ChallengeSnapshot => {
  const { enrollments = [app, mail, codes], lockedUntil = 0, knownFailures = null } = different
  const plain = { id: 'c', accountId: 'ada', action: 'login', purpose: 'sign in', resource: {}, digest: '' }
  const rest = {
    evidence: ['password'],
    atLeast: null,
    tries: 1,
    maxTries: 5,
    expiresAt: 9,
    mayTrust: false,
    prompt: null,
  }
  return {
    challenge: { ...plain, ...rest, ...challenge },
    account: { lockedUntil },
    enrollments,
    knownFailures,
  } as unknown as ChallengeSnapshot
}
const view = (...given: Parameters<typeof snapshot>) => viewOf(parts, snapshot(...given))

test('a challenge is met with everything that may answer it, and the first of it asked for', () => {
  const choice = (id: string, method: string) => ({ enrollmentId: id, method, name: `${id} name`, hint: `${id} hint` })
  expect(view()).toEqual({
    id: 'c',
    devices: {},
    action: 'login',
    purpose: 'sign in',
    expiresAt: 9,
    attemptsLeft: 4,
    lockedUntil: 0,
    methods: [
      { ...choice('app', 'totp'), primary: true, sends: false, digits: 6 },
      { ...choice('mail', 'email'), primary: false, sends: true, digits: 8 },
      { ...choice('codes', 'recovery_code'), primary: false, sends: false, digits: null },
    ],
    repeats: [],
    active: 'app',
    code: null,
    trustSeconds: null,
    refused: null,
  })
  expect(view({ mayTrust: true }).trustSeconds).toBe(60)
  expect(view({}, { enrollments: [] })).toMatchObject({ methods: [], active: null })
})

test('tries that are left are never fewer than none', () => {
  expect([4, 5, 6].map((tries) => view({ tries }).attemptsLeft)).toEqual([1, 0, 0])
})

test('a code that was sent is the one asked for, while it is good and its method is there', () => {
  const sent = { enrollmentId: 'mail', delivered: true, expiresAt: now + 1, resendAt: 5 }
  expect(view({ prompt })).toMatchObject({ active: 'mail', code: sent })
  expect(view({ prompt: { ...prompt, failed: true } })).toMatchObject({ code: { ...sent, delivered: false } })
  expect(view({ prompt: { ...prompt, expiresAt: now } })).toMatchObject({ active: 'app', code: null })
  expect(view({ prompt }, { enrollments: [app, codes] })).toMatchObject({ active: 'app', code: null })
})

test('what would only repeat the evidence is named, once for each kind, and not asked for', () => {
  const twice = [app, mail, row('other', 'email'), codes]
  const { methods: left, repeats } = view({ evidence: ['password', 'email'] }, { enrollments: twice })
  expect([left.map(({ enrollmentId }) => enrollmentId), repeats]).toEqual([['app', 'codes'], ['email']])
})

test('what is disabled, not configured or of an action that there is none of answers nothing', () => {
  const all = [app, row('off', 'totp', { disabled: true }), row('bird', 'pigeon')]
  expect(judged(parts, 'login', {}, all, null).map(({ row: { id } }) => id)).toEqual(['app'])
  expect(judged(parts, 'fly', {}, all, null)).toEqual([])
  expect(candidates(parts, snapshot({ action: 'fly' }))).toEqual([])
})

test('what is weaker than the challenge takes does not answer it', () => {
  const ids = candidates(parts, snapshot({ atLeast: 'totp' })).map(({ row: { id } }) => id)
  expect([ids, view({ atLeast: 'totp' }).repeats]).toEqual([['app', 'codes'], []])
})

test('one that was added with a backup is fresh up to its time, unless it is being set up', () => {
  const at = (fullStrengthFrom: number, status: 'active' | 'pending' = 'active') => {
    const [one] = judged(parts, 'api_key.revoke', {}, [row('new', 'totp', { fullStrengthFrom, status })], null)
    return one?.may.allowed
  }
  expect([at(now + 1), at(now), at(now + 1, 'pending')]).toEqual([false, true, true])
})

test('a lock holds until its time; its owner’s own browser is held only by its own wrong answers', () => {
  const locked = (lockedUntil: number, knownFailures: number | null) =>
    isLocked(parts, snapshot({}, { lockedUntil, knownFailures }))
  expect([locked(now, null), locked(now + 1, null)]).toEqual([false, true])
  expect([locked(now + 1, 0), locked(now + 1, 9), locked(now + 1, 10)]).toEqual([false, false, true])
  expect(locked(now, 10)).toBe(false)
  expect(view({}, { lockedUntil: now + 1 }).lockedUntil).toBe(now + 1)
  expect(view({}, { lockedUntil: now }).lockedUntil).toBe(0)
})
