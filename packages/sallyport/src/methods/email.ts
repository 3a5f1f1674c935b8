import {
  type Method,
  type MethodFactory,
  type MethodSettings,
  type PromptContext,
  strengths,
} from '../contract/method.ts'
import type { Notice } from '../contract/notice.ts'
import type { EmailMessage, EmailSender } from '../contract/sender.ts'
import { duration } from './message/duration.ts'
import { mail } from './message/mail.ts'
import { noticeText } from './message/notice.ts'
import { quote } from './message/quote.ts'
import { checkCode, issueCode } from './one-time-code.ts'

export interface EmailSetup {
  readonly hint: string
}

/** A one-time code to the account's confirmed address. `sender` carries the codes and the notices. */
export function email({ sender }: { readonly sender: EmailSender }): MethodFactory<EmailSetup> {
  return (settings): Method<EmailSetup> => ({
    kind: 'email',
    label: 'E-mail',
    strength: strengths.email,
    amr: ['otp'],
    perAccount: 1,
    backup: false,
    promptSeconds: settings.codeLifetimeSeconds,
    digits: settings.codeDigits,
    enroll({ account }) {
      const address = account.confirmedEmail
      if (address === null || !isAddress(address)) return null
      const hint = maskAddress(address)
      return { secret: address, hint, setup: { hint } }
    },
    prompt(context, enrollment) {
      const { code, state } = issueCode(context, settings.codeDigits)
      const message = codeMessage(settings, enrollment.secret, code, context)
      return {
        state,
        // Providers deliver to either case, so either case counts as the same destination.
        destination: enrollment.secret.toLowerCase(),
        provider: sender.name,
        deliver: (signal) => sender.send(message, signal),
      }
    },
    check: (context, _enrollment, state, answer) => checkCode(context, settings.codeDigits, state, answer),
    notify(account, notice) {
      const address = account.confirmedEmail
      if (address === null || !isAddress(address)) return null
      const message = noticeMessage(settings, address, notice)
      return { provider: sender.name, deliver: (signal) => sender.send(message, signal) }
    },
  })
}

function codeMessage(settings: MethodSettings, to: string, code: string, context: PromptContext): EmailMessage {
  const { name } = settings.app
  const what = quote(context.purpose, 120)
  return mail(to, `${name}: your code to ${what}`, [
    `Your ${name} code to ${what} is:`,
    { code },
    `It is good for ${duration(settings.codeLifetimeSeconds)} and works once. Nobody from ${name} will ever ask you for it.`,
    `If this wasn't you, ${context.unexpected}.`,
  ])
}

function noticeMessage(settings: MethodSettings, to: string, notice: Notice): EmailMessage {
  const { name } = settings.app
  const text = noticeText(notice)
  return mail(to, `${name}: ${text.subject}`, [
    text.happened,
    `When: ${text.when}\nFrom: ${text.ip}\nWith: ${text.userAgent}`,
    `${text.whatToDo}. ${text.more}`,
  ])
}

/** `m***@e***.com`: a fixed number of stars, so that not even a length is told. */
function maskAddress(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  const dot = domain.lastIndexOf('.')
  return `${firstOf(address)}***@${firstOf(domain)}***${dot < 0 ? '' : domain.slice(dot)}`
}

function firstOf(text: string): string {
  return Array.from(text)[0] ?? ''
}

/**
 * No more than what keeps one address one address (lengths: RFC 5321 section 4.5.3.1); whether mail arrives there is for
 * the host's confirmation to say.
 */
function isAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s\p{C}@<>()[\]\\,;:"]{1,64}@[^\s\p{C}@<>()[\]\\,;:"]+$/u.test(text)
}
