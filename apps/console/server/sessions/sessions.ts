import { createHmac } from 'node:crypto'
import { sql } from 'kysely'
import type { Client, Clock, Proof, Random } from 'sallyport'
import type { AccountRecord } from '../accounts/accounts.ts'
import type { Database, SessionTable } from '../database/tables.ts'
import { keysFor } from '../protection/keys.ts'

export interface Session {
  readonly id: string
  /** The challenge that it rests on; null when MFA was off. */
  readonly challengeId: string | null
  readonly account: AccountRecord
}

/** What a session can be made from, and nothing else. */
export type SessionProof = Proof<'login' | 'mfa.enable'>

export interface Sessions {
  /**
   * The only way a session comes to be (requirement L6): from a proof, which is spent by it. `replaces` is the token this
   * browser had until now; it ends. Gives the token for the cookie, which is stored nowhere; null when the account may
   * not sign in, or its sessions were ended after the proof was made.
   */
  issue(proof: SessionProof, client: Client, replaces: string | null): Promise<string | null>
  /** The session that a token opens, or null; marks it as seen now, at most once a minute. */
  find(token: string): Promise<Session | null>
  end(token: string): Promise<void>
  /** Ends every session of the account that rests on a proof made before `before`, also one that is being written. */
  endAll(accountId: string, before: number): Promise<void>
  /** Removes at most `limit` sessions that are over; how many went. */
  purge(limit: number): Promise<number>
}

/** A session nobody uses is over after this. */
export const idleMs = 30 * 60_000
/** Every session is over after this, used or not. */
export const absoluteMs = 12 * 60 * 60_000
const seenEveryMs = 60_000
const tokenBytes = 32
const tokenForm = /^[A-Za-z0-9_-]{43}$/

export function createSessions(parts: {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  /** The console's keys, in base64url: the first hashes new sessions, all find them. */
  readonly keys: readonly string[]
}): Sessions {
  const { database, clock, random } = parts
  const keys = keysFor('session', parts.keys)
  const hashesOf = (token: string): readonly string[] => keys.map((key) => hashOf(token, key))

  /** One statement, so that disabling the account or ending its sessions meanwhile leaves nothing to slip through. */
  async function insert(session: SessionTable): Promise<boolean> {
    const { numAffectedRows } = await sql`
      insert into session
        (id_hash, account_id, created_at, proved_at, last_seen_at, expires_at, amr, challenge_id, ip, user_agent)
      select
        ${session.id_hash}, id, ${session.created_at}, ${session.proved_at}, ${session.last_seen_at}, ${session.expires_at},
        ${session.amr}, ${session.challenge_id}, ${session.ip}, ${session.user_agent}
      from account
      where id = ${session.account_id} and status = 'active' and email_confirmed_at is not null
        and sessions_valid_from <= ${session.proved_at}
    `.execute(database)
    return numAffectedRows === 1n
  }

  async function end(token: string): Promise<void> {
    await database.deleteFrom('session').where('id_hash', 'in', hashesOf(token)).execute()
  }

  return {
    async issue(proof, client, replaces) {
      const proved = proof.redeem('login', 'mfa.enable')
      const token = Buffer.from(random(tokenBytes)).toString('base64url')
      const now = clock()
      const issued = await insert({
        id_hash: hashOf(token, keys[0]),
        account_id: proved.accountId,
        created_at: now,
        proved_at: proved.at,
        last_seen_at: now,
        expires_at: now + absoluteMs,
        amr: proved.amr.join(' '),
        challenge_id: proved.challengeId,
        ip: client.ip,
        user_agent: client.userAgent,
      })
      if (!issued) return null
      if (replaces !== null) await end(replaces)
      return token
    },

    async find(token) {
      if (!tokenForm.test(token)) return null
      const now = clock()
      const found = await database
        .selectFrom('session')
        .innerJoin('account', 'account.id', 'session.account_id')
        .selectAll('account')
        .select(['session.id_hash', 'session.last_seen_at', 'session.challenge_id'])
        .where('session.id_hash', 'in', hashesOf(token))
        .where('session.expires_at', '>', now)
        .where('session.last_seen_at', '>', now - idleMs)
        .where('account.status', '=', 'active')
        .whereRef('session.proved_at', '>=', 'account.sessions_valid_from')
        .executeTakeFirst()
      if (found === undefined) return null
      const { id_hash: id, last_seen_at: seenAt, challenge_id: challengeId, ...account } = found
      if (seenAt <= now - seenEveryMs) {
        await database
          .updateTable('session')
          .set({ last_seen_at: now })
          .where('id_hash', '=', id)
          .where('last_seen_at', '<', now)
          .execute()
      }
      return { id, challengeId, account }
    },

    end,

    async endAll(accountId, before) {
      // The mark first: from here on an older proof makes no session, and an older session opens nothing.
      await database
        .updateTable('account')
        .set({ sessions_valid_from: before })
        .where('id', '=', accountId)
        .where('sessions_valid_from', '<', before)
        .execute()
      await database.deleteFrom('session').where('account_id', '=', accountId).where('proved_at', '<', before).execute()
    },

    async purge(limit) {
      const over = database.selectFrom('session').select('id_hash').where('expires_at', '<=', clock()).limit(limit)
      return Number(
        (await database.deleteFrom('session').where('id_hash', 'in', over).executeTakeFirst()).numDeletedRows,
      )
    },
  }
}

/** Keyed, so that whoever can write to the database still can't make a session. */
function hashOf(token: string, key: Buffer): string {
  return createHmac('sha256', key).update(token).digest('base64url')
}
