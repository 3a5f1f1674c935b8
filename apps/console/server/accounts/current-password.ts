import type { Client, Sallyport } from 'sallyport'
import { recordEnd } from '../sessions/session-ended.ts'
import type { Session, Sessions } from '../sessions/sessions.ts'
import type { ContactChanges } from './contact-changes.ts'
import type { Passwords } from './passwords.ts'

interface Parts {
  readonly mfa: Pick<Sallyport, 'actions' | 'audit' | 'network'>
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
): Promise<'right' | 'ended' | { readonly attemptsLeft: number } | { readonly retryAt: number }> {
  const accountId = session.account.id
  const judge = async (): Promise<boolean> =>
    (await passwordChecks.count(session.id)) && (await passwords.verify(session.account.password_hash, typed))
  const guessed = await mfa.network.guess(accountId, judge, client)
  // Where others have filled the limit meanwhile, the try stays counted here and nothing is said about it.
  if (guessed.status === 'limited') return { retryAt: guessed.retryAt }
  if (guessed.status === 'right') return (await passwordChecks.passed(session.id)) ? 'right' : 'ended'
  const { attemptsLeft, ended } = await passwordChecks.failed(session.id)
  if (attemptsLeft > 0) return { attemptsLeft }
  await contactChanges.dropAll(accountId)
  await mfa.actions.end({ accountId, sessionId: session.id }, client)
  if (ended) await recordEnd(mfa, { accountId, session: session.id, by: 'wrong_answers' }, client)
  return 'ended'
}
