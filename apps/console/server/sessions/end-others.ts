import type { Client, Grant, Sallyport } from 'sallyport'
import { recordEnd } from './session-ended.ts'
import type { Rotated, Session, Sessions } from './sessions.ts'

interface Parts {
  readonly mfa: Pick<Sallyport, 'actions' | 'audit' | 'clock' | 'devices'>
  readonly sessions: Sessions
}

/**
 * Signs the account out everywhere else, and has no browser trusted any more (requirement D6). Gives this session under its new
 * token; null when it has ended meanwhile.
 */
export async function endOtherSessions(
  { mfa, sessions }: Parts,
  grant: Grant<'session.end_others'>,
  session: Session,
  client: Client,
): Promise<Rotated | null> {
  const { accountId } = grant.redeem('session.end_others')
  // First: should the rest break, it is done again, and by then this session would be another one.
  await mfa.devices.revokeAll(accountId, client)
  // A login that began in this very millisecond is one of the others.
  const kept = await sessions.endOthers(session, mfa.clock() + 1)
  if (kept === null) return null
  await mfa.actions.end({ accountId }, client)
  await recordEnd(mfa, { accountId, count: kept.ended, by: 'end_others' }, client)
  return kept
}
