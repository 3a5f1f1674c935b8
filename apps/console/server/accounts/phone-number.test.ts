import { expect, test } from 'vitest'
import { parsePhoneNumber } from './phone-number.ts'

test.each([
  ['(415) 555-2671', 'US', '+14155552671'],
  ['415.555.2671', 'US', '+14155552671'],
  ['+1 202 555 0123', 'DE', '+12025550123'],
  ['0176 12345678', 'DE', '+4917612345678'],
  ['+49 (0)176 12345678', 'US', '+4917612345678'],
  ['0491 570 156', 'AU', '+61491570156'],
  ['0044 7400 123456', 'US', '+447400123456'],
  ['tel:+44-7400-123456', 'US', '+447400123456'],
])('%j written in %s is %s', (text, country, e164) => {
  expect(parsePhoneNumber(text, country)).toEqual({ ok: true, e164 })
})

test.each([
  ['', 'US'],
  ['123', 'US'],
  ['call 415 555 2671 now', 'US'],
  ['415 555 2671 ext 5', 'US'],
  ['900 555 1234', 'US'],
  ['800 555 1234', 'US'],
  ['020 7946 0958', 'GB'],
  ['+881 612345678', 'US'],
  ['4155552671', 'XX'],
  ['4155552671', '__proto__'],
  ['9'.repeat(10_000), 'US'],
])('%j written in %s cannot take a text message', (text, country) => {
  expect(parsePhoneNumber(text, country).ok).toBe(false)
})
