import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Method } from '../contract/method.ts'
import { KeyRing } from '../crypto/key-ring.ts'
import { checkedName, newBackups, newEnrollment } from './new-enrollment.ts'
import type { Parts } from './parts.ts'

const keys = new KeyRing([randomBytes(32).toString('base64url')])
const method = (kind: string, different: Partial<Method> = {}): Method =>
  ({
    kind,
    label: `The ${kind}`,
    backup: false,
    enroll: () => ({ secret: `${kind} secret`, hint: `${kind} hint`, setup: {} }),
    ...different,
  }) as unknown as Method
const partsWith = (...methods: readonly Method[]) =>
  ({
    keys,
    methods: new Map(methods.map((each) => [each.kind, each])),
    clock: () => 7,
    random: randomBytes,
  }) as unknown as Parts

test.each([
  ['x', 'x'],
  [' My phone\u00a0', 'My phone'],
  ['e\u0301', 'é'],
  ['x'.repeat(60), 'x'.repeat(60)],
  [` ${'x'.repeat(60)} `, 'x'.repeat(60)],
  ['👨‍👩‍👧'.replaceAll('\u200d', ''), '👨👩👧'],
])('the name %j is kept as %j', (name, kept) => {
  expect(checkedName(name)).toBe(kept)
})

test.each([
  '',
  ' ',
  'x'.repeat(61),
  'two\nlines',
  'tab\tin it',
  'a\u2028b',
  'a\u2029b',
  'a\u200bb',
  'a\u202eb',
  'a\u00adb',
  'a\ufe0fb',
])('the name %j is refused', (name) => {
  const refused = { code: 'request_invalid', message: 'name: 1 to 60 visible characters' }
  expect(() => checkedName(name)).toThrow(expect.objectContaining(refused))
})

test('an enrollment is sealed for its own row, and counts in full unless it is said from when', () => {
  const app = method('totp')
  const enrolling = { secret: 'a secret', hint: 'a hint', setup: {} }
  const input = { accountId: 'ada', id: 'e1', name: ' My app ', enrolling }
  const { sealed, ...made } = newEnrollment(partsWith(app), app, input)
  const plain = {
    id: 'e1',
    accountId: 'ada',
    method: 'totp',
    name: 'My app',
    hint: 'a hint',
    backup: false,
    createdAt: 7,
  }
  expect(made).toEqual({ ...plain, fullStrengthFrom: 0, codes: [] })
  expect(keys.open(sealed, JSON.stringify(['enrollment', 'ada', 'e1']))).toBe('a secret')
  expect(newEnrollment(partsWith(app), app, { ...input, fullStrengthFrom: 9 }).fullStrengthFrom).toBe(9)
})

test('a set is made of every backup and of nothing else, and of one that gives none there is none', () => {
  const codes = { shown: ['aaaa', 'bbbb'], hashes: ['h1', 'h2'] }
  const made: unknown[] = []
  const backup = method('recovery_code', {
    backup: true,
    enroll({ account, now }) {
      made.push([account, now])
      return { secret: '', hint: '', setup: {}, codes }
    },
  })
  const plain = method('letter', { backup: true })
  const none = method('none', { backup: true, enroll: () => null })
  const [first, second, ...others] = newBackups(partsWith(method('totp'), backup, none, plain), 'ada')
  expect(others).toEqual([])
  expect(first).toMatchObject({
    shown: codes.shown,
    enrollment: {
      accountId: 'ada',
      method: 'recovery_code',
      name: 'The recovery_code',
      backup: true,
      codes: codes.hashes,
    },
  })
  expect(second).toMatchObject({ shown: [], enrollment: { method: 'letter', codes: [] } })
  expect(first?.enrollment.id).toMatch(/^[\w-]{22}$/)
  // It leads nowhere: whoever has it printed out has all of it.
  expect(made).toEqual([[{ id: 'ada', label: '', confirmedEmail: null, confirmedPhone: null }, 7]])
})
