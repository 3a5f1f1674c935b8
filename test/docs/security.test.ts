import { limitTable } from 'sallyport'
import { expect, test } from 'vitest'
import { sectionOf } from './documents.ts'

test('the promises name the defaults that are in force', () => {
  const promises = sectionOf('docs/security.md', 'What holds').replaceAll(/\s+/g, ' ')
  const { triesPerChallenge, triesPerAccount, lockSeconds, longestLockSeconds, deliverySeconds } = limitTable
  for (const promise of [
    `takes ${triesPerChallenge.standard} wrong answers`,
    `takes ${triesPerAccount.standard} in a row`,
    `locked for ${lockSeconds.standard / 60} minutes`,
    `up to ${longestLockSeconds.standard / 3600} hours`,
    `cut off after ${deliverySeconds.standard} seconds`,
  ]) {
    expect(promises).toContain(promise)
  }
})
