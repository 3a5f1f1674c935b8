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

const to = (subject: string): string => (subject === '' ? '' : ` to ${subject}`)

const wordings: Readonly<Record<NoticeKind, Wording>> = {
  'mfa.enabled': {
    subject: 'a second factor is now asked for',
    happened: () => 'Signing in to your account now takes a second factor. Every other session was ended.',
  },
  'mfa.disabled': {
    subject: 'your second factor was turned off',
    happened: () => 'Your account no longer asks for a second factor: the password alone opens it.',
    more: 'Then set one up again on the security page. If it was you, there is nothing to do.',
  },
  'mfa.reset': {
    subject: 'an administrator has reset your second factor',
    happened: () =>
      'An administrator of your organisation has removed the second factors of your account. Every session was ended.',
    whatToDo: "If you didn't ask for this, change your password and tell them",
    more: 'The password alone opens your account until you set up a second factor again on the security page.',
  },
  'method.added': {
    subject: 'a second factor was added',
    happened: (subject) => `A second factor${named(subject)} was added to your account.`,
  },
  'method.removed': {
    subject: 'a second factor was removed',
    happened: (subject) => `A second factor${named(subject)} was removed from your account.`,
  },
  'method.disabled': {
    subject: 'a second factor was switched off',
    happened: (subject) =>
      `The second factor${named(subject)} of your account got too many wrong answers in a row, and no longer counts.`,
    more: 'To use it again, remove it on the security page and set it up anew. Your other second factors are as they were.',
  },
  'method.copied': {
    subject: 'a security key may have been copied',
    happened: (subject) => `The security key${named(subject)} was refused: its count went back, as happens to a copy.`,
    whatToDo: "If you don't know why, remove it on the security page",
    more: 'Nobody was let in by it. Your other second factors are as they were.',
  },
  'device.trusted': {
    subject: 'a browser is now trusted',
    happened: (subject) =>
      `A browser${subject === '' ? '' : ` (${subject})`} no longer has to show a second factor when it signs in to your account.`,
    more: 'Then look through the trusted browsers on the security page. If it was you, there is nothing to do.',
  },
  'device.reused': {
    subject: 'a trusted browser was forgotten',
    happened: (subject) =>
      `What a trusted browser${subject === '' ? '' : ` (${subject})`} keeps was used twice, as happens when it is copied. That browser is not trusted any more.`,
  },
  'sign_in.wrong_code': {
    subject: 'a sign-in was stopped by a wrong code',
    happened: () => 'Someone took the first step of signing in to your account, and then a wrong code was given.',
    more: 'If it was you, there is nothing to do.',
  },
  'recovery_code.used': {
    subject: 'a recovery code was used',
    happened: (subject) =>
      `A recovery code was used on your account.${subject === '' ? '' : ` Recovery codes left: ${subject}.`}`,
  },
  'recovery_codes.renewed': {
    subject: 'you have new recovery codes',
    happened: () => 'New recovery codes were made for your account. The old ones no longer work.',
  },
  'password.changed': {
    subject: 'your password was changed',
    happened: () => 'The password of your account was changed. Every other session was ended.',
    whatToDo: "If this wasn't you, get in touch with support now",
    more: 'If it was you, there is nothing to do.',
  },
  'password.reset': {
    subject: 'your password was reset',
    happened: () => 'Your password was reset with a link sent by e-mail. Every session was ended.',
    whatToDo: "If this wasn't you, someone reads your e-mail: secure it, then reset the password",
    more: 'Your second factors are as they were. If it was you, there is nothing to do.',
  },
  'email.changing': {
    subject: 'your e-mail address is about to change',
    happened: (subject) =>
      `Someone signed in to your account asked to change its e-mail address${to(subject)}. It changes once a code sent there is entered.`,
    whatToDo: "If this wasn't you, change your password now: that stops it",
  },
  'email.changed': {
    subject: 'your e-mail address was changed',
    happened: (subject) =>
      `The e-mail address of your account was changed${to(subject)}. Messages about it go there from now on.`,
    whatToDo: "If this wasn't you, get in touch with support now",
    more: 'If it was you, there is nothing to do.',
  },
  'phone.changing': {
    subject: 'your phone number is about to change',
    happened: (subject) =>
      `Someone signed in to your account asked to change its phone number${to(subject)}. It changes once a code sent there is entered.`,
    whatToDo: "If this wasn't you, change your password now: that stops it",
  },
  'phone.changed': {
    subject: 'your phone number was changed',
    happened: (subject) => `The phone number of your account was changed${to(subject)}.`,
  },
  'account.deleted': {
    subject: 'your account was deleted',
    happened: () => 'Your account was deleted, with everything that was in it.',
    whatToDo: "If this wasn't you, get in touch with support now",
    more: 'If it was you, there is nothing to do.',
  },
  'sign_in.managed': {
    subject: 'your organisation signs you in from now on',
    happened: (subject) =>
      `You sign in to your account through the single sign-on of${subject === '' ? ' your organisation' : ` ${subject}`} from now on, and in no other way.`,
    whatToDo: "If you didn't expect this, ask your administrator",
    more: 'You were signed out. Your password and your second factors are kept, and not asked for.',
  },
  'sign_in.unmanaged': {
    subject: 'you sign in with your own password again',
    happened: (subject) =>
      `The single sign-on of${subject === '' ? ' your organisation' : ` ${subject}`} no longer signs you in. Your password and your second factors count again.`,
    whatToDo: "If you didn't expect this, ask your administrator",
    more: 'If you have no password, ask for a link to set one on the page where you sign in.',
  },
  'identity.linked': {
    subject: 'another way to sign in was added',
    happened: (subject) =>
      `Your account can now also be signed in to with${subject === '' ? ' an identity provider' : ` ${subject}`}.`,
  },
  'identity.unlinked': {
    subject: 'a way to sign in was removed',
    happened: (subject) =>
      `Your account can no longer be signed in to with${subject === '' ? ' an identity provider' : ` ${subject}`}.`,
  },
  'refresh_token.reused': {
    subject: 'an app was signed out',
    happened: () =>
      'A token of an app that was signed in to your account was used twice, as happens when it is copied. That app was signed out.',
  },
  'contact.taken': {
    subject: 'you already have an account',
    happened: () => 'Someone gave this address or number as their own, but it already belongs to an account.',
    whatToDo: 'If it was you, sign in with the password you have. If not, there is nothing to do',
    more: 'Nothing was changed, and nobody was told that you have an account.',
  },
  'account.locked': {
    subject: 'signing in is paused',
    happened: (subject) =>
      `Someone who knows your password, or is signed in as you, gave too many wrong codes. Signing in is paused${subject === '' ? '' : ` for ${subject}`}.`,
  },
  'account.unlocked': {
    subject: 'signing in is possible again',
    happened: () => 'An administrator of your organisation has lifted the pause on signing in to your account.',
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
