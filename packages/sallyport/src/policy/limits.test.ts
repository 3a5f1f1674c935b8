import { describe, expect, test } from 'vitest'
import { type LimitName, limitsFor, limitTable } from './limits.ts'

const refused = expect.objectContaining({ code: 'option_invalid' })

describe('limits', () => {
  test('are those of the profile unless overridden', () => {
    expect(limitsFor('standard').codeDigits).toBe(6)
    expect(limitsFor('strict').codeDigits).toBe(8)
    expect(limitsFor('strict', { codeDigits: 7 }).codeDigits).toBe(7)
  })

  test.each(Object.entries(limitTable))('%s refuses what is outside its bounds', (name, { min, max }) => {
    for (const value of [min - 1, max + 1, min + 0.5, Number.NaN]) {
      expect(() => limitsFor('standard', { [name as LimitName]: value })).toThrow(refused)
    }
  })

  test('refuse a name or a profile that does not exist', () => {
    expect(() => limitsFor('standard', { codeDigit: 6 } as never)).toThrow(refused)
    expect(() => limitsFor('lax' as never)).toThrow(refused)
  })

  test('refuse a longest lock below the first', () => {
    expect(() => limitsFor('standard', { lockSeconds: 1000, longestLockSeconds: 900 })).toThrow(refused)
  })
})
