import { SallyportError } from 'sallyport'
import type { ChallengeView, Client, ConfirmedContact, PromptResult, Refusal, Sallyport } from 'sallyport'
import { toSallyport } from './accounts.ts'
import type { AccountRecord, Accounts } from './accounts.ts'
import type { ConfirmationKey, Contact } from './confirmation-cookie.ts'
import type { ContactChanges } from './contact-changes.ts'

export interface Confirmation {
  readonly contact: Contact
  readonly challenge: ChallengeView
}

export interface ConfirmationParts {
  readonly mfa: Sallyport
  readonly accounts: Accounts
  readonly contactChanges: ContactChanges
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

export interface Begun {
  readonly key: ConfirmationKey
  readonly confirmation: Confirmation
}

/** Sends a code to an address or number. Throws `method_unavailable` where nothing can be sent to. */
export async function beginConfirming(
  mfa: Pick<Sallyport, 'contacts'>,
  destination: Parameters<Sallyport['contacts']['begin']>[0],
  client: Client,
): Promise<Begun> {
  const { challenge, key } = await mfa.contacts.begin(destination, client)
  const [method] = challenge.methods
  if (method === undefined) throw new SallyportError('method_unavailable')
  const contact = destination.method === 'email' ? 'email' : 'phone'
  return { key: { contact, enrollmentId: method.enrollmentId, ...key }, confirmation: { contact, challenge } }
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
 * Judges the code and makes the address or number the account's. Signs nobody in (requirement L3). Every try goes to
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
  const answered =
    key.contact === 'email'
      ? await mfa.challenges.answer(key, 'email.confirm', typed, client)
      : await mfa.challenges.answer(key, 'phone.confirm', typed, client)
  if (!answered.ok) return answered
  const done: Stored[] = []
  const applied = await mfa.contacts.apply(
    answered.proof,
    async (proven) => {
      const stored = await store(parts, proven, client)
      if (stored !== null) done.push(stored)
      return stored !== null
    },
    client,
  )
  const [stored] = done
  if (!applied || stored === undefined) return { ok: false, reason: 'taken' }
  const registers = !stored.changed && key.contact === 'email'
  const account = registers ? await accounts.find(stored.accountId) : null
  return { ok: true, next: account === null ? null : await beginPhone(parts, account, client) }
}

interface Stored {
  readonly accountId: string
  /** Whether it took the place of another contact; otherwise it is the one given at registration. */
  readonly changed: boolean
}

async function store(
  { mfa, accounts, contactChanges }: ConfirmationParts,
  { accountId, action, resource: value, challengeId }: ConfirmedContact,
  client: Client,
): Promise<Stored | null> {
  const before = await accounts.find(accountId)
  if (before === null || challengeId === null) return null
  const contact = action === 'email.confirm' ? 'email' : 'phone'
  const change = await contactChanges.apply({ account_id: accountId, contact, value, challenge_id: challengeId })
  if (change !== null) {
    // At the addresses that the account had: its owner is there, should someone else have made the change.
    const account = toSallyport(before)
    if (account !== null) await mfa.notices.tell({ account, kind: `${contact}.changed`, subject: change.hint }, client)
    return { accountId, changed: true }
  }
  const confirmed =
    contact === 'email' ? await accounts.confirmEmail(accountId, value) : await accounts.confirmPhone(accountId, value)
  return confirmed ? { accountId, changed: false } : null
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
    return (await beginConfirming(parts.mfa, { accountId, method: 'sms', destination: phone }, client)).key
  } catch (error) {
    // A number this deployment does not send to: the account goes on without it.
    if (error instanceof SallyportError && error.code === 'method_unavailable') return null
    throw error
  }
}
