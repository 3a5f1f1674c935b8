import fc from 'fast-check'
import { expect, test } from 'vitest'
import { looseWritingsOf, mobileNumbers, writingsOf } from '../../../../test/support/phone-numbers.ts'
import { parsePhoneNumber } from './phone-number.ts'

test.each([
  ['(415) 555-2671', 'US', '+14155552671'],
  ['415.555.2671', 'US', '+14155552671'],
  ['+1 202 555 0123', 'DE', '+12025550123'],
  ['0176 12345678', 'DE', '+4917612345678'],
  ['+49 (0)176 12345678', 'US', '+4917612345678'],
  ['0491 570 156', 'AU', '+61491570156'],
  ['0044 7400 123456', 'US', '+447400123456'],
  ['tel:+44-7400-123456', 'US', '+447400123456'],
  ['tel:7400-123456;phone-context=+44', 'US', '+447400123456'],
  ['tel:+44-7400-123456;isub=1', 'US', '+447400123456'],
  ['+49-0151-12345678', 'US', '+4915112345678'],
  ['＋４９ （０）１５１ １２３４５６７８', 'DE', '+4915112345678'],
  ['٠١٥١ ١٢٣٤٥٦٧٨', 'DE', '+4915112345678'],
  ['\u202a+49\u00a0151\u2011123\u200945678\u202c', 'US', '+4915112345678'],
  ['011 49 151 12345678', 'US', '+4915112345678'],
  ['0011 49 151 12345678', 'AU', '+4915112345678'],
  ['001 415 555 2671', 'DE', '+14155552671'],
  ['001 1 415 555 2671', 'KR', '+14155552671'],
])('%j written in %s is %s', (text, country, e164) => {
  expect(parsePhoneNumber(text, country)).toEqual({ ok: true, e164 })
})

test.each([
  ['', 'US'],
  ['123', 'US'],
  ['call 415 555 2671 now', 'US'],
  ['415 555 2671 ext 5', 'US'],
  ['415 FLOWERS', 'US'],
  ['+1 415 ＦＬＯＷＥＲＳ', 'US'],
  ['1-800-FLOWERS', 'US'],
  ['＋＋49 151 12345678', 'DE'],
  // Of Singapore as Korea dials, of Alabama with 00 for +.
  ['001 65 9234 5678', 'KR'],
  ['900 555 1234', 'US'],
  ['800 555 1234', 'US'],
  ['020 7946 0958', 'GB'],
  ['+881 612345678', 'US'],
  ['4155552671', 'XX'],
  ['4155552671', '__proto__'],
  ['9'.repeat(10_000), 'US'],
])('%j written in %s cannot take a text message', (text, country) => {
  expect(parsePhoneNumber(text, country).ok).toBe(false)
})

test('TF-07 however a number is written, it is one number', () => {
  const written = mobileNumbers.chain((phone) => fc.tuple(fc.constant(phone.number), writingsOf(phone)))
  fc.assert(
    fc.property(written, ([e164, { text, country }]) => {
      expect(parsePhoneNumber(text, country)).toEqual({ ok: true, e164 })
    }),
    { numRuns: 2000, seed: 707 },
  )
})

test('TF-07 dialled from anywhere, or with a national prefix too many, it is that number or none', () => {
  const written = mobileNumbers.chain((phone) => fc.tuple(fc.constant(phone.number), looseWritingsOf(phone)))
  const read: boolean[] = []
  fc.assert(
    fc.property(written, ([e164, { text, country }]) => {
      const number = parsePhoneNumber(text, country)
      read.push(number.ok)
      if (number.ok) expect(number.e164).toBe(e164)
    }),
    { numRuns: 2000, seed: 708 },
  )
  expect(read.filter(Boolean).length).toBeGreaterThan(read.length / 2)
})

test('TF-07 why a number can not be sent to is said in words that tell what to enter', () => {
  const said = (text: string, sentTo?: readonly string[]): unknown => {
    const number = parsePhoneNumber(text, 'DE', sentTo)
    return number.ok ? number.e164 : number.message
  }
  expect(said('0151 12345678', ['AT', 'DE'])).toBe('+4915112345678')
  expect(said('+43 664 123456', ['AT', 'DE'])).toBe('+43664123456')
  expect(said('+1 415 555 2671', ['AT', 'DE'])).toMatch(
    /^Text messages can't be sent to numbers in this country\. Enter /,
  )
  expect(said('+1 900 555 0134', ['AT', 'DE'])).toMatch(/numbers in this country/)
  for (const number of ['0900 1234567', '030 123456', '+1 900 555 0134', '+881 612345678'])
    expect(said(number)).toMatch(/^Text messages can't be sent to this kind of number\. Enter a mobile number\.$/)
  expect(said('0151')).toMatch(/^This is not a phone number in the chosen country\./)
})
