import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'

export type PhoneNumber =
  | { readonly ok: true; readonly e164: string }
  | { readonly ok: false; readonly message: string }

const longest = 40

/**
 * Any national writing of `country`, or an international one with a +. Only numbers that belong to a country and can
 * take a text message: no premium, satellite, voice-over-IP, toll-free or fixed line.
 */
export function parsePhoneNumber(text: string, country: string): PhoneNumber {
  if (!isSupportedCountry(country)) return { ok: false, message: 'Choose a country from the list.' }
  const number =
    text.length > longest
      ? undefined
      : parsePhoneNumberFromString(international(text), { defaultCountry: country, extract: false })
  if (number === undefined || !number.isValid()) {
    return {
      ok: false,
      message: 'This is not a phone number in the chosen country. A number that starts with + may be from anywhere.',
    }
  }
  const type = number.getType()
  const takesTexts = type === 'MOBILE' || type === 'FIXED_LINE_OR_MOBILE'
  if (number.ext !== undefined)
    return { ok: false, message: 'Leave out the extension: text messages go to the number itself.' }
  if (number.country === undefined || !takesTexts) {
    return { ok: false, message: 'This number cannot receive text messages. Enter a mobile number.' }
  }
  return { ok: true, e164: number.number }
}

/** 00 is how most of the world dials +, whatever country the form says; `tel:` is what copying a link gives. */
function international(text: string): string {
  return text
    .trim()
    .replace(/^tel:/i, '')
    .replace(/^00(?=[1-9])/, '+')
}
