import type { Context } from 'hono'
import type { ConsoleEnv } from '../protection/environment.ts'
import { live } from '../sessions/live.ts'
import type { LiveParts } from '../sessions/live.ts'
import type { LiveSession, Sessions } from '../sessions/sessions.ts'
import type { AccessTokens } from './access-token.ts'

export interface BearerParts {
  readonly mfa: LiveParts['mfa']
  readonly sessions: LiveParts['sessions'] & Pick<Sessions, 'find' | 'findById'>
  readonly accessTokens: Pick<AccessTokens, 'verify'>
}

/**
 * The session that an access token is of: the token says which, and the database whether it is still there. So nothing has
 * to be remembered of a token to take it back: ending or rotating the session does. Null when it opens nothing.
 */
export async function sessionOf(
  parts: BearerParts,
  c: Context<ConsoleEnv>,
  accessToken: string,
): Promise<LiveSession | null> {
  const verified = await parts.accessTokens.verify(accessToken)
  // Every app comes with an expired one from time to time, and refreshes it.
  if (verified.status === 'expired') return null
  const accountId = verified.status === 'good' ? verified.accountId : null
  const found = verified.status === 'good' ? await parts.sessions.findById(verified.sessionId) : null
  const own = found?.kind === 'tokens' && found.account.id === accountId
  const session = own ? await live(parts, found, c.get('client')) : null
  if (session === null) {
    await parts.mfa.audit.record(
      { event: 'request.refused', accountId, detail: { reason: 'access_token' } },
      c.get('client'),
    )
  }
  return session
}
