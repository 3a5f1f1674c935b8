import { expect, test } from 'vitest'
import { visibleName } from './visible-name.ts'

test('an ordinary name stays as it is', () => {
  for (const name of ['prod-ci', 'Observatory', "Mia's key (blue)", '工作', '🚀 launch', 'x'.repeat(60)]) {
    expect(visibleName(name)).toBe(name)
  }
})

test('spellings that look the same become the same', () => {
  expect(visibleName('  prod \t ci ')).toBe('prod ci')
  expect(visibleName('Cafe\u0301')).toBe('Caf\u00e9')
  expect(visibleName('a\u00a0b')).toBe('a b')
})

test.each([
  ['nothing', ''],
  ['blanks', ' \n '],
  ['more than 60 characters', 'x'.repeat(61)],
  ['a control character', 'a\u0000b'],
  ['a character that reorders text', 'a\u202eb'],
  ['a character without width', 'a\u200bb'],
  ['half a character', 'a\ud800b'],
  ['a blank letter', '\u3164'],
  ['a character that is not shown', 'a\ufe0f'],
])('%s is no name', (_what, name) => {
  expect(visibleName(name)).toBeNull()
})
