import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quote } from './quote.ts'

test('ordinary names and user agents stay as they are', () => {
  for (const words of [
    'Work phone',
    'prod-ci 1.2.3',
    "Mia's key (blue)",
    '工作电话',
    'Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0.0.0 Safari/537.36',
    '2001:db8::1',
  ]) {
    expect(quote(words, 120)).toBe(words)
  }
})

test.each([
  ['https://evil.example/a', 'https evil. example/a'],
  ['see www.evil.example', 'see www. evil. example'],
  ['eve@evil.example', 'eve at evil. example'],
  ['xn.xn--p1ai', 'xn. xn--p1ai'],
  ['a\r\nBcc: b\u2028c\u0000d', 'a Bcc: b c d'],
  ['abc\u202edef\u200bghi', 'abc def ghi'],
  ['https:///evil.example', 'https evil. example'],
  ['pay.123bank', 'pay. 123bank'],
  ['a :// b', 'a b'],
  ['\n phone ', 'phone'],
])('%j cannot be followed, hide or reorder anything', (words, expected) => {
  expect(quote(words, 120)).toBe(expected)
})

test('is cut to its limit with three dots', () => {
  expect(quote('abcdefghij', 10)).toBe('abcdefghij')
  expect(quote('abcdefghijk', 10)).toBe('abcdefg...')
  expect(quote('abcdef ghijk', 10)).toBe('abcdef...')
})

test('is one line within its limit, whatever it is given', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 10, max: 120 }), (words, limit) => {
      const quoted = quote(words, limit)
      expect(Array.from(quoted).length).toBeLessThanOrEqual(limit)
      expect(quoted).not.toMatch(/[\p{C}\u2028\u2029]|:\/\/|@/u)
    }),
    { seed: 13 },
  )
})
