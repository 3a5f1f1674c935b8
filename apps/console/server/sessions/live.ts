import type { Client, Sallyport } from 'sallyport'
import { recordEnd } from './session-ended.ts'
import type { LiveSession, Session } from './session.ts'
import type { Sessions } from './sessions.ts'

export interface LiveParts {
  readonly mfa: Pick<Sallyport, 'actions' | 'audit' | 'enforcement'>
  readonly sessions: Pick<Sessions, 'endById'>
}

/**
 * The session and what the rules of this moment leave it to do; null when it is none of its account's any more. Then it ends
 * here and now: it must not open anything again when the rules are others.
 */
export async function live(
  { mfa, sessions }: LiveParts,
  session: Session | null,
  client: Client,
): Promise<LiveSession | null> {
  if (session === null) return null
  const { id, account, challengeId, firstFactor } = session
  const standing = await mfa.enforcement.standing({
    accountId: account.id,
    session: { challengeId, sso: firstFactor === 'sso' },
  })
  if (standing.status !== 'ended') return { ...session, standing }
  const ended = await sessions.endById(id)
  await mfa.actions.end({ accountId: account.id, sessionId: id }, client)
  // Of several requests that find it so at once, one has ended it.
  if (ended) await recordEnd(mfa, { accountId: account.id, session: id, by: 'rule' }, client)
  return null
}
