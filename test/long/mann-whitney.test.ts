import { expect, test } from 'vitest'
import { seededRandom } from '../support/random.ts'
import { compareByRank } from './mann-whitney.ts'

test.each([
  ['without ties', [1, 2, 3, 4, 5], [6, 7, 8, 9, 10], -2.6112, 0.00902],
  ['with ties', [1, 2, 2, 3], [2, 3, 3, 4], -1.5174, 0.1292],
  ['of the same numbers', [3, 1, 2], [2, 3, 1], 0, 1],
  ['where all are equal', [7, 7], [7, 7, 7], 0, 1],
])('samples %s are compared as by hand', (_, one, other, z, p) => {
  const compared = compareByRank(one, other)
  expect(compared.z).toBeCloseTo(z, 3)
  expect(compared.p).toBeCloseTo(p, 4)
  expect(compareByRank(other, one).z).toBeCloseTo(-z, 3)
})

test('of samples from one source about one in a hundred has p below 0.01, and few that are shifted by half a deviation are missed', () => {
  const random = seededRandom('rank test')
  const normal = (): number => random(12).reduce((sum, byte) => sum + byte / 255 - 0.5, 0)
  const sample = (shift: number): number[] => Array.from({ length: 200 }, () => normal() + shift)
  const found = (shift: number): number =>
    Array.from({ length: 300 }, () => compareByRank(sample(0), sample(shift)).p).filter((p) => p < 0.01).length
  expect(found(0)).toBeLessThan(12)
  expect(found(0.5)).toBeGreaterThan(285)
})
