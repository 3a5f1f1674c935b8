import type { Notice, NoticeKind } from '../../contract/notice.ts'
import { quote } from './quote.ts'

interface Wording {
  readonly subject: string
  /** What to do, where it is not to change the password. */
  readonly whatToDo?: string
  readonly more?: string
  /** What happened, as a sentence. */
  happened(subject: string): string
}

const named = (subject: string): string => (subject === '' ? '' : ` "${subject}"`)

const wordings: Readonly<Record<NoticeKind, Wording>> = {
  'mfa.enabled': {
    subject: 'a second factor is now asked for',
    happened: () => 'Signing in to your account now takes a second factor. Every other session was ended.',
  },
  'mfa.disabled': {
    subject: 'your second factor was turned off',
    happened: () => 'Your account no longer asks for a second factor: the password alone opens it.',
  },
  'method.added': {
    subject: 'a second factor was added',
    happened: (subject) => `A second factor${named(subject)} was added to your account.`,
  },
  'method.removed': {
    subject: 'a second factor was removed',
    happened: (subject) => `A second factor${named(subject)} was removed from your account.`,
  },
  'recovery_code.used': {
    subject: 'a recovery code was used',
    happened: (subject) =>
      `A recovery code was used on your account.${subject === '' ? '' : ` Recovery codes left: ${subject}.`}`,
  },
  'contact.taken': {
    subject: 'you already have an account',
    happened: () => 'Someone tried to register with this address or number, which already belongs to an account.',
    whatToDo: 'If it was you, sign in with the password you have. If not, there is nothing to do',
    more: 'Nothing was changed, and nobody was told that you have an account.',
  },
  'account.locked': {
    subject: 'signing in is paused',
    happened: () =>
      'Someone who knows your password gave too many wrong codes, so signing in to your account is paused.',
  },
}

export interface NoticeText {
  /** Names the event, without the application's name. */
  readonly subject: string
  readonly happened: string
  /** For example "2025-11-21 23:20 UTC". */
  readonly when: string
  readonly ip: string
  readonly userAgent: string
  readonly whatToDo: string
  /** For messages that have the room. */
  readonly more: string
}

/** What the owner is told. No code, no link, and nothing that a stranger wrote in a form that could mislead. */
export function noticeText(notice: Notice): NoticeText {
  const { subject, happened, whatToDo, more } = wordings[notice.kind]
  return {
    subject,
    happened: happened(quote(notice.subject, 40)),
    when: `${new Date(notice.at).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    ip: quote(notice.ip, 45) || 'an unknown address',
    userAgent: quote(notice.userAgent, 120) || 'an unknown browser',
    whatToDo: whatToDo ?? "If this wasn't you, change your password now",
    more: more ?? 'Then look through the second factors on the security page. If it was you, there is nothing to do.',
  }
}
