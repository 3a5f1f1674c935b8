import { expect, test } from 'vitest'
import { masked } from './audit.ts'

test.each([
  ['change your e-mail address to grace.hopper@navy.example', 'change your e-mail address to g***@n***'],
  ['tell a@b and ö@ü.example', 'tell a***@b*** and ö***@ü***'],
  ['change your phone number to +14155552671', 'change your phone number to ***71'],
  ['change your phone number to +1 415 555 2671', 'change your phone number to ***71'],
  ['change your phone number to +1 (415) 555-2671', 'change your phone number to ***71'],
  ['call 4155552671 now', 'call ***71 now'],
  ['invalidate API key prod-ci 2026', 'invalidate API key prod-ci 2026'],
  ['two\nlines\u202e', 'two?lines?'],
])('what stands in the audit log of %j has no address, no number and no line of its own', (purpose, expected) => {
  expect(masked(purpose)).toBe(expected)
})

test('a purpose in the audit log is no longer than it has to be', () => {
  expect(masked('x'.repeat(10_000)).length).toBeLessThanOrEqual(256)
})
