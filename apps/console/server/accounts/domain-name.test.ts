import { expect, test } from 'vitest'
import { parseDomainName } from './domain-name.ts'

test.each([
  ['example.com', 'example.com'],
  ['Example.COM', 'example.com'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['bu\u0308cher.example', 'xn--bcher-kva.example'],
  ['mail.example.co.uk', 'mail.example.co.uk'],
])('%j is the domain %s', (text, domain) => {
  expect(parseDomainName(text)).toBe(domain)
})

test.each([
  '',
  'com',
  'localhost',
  '127.0.0.1',
  '0x7f.1',
  '[::1]',
  'example.com.',
  '.example.com',
  '-a.example.com',
  'exa mple.com',
  'example.com/path',
  'example.com?query',
  'example.com#fragment',
  'example.com\\path',
  'ex%61mple.com',
  'example.com\n',
  'example.com:443',
  'ada@example.com',
  '_sallyport.example.com',
  '%.example.com',
  `${'a'.repeat(64)}.com`,
])('%j is none', (text) => {
  expect(parseDomainName(text)).toBeNull()
})
