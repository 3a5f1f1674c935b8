import { isSupportedCountry, parsePhoneNumberFromString, type PhoneNumber } from 'libphonenumber-js/max'
import { SallyportError } from '../../contract/errors.ts'

/**
 * Why a number can't be sent to: `invalid`, it is none, or not in E.164; `country`, it is of a country that is not among
 * those allowed; `kind`, it is of a kind that takes no text message, or one that costs its sender more than others.
 */
export type NumberFault = 'invalid' | 'country' | 'kind'

/**
 * What the numbering plans call mobile, or can't tell from it, as in North America. All else is refused, whatever it is
 * called: premium rate and shared cost, where the owner of the number earns by each message; voice over IP and personal
 * numbers, which anyone rents by the thousand; pagers, voicemail, toll-free and company numbers. Fixed lines too: few take
 * a text message, and one that is read out by a machine tells the code to whoever picks up.
 */
const kinds: ReadonlySet<string | undefined> = new Set(['MOBILE', 'FIXED_LINE_OR_MOBILE'])

/**
 * Why no text message is sent to this number, or null where one is. `countries` are those that `sms` is given; left out,
 * all. Looks at the number alone: it asks nobody, so that it can answer beside the field of a form.
 */
export function numberFault(
  e164: string,
  { countries }: { readonly countries?: readonly string[] | undefined } = {},
): NumberFault | null {
  const phone = readNumber(e164)
  if (phone === null) return 'invalid'
  // ITU-T E.164 section 6.2.2: satellites and other networks without a country have calling codes of their own.
  if (phone.country === undefined) return 'kind'
  if (countries !== undefined && !countries.includes(phone.country)) return 'country'
  return kinds.has(phone.getType()) ? null : 'kind'
}

/**
 * Null for what is no valid number, or not written in E.164, so that one number has one writing. In a valid one the plan of
 * its country knows the kind: a range that the metadata does not know is none.
 */
export function readNumber(text: string): PhoneNumber | null {
  const phone = parsePhoneNumberFromString(text)
  return phone?.isValid() && phone.number === text ? phone : null
}

/** Throws `option_invalid`. The list is copied: what is allowed does not change while it is in force. */
export function checkedCountries(countries: readonly string[] | undefined): readonly string[] | undefined {
  if (countries === undefined) return undefined
  if (countries.length === 0) {
    throw new SallyportError('option_invalid', 'sms.countries: must name a country, or be left out for all')
  }
  const unknown = countries.find((country) => !isSupportedCountry(country))
  if (unknown === undefined) return [...countries]
  throw new SallyportError(
    'option_invalid',
    `sms.countries: ${JSON.stringify(unknown)} is no country (ISO 3166-1 alpha-2, such as "DE")`,
  )
}
