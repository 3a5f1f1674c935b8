import fc from 'fast-check'
import metadata from 'libphonenumber-js/metadata.max.json'
import { expect, test } from 'vitest'
import { looseWritingsOf, mobileNumbers, writingsOf } from '../../../../../test/support/phone-numbers.ts'
import { numberFault } from './phone-number.ts'

test.each([
  ['premium rate', '+19005550134'],
  ['shared cost', '+33810123456'],
  ['universal access', '+443012345678'],
  ['personal', '+447012345678'],
  ['pager', '+447640123456'],
  ['voice over IP', '+445612345678'],
  ['toll free', '+18005550134'],
  ['voicemail', '+41860791234567'],
  ['fixed line', '+442071838750'],
  ['universal freephone', '+80012345678'],
  ['international shared cost', '+80812345678'],
  ['Inmarsat', '+870773111632'],
  ['universal personal', '+878101234567890'],
  ['satellite', '+881612345678'],
  ['international network', '+882161234567'],
  ['international network', '+883510001234'],
  ['disaster relief', '+88812345678901'],
  ['international premium rate', '+979123456789'],
])('TF-07 a number of a kind that takes no text message or costs more is refused: %s', (_kind, number) => {
  expect(numberFault(number)).toBe('kind')
})

/** The places of the types in libphonenumber-js's metadata: those of fixed lines and mobiles are the first two. */
const refusedPatterns = Object.values({ ...metadata.countries, ...metadata.nonGeographic }).flatMap((plan) => {
  const [dialCode, types] = [plan?.[0], plan?.[11]] as [string, readonly ([string] | 0)[] | undefined]
  return (types ?? []).slice(2).flatMap((type) => (type === 0 ? [] : [{ dialCode, pattern: type?.[0] ?? '' }]))
})

test('TF-07 no number that the plan of any country calls anything but fixed or mobile is sent to', () => {
  const numbers = fc
    .constantFrom(...refusedPatterns.filter(({ pattern }) => pattern !== ''))
    .chain(({ dialCode, pattern }) =>
      fc.stringMatching(new RegExp(`^(?:${pattern})$`)).map((rest) => `+${dialCode}${rest}`),
    )
  const faults: (string | null)[] = []
  fc.assert(
    fc.property(numbers, (number) => {
      faults.push(numberFault(number))
      expect(faults.at(-1)).not.toBeNull()
    }),
    { numRuns: 5000, seed: 7007 },
  )
  expect(refusedPatterns.length).toBeGreaterThan(500)
  expect(faults.filter((fault) => fault === 'kind').length).toBeGreaterThan(faults.length / 2)
})

test('mobile numbers of every country are sent to, and none of a country that is not allowed', () => {
  fc.assert(
    fc.property(mobileNumbers, ({ number, country = '' }) => {
      expect(numberFault(number)).toBeNull()
      expect(numberFault(number, { countries: ['DE', country] })).toBeNull()
      expect(numberFault(number, { countries: country === 'DE' ? ['AT'] : ['DE'] })).toBe('country')
    }),
    { seed: 245 },
  )
})

test('TF-07 a country is not its calling code: neighbours that share one are told apart', () => {
  expect(numberFault('+447400123456', { countries: ['GB'] })).toBeNull()
  expect(numberFault('+447781123456', { countries: ['GB'] })).toBe('country')
  expect(numberFault('+14155552671', { countries: ['US'] })).toBeNull()
  expect(numberFault('+18762101234', { countries: ['US'] })).toBe('country')
})

test('TF-07 a kind that is never sent to is not, whatever countries are allowed; one without a country is of none', () => {
  expect(numberFault('+19005550134', { countries: ['US'] })).toBe('kind')
  expect(numberFault('+881612345678', { countries: ['US'] })).toBe('kind')
  expect(numberFault('+19005550134', { countries: ['DE'] })).toBe('country')
})

test('TF-07 of all ways to write a number, E.164 is the only one', () => {
  const written = mobileNumbers.chain((phone) =>
    fc.tuple(fc.constant(phone.number), fc.oneof(writingsOf(phone), looseWritingsOf(phone))),
  )
  fc.assert(
    fc.property(written, ([e164, { text }]) => {
      expect(numberFault(text)).toBe(text === e164 ? null : 'invalid')
    }),
    { numRuns: 2000, seed: 709 },
  )
})

test('PA-14 never throws, whatever the number', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (number) => {
      expect(numberFault(number)).toBe('invalid')
    }),
    { seed: 164 },
  )
})
