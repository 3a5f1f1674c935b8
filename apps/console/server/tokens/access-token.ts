import { createHash, createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import type { Clock } from 'sallyport'
import { keysFor } from '../protection/keys.ts'
import type { Session } from '../sessions/sessions.ts'

/** Short, because it is only the session that can be ended: until its next request, an app need not know of that. */
export const accessTokenSeconds = 5 * 60

/** Whom an access token speaks for. It says nothing about whether that session is still there. */
export type Verified =
  | { readonly status: 'good'; readonly sessionId: string; readonly accountId: string }
  | { readonly status: 'expired' | 'bad' }

/** Access tokens in the form of RFC 9068: signed JWTs that say which session they are of, and how its person signed in. */
export interface AccessTokens {
  sign(session: Session): Promise<string>
  verify(token: string): Promise<Verified>
}

/** RFC 9068 section 2.1: no other JWT is taken for an access token. */
const type = 'at+jwt'
/** RFC 8725 section 3.1: the only one; what the token says of it counts for nothing. */
const algorithm = 'HS256'

export function createAccessTokens(parts: {
  /** Who issues them and who takes them: the console is both. */
  readonly origin: string
  readonly clock: Clock
  readonly random: (bytes: number) => Uint8Array
  /** The console's keys, in base64url: the first signs, all verify. */
  readonly keys: readonly string[]
}): AccessTokens {
  const { origin, clock, random } = parts
  const [newest, ...older] = keysFor('access-token', parts.keys).map(named)
  if (newest === undefined) throw new Error('at least one key is required')
  const ring = new Map([...older, newest].map(({ id, key }) => [id, key]))

  function keyOf({ kid = '' }: { readonly kid?: string }): KeyObject {
    const key = ring.get(kid)
    if (key === undefined) throw new errors.JWKSNoMatchingKey()
    return key
  }

  return {
    async sign({ id, account, amr, challengeId, authAt }) {
      const now = Math.floor(clock() / 1000)
      return await new SignJWT({
        sid: id,
        amr: [...amr],
        // Whether a second factor was answered, and nothing that was skipped: a step-up later on raises neither this nor auth_time.
        acr: challengeId === null ? '1' : '2',
        auth_time: Math.floor(authAt / 1000),
      })
        .setProtectedHeader({ alg: algorithm, typ: type, kid: newest.id })
        .setIssuer(origin)
        .setAudience(origin)
        .setSubject(account.id)
        .setJti(Buffer.from(random(16)).toString('base64url'))
        .setIssuedAt(now)
        .setExpirationTime(now + accessTokenSeconds)
        .sign(newest.key)
    },

    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, keyOf, {
          algorithms: [algorithm],
          typ: type,
          issuer: origin,
          audience: origin,
          currentDate: new Date(clock()),
          requiredClaims: ['sub', 'sid', 'iat', 'exp', 'jti'],
        })
        const { sub, sid } = payload
        return typeof sub === 'string' && typeof sid === 'string'
          ? { status: 'good', sessionId: sid, accountId: sub }
          : { status: 'bad' }
      } catch (error) {
        // Only after its signature was found to be right.
        if (error instanceof errors.JWTExpired) return { status: 'expired' }
        if (error instanceof errors.JOSEError) return { status: 'bad' }
        throw error
      }
    },
  }
}

/** A key and what its tokens call it. */
function named(bytes: Buffer): { readonly id: string; readonly key: KeyObject } {
  return {
    id: createHash('sha256').update('kid').update(bytes).digest('base64url').slice(0, 8),
    key: createSecretKey(bytes),
  }
}
