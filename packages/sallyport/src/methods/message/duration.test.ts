import { expect, test } from 'vitest'
import { duration } from './duration.ts'

test.each([
  [1, '1 second'],
  [30, '30 seconds'],
  [60, '1 minute'],
  [90, '90 seconds'],
  [300, '5 minutes'],
])('%d seconds are written as %s', (seconds, expected) => {
  expect(duration(seconds)).toBe(expected)
})
