import { describe, expect, test } from 'vitest'
import { type LimitName, limitsFor, limitTable } from './limits.ts'

const refusedFor = (option: string, why: RegExp) =>
  expect.objectContaining({
    code: 'option_invalid',
    message: expect.stringMatching(new RegExp(`^${option}: .*${why.source}`)),
  })

describe('limits', () => {
  test('are those of the profile unless overridden', () => {
    expect(limitsFor('standard').codeDigits).toBe(6)
    expect(limitsFor('strict').codeDigits).toBe(8)
    expect(limitsFor('strict', { codeDigits: 7 }).codeDigits).toBe(7)
  })

  test.each(Object.entries(limitTable))('%s refuses what is outside its bounds', (name, { min, max, unit }) => {
    const refused = refusedFor(`limits.${name}`, new RegExp(`a whole number of ${min} to ${max} ${unit}$`))
    for (const value of [min - 1, max + 1, min + 0.5, Number.NaN]) {
      expect(() => limitsFor('standard', { [name as LimitName]: value })).toThrow(refused)
    }
  })

  test.each(Object.entries(limitTable))('%s takes its bounds', (name, { min, max }) => {
    // The longest lock is never below the first.
    const locks = { lockSeconds: limitTable.lockSeconds.min, longestLockSeconds: limitTable.longestLockSeconds.max }
    for (const value of [min, max]) {
      expect(limitsFor('standard', { ...locks, [name as LimitName]: value })).toMatchObject({ [name]: value })
    }
  })

  test('refuse a name or a profile that does not exist', () => {
    const noLimit = refusedFor('limits.codeDigit', /there is no such limit$/)
    expect(() => limitsFor('standard', { codeDigit: 6 } as never)).toThrow(noLimit)
    for (const profile of ['lax', 'constructor', '', undefined]) {
      expect(() => limitsFor(profile as never)).toThrow(refusedFor('profile', /'standard' or 'strict'$/))
    }
  })

  test('refuse a longest lock below the first, and take one that is as long', () => {
    expect(() => limitsFor('standard', { lockSeconds: 1000, longestLockSeconds: 999 })).toThrow(
      refusedFor('limits.longestLockSeconds', /not be below limits\.lockSeconds$/),
    )
    const never = { lockSeconds: 1000, longestLockSeconds: 1000 }
    expect(limitsFor('standard', never)).toMatchObject(never)
  })
})
