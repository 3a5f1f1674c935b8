import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { Sallyport } from 'sallyport'
import type { Problem } from 'sallyport/http'
import type { ApiKeys, GoodKey } from '../api-keys/api-keys.ts'
import type { ApiScope } from '../api-keys/scopes.ts'
import { accessTokenIn, hasCredentials, unauthenticated } from '../protection/credentials.ts'
import type { ConsoleEnv } from '../protection/environment.ts'
import { problem } from '../protection/problem.ts'

export interface BearerParts {
  readonly mfa: Pick<Sallyport, 'audit' | 'clock' | 'enforcement'>
  readonly apiKeys: Pick<ApiKeys, 'identify'>
}

/** Runs with the account whose key the request carries, when the key is good and has the scope; cookies are not looked at. */
export async function withKey<Answer>(
  parts: BearerParts,
  c: Context<ConsoleEnv>,
  scope: ApiScope,
  run: (key: GoodKey) => Promise<Answer>,
): Promise<Answer | Problem> {
  // RFC 6750 section 3.1: who has not said anything yet is not told of an error.
  if (!hasCredentials(c)) return unauthenticated(c, 'api_key_invalid', 'Bearer')
  const key = await keyOf(parts, c)
  if (key?.status !== 'good') {
    await refuse(parts, c, key)
    return unauthenticated(c, 'api_key_invalid', 'Bearer error="invalid_token"')
  }
  if (!key.scopes.includes(scope)) {
    await refuse(parts, c, key)
    return unauthenticated(c, 'scope_missing', `Bearer error="insufficient_scope", scope="${scope}"`)
  }
  // Whoever must have a second factor first has no way around that by a key from before (requirement E2).
  const { status } = await parts.mfa.enforcement.standing({ accountId: key.account.id, session: null })
  if (status === 'required') {
    await refuse(parts, c, key, 'enrollment_required')
    return problem(c, 'enrollment_required')
  }
  return await run(key)
}

/**
 * For every other route of the API: a request with other credentials than an access token is refused, whichever they are
 * and whatever cookies come with them. No key or password in a header ever does what takes a session (requirement S11,
 * THREATS SU-09 and MB-02), and the answer says what would (RFC 9470).
 */
export const accessTokensOnly = (parts: BearerParts) =>
  createMiddleware<ConsoleEnv>(async (c, next) => {
    if (!hasCredentials(c) || accessTokenIn(c) !== null) return await next()
    await refuse(parts, c, await keyOf(parts, c))
    return unauthenticated(
      c,
      'insufficient_user_authentication',
      'Bearer error="insufficient_user_authentication", error_description="A signed-in person is required"',
    )
  })

type Key = Awaited<ReturnType<ApiKeys['identify']>>

async function keyOf({ apiKeys }: BearerParts, c: Context<ConsoleEnv>): Promise<Key> {
  const [, secret] = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '') ?? []
  return secret === undefined ? null : await apiKeys.identify(secret)
}

/** Whoever's key it is or was reads in the audit log that it was refused. */
async function refuse({ mfa }: BearerParts, c: Context<ConsoleEnv>, key: Key, reason = 'api_key'): Promise<void> {
  const accountId = key === null ? null : key.status === 'good' ? key.account.id : key.accountId
  const detail: Record<string, string> = { reason, ...(key === null ? {} : { key: key.id }) }
  await mfa.audit.record({ event: 'request.refused', accountId, detail }, c.get('client'))
}
