import type { ActivityEntry } from '../api/types.ts'
import { inSentence, isMethodKind } from '../code/words.ts'
import { actionWords } from './action-words.ts'

/** How an entry is told: the same to whom it is about and to those who look after them. */
type Told = (entry: ActivityEntry) => string

/** By event; where an event covers more than one thing, by what its detail says. */
export const sentences: Readonly<Record<string, Told>> = {
  'sign_in.not_required': (entry) =>
    about(entry, 'reason') === 'sso' ? 'Signed in by the organisation' : 'Signed in without a second factor',
  'sign_in.elsewhere': () => 'Tried to sign in another way than this account does',
  'sign_in.trusted': () => 'Signed in from a trusted browser, without a second factor',
  'sign_in.unknown_key': () => 'Tried to sign in with a passkey that no account has',
  'challenge.opened': (entry) => `Asked for ${answerTo(entry)}${toDo(entry)}`,
  'challenge.resumed': (entry) => `Asked again for ${answerTo(entry)}${toDo(entry)}`,
  'challenge.passed': (entry) =>
    entry.action === 'login' ? `Signed in${by(entry)}` : `Confirmed${by(entry)}${toDo(entry)}`,
  'challenge.failed': (entry) => `Too many wrong codes${toDo(entry)}`,
  'challenge.cancelled': (entry) =>
    entry.action === null ? 'What waited to be confirmed was called off' : `Did not go on${toDo(entry)}`,
  'attempt.refused': (entry) => {
    const reason = about(entry, 'reason')
    const wrong = entry.method === 'security_key' ? 'Key not accepted' : 'Wrong code'
    return reason === 'wrong' ? `${wrong}${toDo(entry)}` : said(refusedCodes, reason, 'Code given too late')
  },
  'action.allowed': (entry) => `Allowed${toDo(entry)}`,
  'action.refused': (entry) => `Not allowed${toDo(entry)}${said(refusedActions, about(entry, 'reason'), '')}`,
  'grants.ended': () => 'What was confirmed before no longer counts',
  'code.sent': (entry) => `Code sent${where(entry)}`,
  'code.send_failed': (entry) => `Code could not be sent${where(entry)}`,
  'code.send_refused': (entry) => said(unsentCodes, about(entry, 'result'), 'No code sent'),
  'mfa.enabled': () => 'Two-step sign-in turned on',
  'mfa.disabled': () => 'Two-step sign-in turned off',
  'mfa.reset': (entry) => {
    const reason = about(entry, 'reason')
    return `Two-step sign-in reset by an administrator${reason === null ? '' : `, who said why: ${reason}`}`
  },
  'method.enrolling': (entry) => `Began to set up ${method(entry)} as a second factor`,
  'method.added': (entry) => `Second factor added${named(entry)}`,
  'method.removed': (entry) => `Second factor removed${named(entry)}`,
  'method.renamed': (entry) => `Second factor renamed${named(entry)}`,
  'method.primary_changed': (entry) => `Made primary: ${method(entry)}`,
  'method.moved': (entry) => `Codes go${where(entry)} from now on`,
  'method.disabled': (entry) => `Second factor switched off after too many wrong answers${named(entry)}`,
  'method.copied': (entry) => `Second factor refused, because there seems to be a copy of it${named(entry)}`,
  'recovery_code.used': (entry) => {
    const left = about(entry, 'left')
    return `Recovery code used${left === null ? '' : `; ${left} left`}`
  },
  'recovery_codes.created': () => 'Recovery codes made',
  'recovery_codes.renewed': () => 'New recovery codes made; the old ones no longer work',
  'contact.confirmed': (entry) => `Confirmed ${about(entry, 'to') ?? 'an address or a number'}`,
  'password.refused': () => 'Wrong password',
  'password.reset': () => 'Password reset by e-mail',
  'password.reset_link_sent': (entry) => `Link to reset the password sent${where(entry)}`,
  'device.trusted': () => 'Browser trusted to sign in without a second factor',
  'device.refused': (entry) => `Browser not trusted${said(untrusted, about(entry, 'reason'), '')}`,
  'device.reused': () => 'Trusted browser forgotten, because what it keeps was used twice',
  'device.revoked': (entry) =>
    about(entry, 'count') === null ? 'Trusted browser removed' : 'All trusted browsers removed',
  'account.locked': () => 'Account locked after too many wrong codes',
  'account.unlocked': () => 'Account unlocked by an administrator',
  'account.erased': () => 'Account deleted',
  'owner.told': (entry) => said(notices, about(entry, 'kind'), 'Told by message what happened'),
  'session.ended': (entry) => said(endedBy, about(entry, 'by'), 'Signed out'),
  'network.limited': () => 'Too many wrong tries from this network',
  'request.refused': (entry) => said(refusedRequests, about(entry, 'reason'), 'Request refused'),
}

