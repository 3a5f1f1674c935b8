import type { PhoneNumber } from 'libphonenumber-js/max'
import { SallyportError } from '../contract/errors.ts'
import { type Method, type MethodFactory, type MethodSettings, type Prompt, strengths } from '../contract/method.ts'
import type { Notice } from '../contract/notice.ts'
import type { SmsSender } from '../contract/sender.ts'
import { noticeText } from './message/notice.ts'
import { quote } from './message/quote.ts'
import { fitsOneSegment } from './message/segment.ts'
import { checkCode, issueCode } from './one-time-code.ts'
import { checkedCountries, numberFault, readNumber } from './sms/phone-number.ts'

export { type NumberFault, numberFault } from './sms/phone-number.ts'

export interface SmsOptions {
  /** Carries the codes and the notices. */
  readonly sender: SmsSender
  /** The countries whose numbers are sent to, by their ISO 3166-1 alpha-2 codes. Default: all. */
  readonly countries?: readonly string[] | undefined
}

export interface SmsSetup {
  readonly hint: string
}

/**
 * A one-time code to the account's confirmed number, which must be one in E.164 that has no `numberFault`: neither is any
 * other enrolled, nor is one sent to that was enrolled when it still was allowed.
 */
export function sms({ sender, countries }: SmsOptions): MethodFactory<SmsSetup> {
  return (settings) => smsMethod(sender, checkedCountries(countries), settings)
}

function smsMethod(
  sender: SmsSender,
  countries: readonly string[] | undefined,
  settings: MethodSettings,
): Method<SmsSetup> {
  const { name } = settings.app
  const host = new URL(settings.app.origin).hostname
  const sendable = (number: string | null): PhoneNumber | null =>
    number === null || numberFault(number, { countries }) !== null ? null : readNumber(number)
  return {
    kind: 'sms',
    label: 'Text message',
    strength: strengths.sms,
    amr: ['sms', 'otp'],
    perAccount: 1,
    backup: false,
    promptSeconds: settings.codeLifetimeSeconds,
    digits: settings.codeDigits,
    enroll({ account }) {
      const phone = sendable(account.confirmedPhone)
      if (phone === null) return null
      const hint = maskNumber(phone)
      return { secret: phone.number, hint, setup: { hint } }
    },
    prompt(context, enrollment) {
      const { code, state } = issueCode(context, settings.codeDigits)
      const to = enrollment.secret
      const message = { to, text: codeText(name, host, code, context.purpose) }
      const phone = readNumber(to)
      return {
        state,
        destination: to,
        ...(phone === null ? {} : { range: rangeOf(phone) }),
        provider: sender.name,
        async deliver(signal) {
          // Like a provider that does not take the message: the challenge offers the other methods.
          if (sendable(to) === null) throw new SallyportError('delivery_failed', 'no text message goes to this number')
          await sender.send(message, signal)
        },
      }
    },
    check: (context, _enrollment, state, answer) => checkCode(context, settings.codeDigits, state, answer),
    notify(account, notice) {
      const phone = sendable(account.confirmedPhone)
      if (phone === null) return null
      const message = { to: phone.number, text: noticeLine(name, notice) }
      return { provider: sender.name, deliver: (signal) => sender.send(message, signal) }
    },
  }
}

/**
 * One segment, ending in the line that lets a phone fill the code in on our host only (WICG "Origin-bound one-time
 * codes delivered via SMS"). What is being confirmed is cut to the room there is, then the application's name.
 */
function codeText(name: string, host: string, code: string, purpose: string): string {
  const binding = `@${host} #${code}`
  const write = (app: string, what: string): string =>
    `${code} is your ${app === '' ? '' : `${app} `}code${what === '' ? '' : ` to ${what}`}.\n\n${binding}`
  return (
    longestFitting(quote(purpose, 120), (what) => write(name, what)) ??
    longestFitting(name, (app) => write(app, '')) ??
    binding
  )
}

/** Writes with as much of `words` as still makes one segment; null when not even none does. */
function longestFitting(words: string, write: (words: string) => string): string | null {
  const characters = Array.from(words)
  for (let kept = characters.length; kept >= 0; kept -= 1) {
    const part =
      kept === characters.length ? words : kept === 0 ? '' : `${characters.slice(0, kept).join('').trimEnd()}...`
    const text = write(part)
    if (fitsOneSegment(text)) return text
  }
  return null
}

function noticeLine(name: string, notice: Notice): string {
  const { happened, when, ip, whatToDo } = noticeText(notice)
  return `${name}: ${happened} ${when}, from ${ip}. ${whatToDo}.`
}

/** `+1 *** *** **34`: the country code, a fixed number of stars, the last two digits. */
function maskNumber(phone: PhoneNumber): string {
  return `+${phone.countryCallingCode} *** *** **${phone.number.slice(-2)}`
}

/** All digits but the last three: numbers that are rented for fraud stand in a row. */
function rangeOf({ countryCallingCode, number }: PhoneNumber): NonNullable<Prompt['range']> {
  return { dialCode: `+${countryCallingCode}`, numbers: number.slice(0, -3) }
}
