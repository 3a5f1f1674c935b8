import { expect, test } from 'vitest'
import { fitsOneSegment, septets } from './segment.ts'

test('a character of the default alphabet takes one septet, one of the extension table two, any other none', () => {
  expect(septets('@£ÄñΩ\n')).toBe(6)
  expect(septets('€{}[]~^|\\')).toBe(18)
  expect(septets('`')).toBeNull()
  expect(septets('ç')).toBeNull()
})

test('a segment holds 160 septets', () => {
  expect(fitsOneSegment('a'.repeat(160))).toBe(true)
  expect(fitsOneSegment('a'.repeat(161))).toBe(false)
  expect(fitsOneSegment(`${'a'.repeat(159)}€`)).toBe(false)
})

test('a segment holds 70 UTF-16 units as soon as one character needs them', () => {
  expect(fitsOneSegment(`${'a'.repeat(69)}キ`)).toBe(true)
  expect(fitsOneSegment(`${'a'.repeat(70)}キ`)).toBe(false)
  expect(fitsOneSegment('😀'.repeat(35))).toBe(true)
  expect(fitsOneSegment('😀'.repeat(36))).toBe(false)
})
