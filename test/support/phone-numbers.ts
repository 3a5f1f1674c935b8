import fc from 'fast-check'
import examples from 'libphonenumber-js/examples.mobile.json'
import { getCountries, getExampleNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { CountryCode, PhoneNumber } from 'libphonenumber-js/max'

/** How somebody may write a number: what they type, and the country that they choose beside it. */
export interface Writing {
  readonly text: string
  readonly country: CountryCode
}

/** Mobile numbers of every country: its example, and those around it. Where two share a range, they are of the larger one. */
export const mobileNumbers: fc.Arbitrary<PhoneNumber> = fc
  .tuple(fc.constantFrom(...getCountries()), fc.integer({ min: 0, max: 99 }))
  .map(([country, ending]) => {
    const example = parsePhoneNumberFromString(getExampleNumber(country, examples)?.number ?? '')
    if (example === undefined) throw new Error(`there is no example of ${country}`)
    const near = parsePhoneNumberFromString(example.number.slice(0, -2) + String(ending).padStart(2, '0'))
    return near !== undefined && near.getType() === example.getType() ? near : example
  })

const anywhere = fc.constantFrom(...getCountries())

/** As numbers are given to people: in E.164, international, as a link, or national where that is the country chosen. */
export function writingsOf(phone: PhoneNumber): fc.Arbitrary<Writing> {
  const international = fc.record({
    country: anywhere,
    text: fc.constantFrom(phone.number, phone.formatInternational(), phone.getURI() ?? phone.number),
  })
  const national = fc.constant({ country: phone.country ?? 'US', text: phone.formatNational() })
  return set(fc.oneof(international, national))
}

/** As they are dialled from somewhere, or written by whoever leaves the national prefix in. */
export function looseWritingsOf(phone: PhoneNumber): fc.Arbitrary<Writing> {
  const { countryCallingCode: code, nationalNumber: rest, number } = phone
  const text = fc.constantFrom(number.replace('+', '00'), `+${code} (0)${rest}`, `+${code}0${rest}`)
  const dialled = anywhere
    .map((country) => ({ country, text: phone.format('IDD', { fromCountry: country }) }))
    .filter((writing) => Boolean(writing.text))
  return set(fc.oneof(fc.record({ country: anywhere, text }), dialled))
}

/** In any typography: what stands between the digits and around them, and full-width characters. */
function set(writings: fc.Arbitrary<Writing>): fc.Arbitrary<Writing> {
  const between = fc.constantFrom(' ', '', '-', '.', '\u00a0', '\u2009', '\u2011', '  ')
  const around = fc.constantFrom(['', ''], [' ', '\t'], ['\u202a', '\u202c'], ['\ufeff', '\u200e'])
  return fc
    .tuple(writings, between, around, fc.boolean())
    .map(([{ country, text }, space, [before = '', after = ''], wide]) => {
      const spaced = text.replaceAll(/[ -]/g, space)
      return { country, text: before + (wide ? widened(spaced) : spaced) + after }
    })
}

/** As an input method for Chinese or Japanese writes them: U+FF01 to U+FF5E for U+0021 to U+007E. */
function widened(text: string): string {
  return text.replaceAll(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0))
}
