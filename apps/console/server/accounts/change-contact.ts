import { SallyportError } from 'sallyport'
import type { Client, Grant, Sallyport } from 'sallyport'
import type { Session } from '../sessions/sessions.ts'
import { toSallyport } from './accounts.ts'
import type { Accounts } from './accounts.ts'
import { beginConfirming } from './confirmation.ts'
import type { Begun } from './confirmation.ts'
import type { ContactChanges } from './contact-changes.ts'
import { parseEmailAddress } from './email-address.ts'

export interface ContactChangeParts {
  readonly mfa: Pick<Sallyport, 'challenges' | 'contacts' | 'notices'>
  readonly accounts: Accounts
  readonly contactChanges: ContactChanges
}

/**
 * Sends a code to the address that the account is to have. Until it is given nothing changes; the address that it has is
 * told at once. One that belongs to somebody gets the same answers, and its owner a message instead of a code (THREATS
 * EO-02).
 */
export async function changeEmail(
  parts: ContactChangeParts,
  grant: Grant<'email.change'>,
  session: Session,
  client: Client,
): Promise<Begun> {
  const confirmedBy = grant.redeem('email.change')
  const { accountId, resource } = confirmedBy
  const email = parseEmailAddress(resource.email)
  if (email === null) throw new SallyportError('proof_mismatch')
  const owner = await parts.accounts.findByEmail(email.key)
  const decoy = owner !== null && owner.id !== accountId
  const destination = { accountId, method: 'email', destination: email.address, decoy, confirmedBy } as const
  return await begin(parts, { destination, value: email.address, key: email.key, session }, client)
}

/** The same for a number. Throws `method_unavailable` for one that this deployment does not send to. */
export async function changePhone(
  parts: ContactChangeParts,
  grant: Grant<'phone.change'>,
  session: Session,
  client: Client,
): Promise<Begun> {
  const confirmedBy = grant.redeem('phone.change')
  const { accountId, resource } = confirmedBy
  const destination = { accountId, method: 'sms', destination: resource.phone, confirmedBy } as const
  return await begin(parts, { destination, value: resource.phone, key: resource.phone, session }, client)
}

async function begin(
  { mfa, contactChanges }: ContactChangeParts,
  change: {
    readonly destination: Parameters<Sallyport['contacts']['begin']>[0]
    readonly value: string
    readonly key: string
    readonly session: Session
  },
  client: Client,
): Promise<Begun> {
  const { destination, value, session } = change
  const begun = await beginConfirming(mfa, destination, client)
  const { contact, challenge } = begun.confirmation
  const hint = challenge.methods[0]?.hint ?? ''
  const pending = {
    account_id: destination.accountId,
    contact,
    value,
    value_key: change.key,
    hint,
    challenge_id: challenge.id,
    proved_at: session.provedAt,
    expires_at: challenge.expiresAt,
  }
  if (!(await contactChanges.put(pending, session.id))) {
    await mfa.challenges.cancel(begun.key, client)
    throw new SallyportError('not_signed_in')
  }
  const account = toSallyport(session.account)
  if (account !== null) await mfa.notices.tell({ account, kind: `${contact}.changing`, subject: hint }, client)
  return begun
}
