import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { ChallengeRow } from '../contract/store.ts'
import { KeyRing } from '../crypto/key-ring.ts'
import type { Parts } from './parts.ts'
import { sealSubject, subjectOf } from './subject.ts'

const keys = new KeyRing([randomBytes(32).toString('base64url')])
const parts = { keys, random: randomBytes } as unknown as Parts
const subject = { purpose: 'change your e-mail address to ada@example.com', resource: { email: 'ada@example.com' } }
const row = (different: Partial<ChallengeRow>): ChallengeRow =>
  ({ id: 'c1', digest: 'd', purpose: '', resource: {}, ...different }) as ChallengeRow

test('P6 · what a challenge confirms is opened from its own row and no other’s', () => {
  const purpose = sealSubject(parts, 'c1', subject)
  expect(purpose).not.toContain('ada@')
  expect(subjectOf(parts, row({ purpose }))).toEqual(subject)
  expect(() => subjectOf(parts, row({ id: 'c2', purpose }))).toThrow(
    expect.objectContaining({ code: 'secret_unreadable' }),
  )
})

test('a challenge that confirms no action has its subject in plain sight', () => {
  const plain = { purpose: 'sign in', resource: { key: 'k1' } }
  expect(subjectOf(parts, row({ digest: '', ...plain }))).toEqual(plain)
})

test('what one version has sealed the next one opens', () => {
  const sealed = keys.seal(JSON.stringify(subject), JSON.stringify(['challenge', 'c1']), randomBytes)
  expect(subjectOf(parts, row({ purpose: sealed }))).toEqual(subject)
})
