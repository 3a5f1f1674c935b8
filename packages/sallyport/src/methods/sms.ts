import { parsePhoneNumberFromString, type PhoneNumber } from 'libphonenumber-js/max'
import { type Method, type MethodFactory, type MethodSettings, strengths } from '../contract/method.ts'
import type { Notice } from '../contract/notice.ts'
import type { SmsSender } from '../contract/sender.ts'
import { noticeText } from './message/notice.ts'
import { quote } from './message/quote.ts'
import { fitsOneSegment } from './message/segment.ts'
import { checkCode, issueCode } from './one-time-code.ts'

export interface SmsSetup {
  readonly hint: string
}

/**
 * A one-time code to the account's confirmed number, which must be a valid one in E.164. `sender` carries the codes and
 * the notices.
 */
export function sms({ sender }: { readonly sender: SmsSender }): MethodFactory<SmsSetup> {
  return (settings) => smsMethod(sender, settings)
}

function smsMethod(sender: SmsSender, settings: MethodSettings): Method<SmsSetup> {
  const { name } = settings.app
  const host = new URL(settings.app.origin).hostname
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
      const phone = readNumber(account.confirmedPhone)
      if (phone === null) return null
      const hint = maskNumber(phone)
      return { secret: phone.number, hint, setup: { hint } }
    },
    prompt(context, enrollment) {
      const { code, state } = issueCode(context, settings.codeDigits)
      const message = { to: enrollment.secret, text: codeText(name, host, code, context.purpose) }
      return {
        state,
        destination: enrollment.secret,
        provider: sender.name,
        deliver: (signal) => sender.send(message, signal),
      }
    },
    check: (context, _enrollment, state, answer) => checkCode(context, settings.codeDigits, state, answer),
    notify(account, notice) {
      const phone = readNumber(account.confirmedPhone)
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

function readNumber(text: string | null): PhoneNumber | null {
  const phone = text === null ? undefined : parsePhoneNumberFromString(text)
  return phone?.isValid() && phone.number === text ? phone : null
}

/** `+1 *** *** **34`: the country code, a fixed number of stars, the last two digits. */
function maskNumber(phone: PhoneNumber): string {
  return `+${phone.countryCallingCode} *** *** **${phone.number.slice(-2)}`
}
