import { expect, test } from 'vitest'
import { maskAddress, parseEmailAddress } from './email-address.ts'

test.each([
  ['ada@example.com', 'ada@example.com', 'ada@example.com'],
  ['  Ada.Lovelace+x@Example.COM ', 'Ada.Lovelace+x@example.com', 'ada.lovelace+x@example.com'],
  ['ada@bücher.example', 'ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
  ['ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
  ["o'neil@example.co.uk", "o'neil@example.co.uk", "o'neil@example.co.uk"],
])('%j is an address', (text, address, key) => {
  expect(parseEmailAddress(text)).toEqual({ address, key })
})

test.each([
  '',
  '@',
  'ada',
  'ada@',
  '@example.com',
  'ada@example',
  'ada@@example.com',
  'ada@exa mple.com',
  'ada@example.com\r\nBcc: eve@example.com',
  'ada\n@example.com',
  'a..b@example.com',
  '.ada@example.com',
  'ada@-example.com',
  'ada@example.com.',
  'ada@[127.0.0.1]',
  'ada@127.0.0.1',
  '"ada lovelace"@example.com',
  '\u212Aate@example.com',
  `${'a'.repeat(65)}@example.com`,
  `ada@${'a.'.repeat(150)}com`,
])('%j is not an address', (text) => {
  expect(parseEmailAddress(text)).toBeNull()
})

test('EO-05 a masked address tells how it begins and ends, and no length', () => {
  expect(maskAddress('ada@example.com')).toBe('a***@e***.com')
  expect(maskAddress(`${'a'.repeat(60)}@mail.example.co.uk`)).toBe('a***@m***.uk')
})

test('a hostile text is judged in linear time', () => {
  expect(parseEmailAddress(`${'a.'.repeat(30_000)}@`)).toBeNull()
  expect(parseEmailAddress(`a@${'-'.repeat(240)}`)).toBeNull()
})
