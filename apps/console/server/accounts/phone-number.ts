import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { CountryCode, PhoneNumber as ParsedNumber } from 'libphonenumber-js/max'
import { numberFault } from 'sallyport/methods/sms'
import type { NumberFault } from 'sallyport/methods/sms'

export type PhoneNumber =
  | { readonly ok: true; readonly e164: string }
  | { readonly ok: false; readonly message: string }

const longest = 40

/**
 * Any national writing of `country`, or an international one. Only numbers that are sent to: their kind is one that takes
 * text messages, and their country one of `sentTo`, where that is given (THREATS TF-07).
 */
export function parsePhoneNumber(text: string, country: string, sentTo?: readonly string[]): PhoneNumber {
  if (!isSupportedCountry(country)) return { ok: false, message: 'Choose a country from the list.' }
  const number = text.length > longest ? undefined : read(text, country)
  if (number === undefined) return { ok: false, message: messages.invalid }
  if (number.ext !== undefined)
    return { ok: false, message: 'Leave out the extension: text messages go to the number itself.' }
  const fault = numberFault(number.number, { countries: sentTo })
  return fault === null ? { ok: true, e164: number.number } : { ok: false, message: messages[fault] }
}

const messages: Readonly<Record<NumberFault, string>> = {
  invalid: 'This is not a phone number in the chosen country. A number that starts with + may be from anywhere.',
  country: "Text messages can't be sent to numbers in this country. Enter a number from another one.",
  kind: "Text messages can't be sent to this kind of number. Enter a mobile number.",
}

/**
 * As it is dialled in `country`, or with 00 for +, as most of the world dials: 001 begins a number of the United States
 * in Germany, and in Korea one from anywhere. What is one number by the first reading and another by the second is
 * neither, so that no code goes to a stranger.
 */
function read(text: string, country: CountryCode): ParsedNumber | undefined {
  const plain = plainly(text)
  const [first, second] = [plain, plain.replace(/^00(?=[1-9])/, '+')]
    .map((reading) => parsePhoneNumberFromString(reading, { defaultCountry: country, extract: false }))
    .filter((reading) => reading?.isValid())
  return second === undefined || first?.number === second.number ? first : undefined
}

/**
 * Full-width digits and + are the same number as the narrow ones: the parser takes the digits and drops the +. What marks
 * the direction of writing comes along when a number is copied; `tel:` does when it is copied from a link.
 */
function plainly(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .trim()
    .replace(/^tel:/i, '')
}
