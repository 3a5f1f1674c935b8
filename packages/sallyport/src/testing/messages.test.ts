import { expect, test } from 'vitest'
import { codeIn, hasCode, keptMessages } from './index.ts'

test('The code of a message is the one that begins a line, whatever digits the things that it names hold', () => {
  const mail = 'Your Example code to rename your second factor Ab_123456-x is:\n\n939545\n\nIt is good for 5 minutes.\n'
  expect(codeIn({ text: mail })).toBe('939545')
  const text = '148224 is your Example code to rename your second factor a-654321.\n\n@app.example #148224'
  expect(codeIn({ text })).toBe('148224')
})

test('A message that only names something with digits has no code', async () => {
  const notice = { text: 'Your second factor Ab_123456-x was removed.\n' }
  expect(hasCode(notice)).toBe(false)
  expect(() => codeIn(notice)).toThrow('no code')
  const kept = keptMessages<{ to: string; text: string }>()
  await kept.send({ to: '+14155552671', ...notice }, new AbortController().signal)
  expect(() => kept.codeTo('+14155552671')).toThrow('no code was sent')
})
