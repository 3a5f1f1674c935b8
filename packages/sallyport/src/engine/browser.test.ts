import { expect, test } from 'vitest'
import { browserOf } from './browser.ts'

test('a browser is named with its system, and without versions', () => {
  const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
  const safari =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'
  expect([firefox, safari].map(browserOf)).toEqual(['Firefox on Linux', 'Safari on iOS'])
})

test('whatever a stranger calls a browser, its owner is never shown their words', () => {
  for (const said of [
    'Your account is blocked: call 0800 555 0199/1 now',
    'Your account is blocked: call 0800 555 0199',
    'evil\u009b31m/1.0 x',
    '\u202eevil/1.0 x',
    `${'a'.repeat(300)}/1 b`,
    '<b>bold</b>/1 x',
    'curl/8.9.1',
    'constructor/1 x',
    '__proto__/1 x',
    '',
  ])
    expect([said, browserOf(said)]).toEqual([said, 'Unknown browser'])
  expect(browserOf('Call 0800 555 0199/1 (X11; Linux x86_64) now')).toBe('Unknown browser on Linux')
})
