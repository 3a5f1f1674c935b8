import type { Client, Sallyport } from 'sallyport'
import type { Session, Sessions } from '../sessions/sessions.ts'
import type { ContactChanges } from './contact-changes.ts'
import type { Passwords } from './passwords.ts'

interface Parts {
  readonly mfa: Pick<Sallyport, 'actions' | 'audit'>
  readonly sessions: Sessions
  readonly contactChanges: Pick<ContactChanges, 'dropAll'>
  readonly passwords: Passwords
}

/**
 * Judges the password of someone who is signed in already: five wrong ones end the session, and what it had asked for, so
 * that a session left open is no place to guess at.
 */
export async function judgePassword(
  { mfa, sessions: { passwordChecks }, contactChanges, passwords }: Parts,
  session: Session,
  typed: string,
  client: Client,
): Promise<'right' | 'ended' | { readonly attemptsLeft: number }> {
  const counted = await passwordChecks.count(session.id)
  const right = counted && (await passwords.verify(session.account.password_hash, typed))
  if (right) return (await passwordChecks.passed(session.id)) ? 'right' : 'ended'
  const accountId = session.account.id
  await mfa.audit.record({ event: 'request.refused', accountId, detail: { reason: 'password' } }, client)
  const attemptsLeft = await passwordChecks.failed(session.id)
  if (attemptsLeft > 0) return { attemptsLeft }
  await contactChanges.dropAll(accountId)
  await mfa.actions.end({ accountId, sessionId: session.id }, client)
  return 'ended'
}
