import { createHmac } from 'node:crypto'
import type { Clock, Random } from 'sallyport'
import type { Database } from '../database/tables.ts'
import { keysFor } from '../protection/keys.ts'
import type { Session } from './session.ts'

export type Refreshed =
  | { readonly status: 'refreshed'; readonly session: Session; readonly refreshToken: string }
  /** Someone else has had the token, or its owner used it twice at once: the session has ended. */
  | { readonly status: 'reused'; readonly accountId: string; readonly sessionId: string }
  /** It was refreshed more often than any app needs: the session has ended. */
  | { readonly status: 'worn_out'; readonly accountId: string; readonly sessionId: string }
  | { readonly status: 'unknown' }

/** The refresh tokens of sessions of tokens: of each session one is unused, and the use of any other ends it (THREATS MB-03). */
export interface RefreshTokens {
  /** Stores the one that can be used next, and gives it: it is known here and now. */
  add(database: Database, sessionId: string): Promise<string>
  /**
   * Uses it up for the next one. Of two that use the same token at once, one gets the next, and the other is a reuse: who of
   * them is the thief can't be told, so the session ends for both.
   */
  use(refreshToken: string): Promise<Refreshed>
  /** The session that it is or was good for; null when that has ended. */
  sessionOf(refreshToken: string): Promise<string | null>
}

const tokenBytes = 32
/** Of one session in a week: more than twice as many as an app needs that is never still. */
const usedAtMost = 5000
const tokenForm = /^[A-Za-z0-9_-]{43}$/

export function createRefreshTokens(parts: {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  readonly keys: readonly string[]
  /** How long a session lasts that nobody uses. */
  readonly idleMs: number
  /** The session of tokens with this id, while it opens anything. */
  readonly open: (within: Database, sessionId: string) => Promise<Session | null>
}): RefreshTokens {
  const { database, clock, random, idleMs, open } = parts
  const ring = keysFor('refresh token', parts.keys)
  const hashesOf = (token: string): readonly string[] => ring.map((key) => hashOf(token, key))

  async function add(within: Database, sessionId: string): Promise<string> {
    const token = Buffer.from(random(tokenBytes)).toString('base64url')
    const row = { token_hash: hashOf(token, ring[0]), session_id: sessionId, created_at: clock(), used_at: null }
    await within.insertInto('refresh_token').values(row).execute()
    return token
  }

  async function sessionOf(token: string): Promise<string | null> {
    if (!tokenForm.test(token)) return null
    const known = database.selectFrom('refresh_token').select('session_id').where('token_hash', 'in', hashesOf(token))
    return (await known.executeTakeFirst())?.session_id ?? null
  }

  /**
   * A used one gives a thief away for as long as an unused session lasts: none is forgotten before, or whoever has copied one
   * would refresh until it is. An app that refreshes without end loses its session instead, and fills no disk.
   */
  async function isWornOut(within: Database, sessionId: string, now: number): Promise<boolean> {
    const used = within.deleteFrom('refresh_token').where('session_id', '=', sessionId)
    await used.where('used_at', '<', now - idleMs).execute()
    const left = within.selectFrom('refresh_token').select(({ fn }) => fn.countAll<number | string>().as('count'))
    const { count } = await left.where('session_id', '=', sessionId).executeTakeFirstOrThrow()
    if (Number(count) <= usedAtMost) return false
    await within.deleteFrom('session').where('id_hash', '=', sessionId).execute()
    return true
  }

  /** Null when there is no session with this id by now. */
  async function useIn(sessionId: string, token: string): Promise<Refreshed | null> {
    const now = clock()
    return await database.transaction().execute(async (transaction) => {
      // First, and a write: it keeps every other refresh and rotation of this session waiting, on both databases.
      const held = transaction
        .updateTable('session')
        .set(({ ref }) => ({ kind: ref('kind') }))
        .where('id_hash', '=', sessionId)
      if ((await held.executeTakeFirst()).numUpdatedRows !== 1n) return null
      const session = await open(transaction, sessionId)
      if (session === null) return { status: 'unknown' }
      const used = transaction
        .updateTable('refresh_token')
        .set({ used_at: now })
        .where('token_hash', 'in', hashesOf(token))
        .where('used_at', 'is', null)
      if ((await used.executeTakeFirst()).numUpdatedRows !== 1n) {
        const ended = transaction.deleteFrom('session').where('id_hash', '=', sessionId).returning('account_id')
        return { status: 'reused', accountId: (await ended.executeTakeFirstOrThrow()).account_id, sessionId }
      }
      if (await isWornOut(transaction, sessionId, now)) {
        return { status: 'worn_out', accountId: session.account.id, sessionId }
      }
      return { status: 'refreshed', session, refreshToken: await add(transaction, sessionId) }
    })
  }

  return {
    add,
    sessionOf,
    async use(token) {
      // Once more, because a rotation in between has given the session another id.
      for (let tries = 0; tries < 2; tries += 1) {
        const sessionId = await sessionOf(token)
        const refreshed = sessionId === null ? null : await useIn(sessionId, token)
        if (refreshed !== null) return refreshed
      }
      return { status: 'unknown' }
    },
  }
}

/** Keyed, so that whoever can write to the database still can't make a token. */
function hashOf(token: string, key: Buffer): string {
  return createHmac('sha256', key).update(token).digest('base64url')
}
