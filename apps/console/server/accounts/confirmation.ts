import { SallyportError } from 'sallyport'
import type { ChallengeView, Client, PromptResult, Refusal, Sallyport } from 'sallyport'
import type { AccountRecord, Accounts } from './accounts.ts'
import type { ConfirmationKey, Contact } from './confirmation-cookie.ts'

export interface Confirmation {
  readonly contact: Contact
  readonly challenge: ChallengeView
}

export interface ConfirmationParts {
  readonly mfa: Sallyport
  readonly accounts: Accounts
  /** False when this deployment can't send text messages: then numbers stay unconfirmed. */
  readonly textMessages: boolean
}

export type Confirmed =
  /** `next`: the key of what is to be confirmed now, or null when that was all. */
  | { readonly ok: true; readonly next: ConfirmationKey | null }
  /** `taken`: the account has another address or number by now, or another account confirmed the address first. */
  | { readonly ok: false; readonly reason: 'taken' }
  | Refusal

const actionOf = { email: 'email.confirm', phone: 'phone.confirm' } as const

/** Sends a code to an address or number. Throws `method_unavailable` where nothing can be sent to. */
export async function beginConfirming(
  mfa: Sallyport,
  contact: Parameters<Sallyport['contacts']['begin']>[0],
  client: Client,
): Promise<ConfirmationKey> {
  const { challenge, key } = await mfa.contacts.begin(contact, client)
  const [method] = challenge.methods
  if (method === undefined) throw new SallyportError('method_unavailable')
  return { contact: contact.method === 'email' ? 'email' : 'phone', enrollmentId: method.enrollmentId, ...key }
}

/** What is being confirmed. A challenge for anything else is none here, whoever put its key into the cookie. */
export async function readConfirming(parts: ConfirmationParts, key: ConfirmationKey): Promise<Confirmation | null> {
  const challenge = await parts.mfa.challenges.view(key)
  return challenge?.action === actionOf[key.contact] ? { contact: key.contact, challenge } : null
}

/** Sends the code again. */
export async function resend(parts: ConfirmationParts, key: ConfirmationKey, client: Client): Promise<PromptResult> {
  if ((await readConfirming(parts, key)) === null) return { ok: false, reason: 'closed', retryAt: 0 }
  return await parts.mfa.challenges.prompt(key, key.enrollmentId, client)
}

/**
 * Judges the code and marks the address or number as the account's. Signs nobody in (requirement L3). Every try goes to
 * Sallyport, also one after the end, so that each is counted and audited.
 */
export async function confirm(
  parts: ConfirmationParts,
  key: ConfirmationKey,
  answer: string,
  client: Client,
): Promise<Confirmed> {
  const { mfa, accounts } = parts
  const typed = { enrollmentId: key.enrollmentId, answer }
  const answered = await mfa.challenges.answer(key, actionOf[key.contact], typed, client)
  if (!answered.ok) return answered
  const { action, accountId, resource } = answered.proof.redeem('email.confirm', 'phone.confirm')
  if (action === 'phone.confirm') {
    return (await accounts.confirmPhone(accountId, resource))
      ? { ok: true, next: null }
      : { ok: false, reason: 'taken' }
  }
  if (!(await accounts.confirmEmail(accountId, resource))) return { ok: false, reason: 'taken' }
  const account = await accounts.find(accountId)
  return { ok: true, next: account === null ? null : await beginPhone(parts, account, client) }
}

/** Sends a code to the account's number: only once its address is confirmed (THREATS TF-09). Null when there is none to confirm. */
export async function beginPhone(
  parts: ConfirmationParts,
  account: AccountRecord,
  client: Client,
): Promise<ConfirmationKey | null> {
  const { id: accountId, phone } = account
  if (
    !parts.textMessages ||
    phone === null ||
    account.phone_confirmed_at !== null ||
    account.email_confirmed_at === null
  )
    return null
  try {
    return await beginConfirming(parts.mfa, { accountId, method: 'sms', destination: phone }, client)
  } catch (error) {
    // A number this deployment does not send to: the account goes on without it.
    if (error instanceof SallyportError && error.code === 'method_unavailable') return null
    throw error
  }
}
