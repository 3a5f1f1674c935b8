import type { Client, Grant, Sallyport } from 'sallyport'
import type { Rotated, Session, Sessions } from './sessions.ts'

interface Parts {
  readonly mfa: Pick<Sallyport, 'actions' | 'clock'>
  readonly sessions: Sessions
}

/** Signs the account out everywhere else. Gives this session under its new token; null when it has ended meanwhile. */
export async function endOtherSessions(
  { mfa, sessions }: Parts,
  grant: Grant<'session.end_others'>,
  session: Session,
  client: Client,
): Promise<Rotated | null> {
  const { accountId } = grant.redeem('session.end_others')
  // A login that began in this very millisecond is one of the others.
  const kept = await sessions.endOthers(session, mfa.clock() + 1)
  if (kept !== null) await mfa.actions.end({ accountId }, client)
  return kept
}
