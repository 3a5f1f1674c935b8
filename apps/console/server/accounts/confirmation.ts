import { SallyportError } from 'sallyport'
import type { Answer, ChallengeKey, ChallengeView, Client, PromptResult, Refusal, Sallyport } from 'sallyport'
import type { AccountRecord, Accounts } from './accounts.ts'

export interface Confirmation {
  readonly contact: 'email' | 'phone'
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
  | { readonly ok: true; readonly next: ChallengeKey | null }
  /** `taken`: the account has another address or number by now, or another account confirmed the address first. */
  | { readonly ok: false; readonly reason: 'taken' }
  | Refusal

const contactOf: Readonly<Record<string, Confirmation['contact']>> = {
  'email.confirm': 'email',
  'phone.confirm': 'phone',
}

/** What is being confirmed. A challenge for anything else is none here, whoever put its key into the cookie. */
export async function readConfirming(parts: ConfirmationParts, key: ChallengeKey): Promise<Confirmation | null> {
  const challenge = await parts.mfa.challenges.view(key)
  const contact = challenge === null ? undefined : contactOf[challenge.action]
  return challenge === null || contact === undefined ? null : { contact, challenge }
}

/** Sends the code again. */
export async function resend(parts: ConfirmationParts, key: ChallengeKey, client: Client): Promise<PromptResult> {
  const confirming = await readConfirming(parts, key)
  const enrollmentId = confirming?.challenge.active ?? null
  if (enrollmentId === null) return { ok: false, reason: 'closed', retryAt: 0 }
  return await parts.mfa.challenges.prompt(key, enrollmentId, client)
}

/** Judges the code and marks the address or number as the account's. Signs nobody in (requirement L3). */
export async function confirm(
  parts: ConfirmationParts,
  key: ChallengeKey,
  answer: string,
  client: Client,
): Promise<Confirmed> {
  const confirming = await readConfirming(parts, key)
  const enrollmentId = confirming?.challenge.active ?? null
  if (confirming === null || enrollmentId === null) return { ok: false, reason: 'closed' }
  const typed = { enrollmentId, answer }
  return confirming.contact === 'email'
    ? await confirmEmail(parts, key, typed, client)
    : await confirmPhone(parts, key, typed, client)
}

async function confirmEmail(
  { mfa, accounts, ...parts }: ConfirmationParts,
  key: ChallengeKey,
  typed: Answer,
  client: Client,
): Promise<Confirmed> {
  const answered = await mfa.challenges.answer(key, 'email.confirm', typed, client)
  if (!answered.ok) return answered
  const { accountId, resource } = answered.proof.redeem('email.confirm')
  if (!(await accounts.confirmEmail(accountId, resource))) return { ok: false, reason: 'taken' }
  const account = await accounts.find(accountId)
  return { ok: true, next: account === null ? null : await beginPhone({ mfa, accounts, ...parts }, account, client) }
}

async function confirmPhone(
  { mfa, accounts }: ConfirmationParts,
  key: ChallengeKey,
  typed: Answer,
  client: Client,
): Promise<Confirmed> {
  const answered = await mfa.challenges.answer(key, 'phone.confirm', typed, client)
  if (!answered.ok) return answered
  const { accountId, resource } = answered.proof.redeem('phone.confirm')
  return (await accounts.confirmPhone(accountId, resource)) ? { ok: true, next: null } : { ok: false, reason: 'taken' }
}

/** Sends a code to the account's number: only once its address is confirmed (THREATS TF-09). Null when there is none to confirm. */
export async function beginPhone(
  parts: ConfirmationParts,
  account: AccountRecord,
  client: Client,
): Promise<ChallengeKey | null> {
  const { id: accountId, phone } = account
  if (
    !parts.textMessages ||
    phone === null ||
    account.phone_confirmed_at !== null ||
    account.email_confirmed_at === null
  )
    return null
  try {
    const { key } = await parts.mfa.contacts.begin({ accountId, method: 'sms', destination: phone }, client)
    return key
  } catch (error) {
    // A number this deployment does not send to: the account goes on without it.
    if (error instanceof SallyportError && error.code === 'method_unavailable') return null
    throw error
  }
}
