import { expect, test } from 'vitest'
import { checking, enrolled, keepingSender, settings } from '../../../../test/support/methods.ts'
import type { Method } from '../contract/method.ts'
import { email } from './email.ts'
import { recoveryCode } from './recovery-code.ts'
import { sms } from './sms.ts'
import { totp } from './totp.ts'

const made = (): readonly Method[] => [
  recoveryCode()(settings),
  email({ sender: keepingSender() })(settings),
  sms({ sender: keepingSender() })(settings),
  totp()(settings),
]

test('M10 · the shipped methods are ordered by strength, and a backup is nothing but the recovery codes', () => {
  expect(made().map(({ kind, strength, backup }) => [kind, strength, backup])).toEqual([
    ['recovery_code', 0, true],
    ['email', 1, false],
    ['sms', 2, false],
    ['totp', 3, false],
  ])
})

test('the shipped methods say what they are to people, to pages and to whoever reads a proof', () => {
  expect(
    made().map(({ label, amr, perAccount, promptSeconds, digits }) => [label, amr, perAccount, promptSeconds, digits]),
  ).toEqual([
    ['Recovery codes', ['otp'], 1, null, undefined],
    ['E-mail', ['otp'], 1, 300, 6],
    ['Text message', ['sms', 'otp'], 1, 300, 6],
    ['Authenticator app', ['otp'], 5, null, 6],
  ])
})

test('PA-01 · none of the shipped methods takes for an answer what never could be one', () => {
  for (const method of made()) {
    const verdict = method.check(checking, enrolled('GEZDGNBVGY3TQOJQ'), null, 'no code')
    expect(verdict).toEqual({ ok: false, reason: 'malformed' })
  }
})