/** One sentence, without its full stop; of an event that is not known here, its name. */
export function sentenceFor(entry: ActivityEntry): string {
  const told = Object.hasOwn(sentences, entry.event) ? sentences[entry.event] : undefined
  return told?.(entry) ?? entry.event
}

const refusedCodes: Readonly<Record<string, string>> = {
  malformed: 'Not a whole code',
  locked: 'Code not looked at, because the account was locked',
  not_prompted: 'Code given before one was sent',
  not_allowed: 'Second factor not accepted for this',
  binding: 'Code given in another browser than the one that was asked',
}

const refusedActions: Readonly<Record<string, string>> = {
  mismatch: ', because something else was confirmed',
  too_weak: ', because no second factor was strong enough',
  own_check: ' before the password was given again',
  mandatory: ', because a second factor has to stay',
}

const endedBy: Readonly<Record<string, string>> = {
  sign_out: 'Signed out',
  another_session: 'Signed out, from another browser or app',
  end_others: 'Signed out everywhere else',
  wrong_answers: 'Signed out after too many wrong answers',
  replaced: 'Signed out, because someone signed in there anew',
  rule: 'Signed out, because how the account signs in has changed',
  provider_unlinked: 'Signed out, because a way to sign in was removed',
  password_change: 'Signed out everywhere else, because the password was changed',
  refresh_token_reused: 'App signed out, because its token was used twice',
  refreshed_too_often: 'App signed out, because it asked for new tokens too often',
}

const untrusted: Readonly<Record<string, string>> = {
  off: ', because none is any more',
  privileged: ', because owners and admins always need a second factor',
  expired: ' any more: its time is over',
  changed: ' any more: how the account signs in has changed',
  other_browser: ', because another one has what it keeps',
  below_floor: ', because a stronger second factor is needed',
  password_reset: ', because the password was reset',
}

const unsentCodes: Readonly<Record<string, string>> = {
  too_soon: 'No code sent, because one was sent a moment before',
  limit: 'No code sent, because too many were',
  locked: 'No code sent, because the account was locked',
}

/** What the host has done, and told the owner of. */
const notices: Readonly<Record<string, string>> = {
  'password.changed': 'Password changed',
  'email.changing': 'New e-mail address waits to be confirmed',
  'email.changed': 'E-mail address changed',
  'phone.changing': 'New phone number waits to be confirmed',
  'phone.changed': 'Phone number changed',
  'account.deleted': 'Account deleted',
  'identity.linked': 'Another way to sign in added',
  'identity.unlinked': 'A way to sign in removed',
  'sign_in.managed': 'Signed in by the organisation from now on',
  'sign_in.unmanaged': 'No longer signed in by the organisation',
  'refresh_token.reused': 'An app was signed out, because its token was used twice',
}

const refusedRequests: Readonly<Record<string, string>> = {
  password: 'Wrong password given again',
  enrollment_required: 'Request refused until a second factor is set up',
  api_key: 'API key refused',
  access_token: 'App refused: it is not signed in any more',
  refresh_token: 'App refused: it is not signed in any more',
  refresh_token_reused: 'App refused: its token was used before',
  reset_address: 'No link to reset the password sent',
  reset_limit: 'No further link to reset the password sent',
  reset_link: 'Link to reset the password not accepted',
  sso_not_accepted: 'Request refused: the team asks for a second factor of its own',
}

function about({ detail }: ActivityEntry, name: string): string | null {
  const value = Object.hasOwn(detail, name) ? detail[name] : undefined
  return value === undefined || value === '' ? null : String(value)
}

function said(from: Readonly<Record<string, string>>, key: string | null, otherwise: string): string {
  return (key !== null && Object.hasOwn(from, key) ? from[key] : undefined) ?? otherwise
}

/** ", to change the password". The purpose as it was shown says more than the action, and was said to the owner. */
function toDo(entry: ActivityEntry): string {
  const purpose = about(entry, 'purpose')?.replaceAll(/\byour\b/g, 'the')
  const what = purpose ?? (entry.action === null ? null : actionWords(entry.action))
  return what === null ? '' : ` to ${what}`
}

/** Where nothing is signed in to or changed yet, it is a code and no second factor. */
function answerTo({ action }: ActivityEntry): string {
  return action?.endsWith('.confirm') === true ? 'a code' : 'a second factor'
}

function where(entry: ActivityEntry): string {
  const to = about(entry, 'to')
  return to === null ? '' : ` to ${to}`
}

function by({ method: kind }: ActivityEntry): string {
  return kind === null ? '' : ` with ${kindOf(kind)}`
}

function method({ method: kind }: ActivityEntry): string {
  return kind === null ? 'a second factor' : kindOf(kind)
}

function kindOf(kind: string): string {
  return isMethodKind(kind) ? inSentence(kind) : kind
}

/** The name that a person gave it, or what it is. */
function named(entry: ActivityEntry): string {
  const name = about(entry, 'name') ?? (entry.method === null ? null : kindOf(entry.method))
  return name === null ? '' : `: ${name}`
}
