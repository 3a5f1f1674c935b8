import { SallyportError } from 'sallyport'
import type { Client, Grant, Sallyport } from 'sallyport'
import { recordEnd } from '../sessions/session-ended.ts'
import type { Rotated, Session, Sessions } from '../sessions/sessions.ts'
import { toSallyport } from './accounts.ts'
import type { Accounts } from './accounts.ts'
import type { ContactChanges } from './contact-changes.ts'
import type { PasswordFingerprint } from './password-fingerprint.ts'
import type { Passwords } from './passwords.ts'

export interface PasswordChangeParts {
  readonly mfa: Pick<Sallyport, 'audit' | 'challenges' | 'notices' | 'clock'>
  readonly accounts: Accounts
  readonly contactChanges: ContactChanges
  readonly passwords: Passwords
  readonly fingerprint: PasswordFingerprint
  readonly sessions: Sessions
}

/**
 * Stores the password that the grant was given for, and ends whatever the old one has opened: other sessions, logins that
 * are under way, challenges, and contacts that are yet to be confirmed. `session` has verified the password that it loaded
 * with the account.
 */
export async function changePassword(
  parts: PasswordChangeParts,
  grant: Grant<'password.change', { readonly password: string }>,
  { session, password }: { readonly session: Session; readonly password: string },
  client: Client,
): Promise<
  | { readonly changed: false }
  /** `kept`: this session under a new token; null when it ended all the same. */
  | { readonly changed: true; readonly kept: Rotated | null }
> {
  const { mfa, accounts } = parts
  const { accountId, parameters } = grant.redeem('password.change')
  if (parameters.password !== (await parts.fingerprint(accountId, password))) throw new SallyportError('proof_mismatch')
  const to = await parts.passwords.hash(password)
  // Never lowered, though the clock of another process may be ahead.
  const mark = Math.max(afterNow(mfa), session.provedAt + 1)
  const from = session.account.password_hash
  const changed = await accounts.changePassword({ accountId, from, to, provedAt: session.provedAt, mark })
  if (!changed) return { changed: false }
  const account = toSallyport(session.account)
  let kept: Rotated | null
  try {
    // First of all, so that the owner hears of it whatever breaks from here on.
    if (account !== null) await mfa.notices.tell({ account, kind: 'password.changed', subject: '' }, client)
  } finally {
    kept = await endWhatIsOlder(parts, { ...session, provedAt: mark }, client)
  }
  return { changed: true, kept }
}

async function endWhatIsOlder(
  { mfa, sessions, contactChanges }: PasswordChangeParts,
  session: Session,
  client: Client,
): Promise<Rotated | null> {
  // Raised once more, now that the new password is stored: until then a login could still begin with the old one.
  const accountId = session.account.id
  const kept = await sessions.endOthers(session, afterNow(mfa))
  await contactChanges.dropAll(accountId)
  await mfa.challenges.cancelAll(accountId, client)
  const count = kept?.ended ?? 0
  if (count > 0) await recordEnd(mfa, { accountId, count, by: 'password_change' }, client)
  return kept
}

/** What began in this very millisecond is from before, too. */
function afterNow({ clock }: Pick<Sallyport, 'clock'>): number {
  return clock() + 1
}
