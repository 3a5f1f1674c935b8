import { createHmac } from 'node:crypto'
import { sql } from 'kysely'
import type { Client, Clock, Proof, Proven, Random } from 'sallyport'
import type { Database, SessionKind, SessionTable } from '../database/tables.ts'
import { keysFor } from '../protection/keys.ts'
import { isOpen, lifetimes } from './lifetimes.ts'
import { isFresh, ownCheckOf } from './own-check.ts'
import { createPasswordChecks } from './password-checks.ts'
import type { PasswordChecks } from './password-checks.ts'
import { createRefreshTokens } from './refresh-tokens.ts'
import type { Refreshed } from './refresh-tokens.ts'
import type { Session } from './session.ts'
import { signedInBy } from './signed-in-by.ts'

export { lifetimes } from './lifetimes.ts'
export type { LiveSession, Session } from './session.ts'

/** A session under a new token, of which the database knows only the id. */
export interface Rotated {
  readonly id: string
  /** For the cookie. */
  readonly token: string
}

export interface Rotation extends Rotated {
  /** Makes it so: the old token opens nothing from here on. False when the session has ended or was rotated meanwhile. */
  apply(): Promise<boolean>
}

/** What a session can be made from, and nothing else. */
export type SessionProof = Proof<'login' | 'mfa.enable'>

/** What a browser had until now. */
export interface Replaced {
  readonly token: string
  /** What the token has opened; null when it opened nothing. */
  readonly session: Session | null
}

export interface Issued {
  /** For the cookie. */
  readonly token: string
  /** What the browser had until now, if that has ended with it. */
  readonly replaced: Session | null
}

/** What an app gets: the session, to make access tokens of, and the token to get the next ones with. */
export interface IssuedTokens {
  readonly session: Session
  readonly refreshToken: string
}

/**
 * Everything that opens something for a person is a session here, whatever carries it, and comes to be by `issue` or
 * `issueTokens`: from a proof, which is spent by it (requirement L6). They make none when the account may not sign in, or its
 * sessions were ended after the proof was made.
 */
export interface Sessions {
  /**
   * Gives the token for the cookie, which is stored nowhere. What the browser had until now ends. `saidAt`: when a provider
   * says that it signed the person in; null when there was none, or it does not say.
   */
  issue(proof: SessionProof, client: Client, replaces: Replaced | null, saidAt: number | null): Promise<Issued | null>
  /** For an app, which has no cookies. */
  issueTokens(proof: Proof<'login'>, client: Client): Promise<IssuedTokens | null>
  /** The next tokens of the same session, which stays what it was: how and when the person signed in does not change. */
  refresh(refreshToken: string): Promise<Refreshed>
  /** The session that a cookie opens, or null; marks it as seen now, at most once a minute. */
  find(token: string): Promise<Session | null>
  /** The same for a session of either kind by its id. The id is no secret: whoever asks for it must know from where it is. */
  findById(sessionId: string): Promise<Session | null>
  /** A new token for the same session, which counts once it is applied; its id is known before. */
  rotate(sessionId: string): Rotation
  /**
   * Rotates the session in which the password was given again, and keeps that as a check under the new id, in one write:
   * whoever copied the cookie before has neither. Null when the session has ended or was rotated meanwhile.
   */
  rotateChecked(sessionId: string): Promise<Rotated | null>
  /**
   * Ends every other session of the account, and each login that began before `before`. This one is rotated, and is the
   * only one that is good from then on. Null when it was itself ended: of two that end each other, one stays. `ended`: how
   * many there were.
   */
  endOthers(session: Session, before: number): Promise<(Rotated & { readonly ended: number }) | null>
  /** Ends every other session of the account that began with a linked provider; their ids. */
  endOthersByProvider(session: Pick<Session, 'id' | 'account'>): Promise<readonly string[]>
  /** The password given again in a session. */
  readonly passwordChecks: PasswordChecks
  /** Whether it is still the person who signed in; see `ownCheckOf`. A password that was given again is good once. */
  ownCheck(session: Session): Promise<boolean>
  /** Ends the session of a cookie; whether there was one. */
  end(token: string): Promise<boolean>
  /** The same for a session of either kind by its id. */
  endById(sessionId: string): Promise<boolean>
  /** Ends the session that a refresh token is or was good for, and gives it as it was; null when there is none. */
  endByRefreshToken(refreshToken: string): Promise<{ readonly id: string; readonly accountId: string } | null>
  /** Ends every session of the account that rests on a proof made before `before`, also one that is being written. */
  endAll(accountId: string, before: number): Promise<void>
  /** Removes at most `limit` sessions that are over; how many went. */
  purge(limit: number): Promise<number>
}

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
  const passwordChecks = createPasswordChecks(database, clock)
  const refreshTokens = createRefreshTokens({
    ...parts,
    idleMs: lifetimes.tokens.idleMs,
    open: (within, sessionId) => open(within, ['tokens'], [sessionId]),
  })

  function newToken(): Rotated {
    const token = Buffer.from(random(tokenBytes)).toString('base64url')
    return { id: hashOf(token, keys[0]), token }
  }

  /**
   * The one place where a session comes to be: one statement, so that disabling the account or ending its sessions meanwhile
   * leaves nothing to slip through.
   */
  async function insert(
    within: Database,
    proved: Proven<'login' | 'mfa.enable'>,
    made: {
      readonly id: string
      readonly kind: SessionKind
      readonly client: Client
      readonly before: Session | null
      readonly saidAt: number | null
    },
  ): Promise<boolean> {
    const { client } = made
    const { firstFactor, authAt, amr } = signedInBy(proved, made.before, made.saidAt)
    const now = clock()
    const { numAffectedRows } = await sql`
      insert into session (
        id_hash, account_id, created_at, proved_at, last_seen_at, expires_at, amr, challenge_id, ip, user_agent,
        kind, first_factor, auth_at
      )
      select
        ${made.id}, id, ${now}, ${proved.begunAt}, ${now}, ${now + lifetimes[made.kind].absoluteMs},
        ${amr.join(' ')}, ${proved.challengeId}, ${client.ip}, ${client.userAgent},
        ${made.kind}, ${firstFactor}, ${authAt}
      from account
      where id = ${proved.accountId} and status = 'active' and email_confirmed_at is not null
        and sessions_valid_from <= ${proved.begunAt}
    `.execute(within)
    return numAffectedRows === 1n
  }

  async function open(
    within: Database,
    kinds: readonly SessionKind[],
    ids: readonly string[],
  ): Promise<Session | null> {
    const now = clock()
    const found = await within
      .selectFrom('session')
      .innerJoin('account', 'account.id', 'session.account_id')
      .selectAll('account')
      .select([
        'session.id_hash',
        'session.kind',
        'session.last_seen_at',
        'session.challenge_id',
        'session.proved_at',
        'session.auth_at',
        'session.first_factor',
        'session.amr',
      ])
      .where('session.id_hash', 'in', ids)
      .where((each) => isOpen(each, kinds, now))
      .executeTakeFirst()
    if (found === undefined) return null
    const {
      id_hash: id,
      kind,
      last_seen_at: seenAt,
      challenge_id: challengeId,
      proved_at: provedAt,
      auth_at: authAt,
      first_factor: firstFactor,
      amr,
      ...account
    } = found
    if (seenAt <= now - seenEveryMs) {
      await within
        .updateTable('session')
        .set({ last_seen_at: now })
        .where('id_hash', '=', id)
        .where('last_seen_at', '<', now)
        .execute()
    }
    return { id, kind, challengeId, provedAt, authAt, firstFactor, amr: amr.split(' ').filter(Boolean), account }
  }

  /** The row count decides, so that one old token never turns into two. */
  async function replace(id: string, change: Partial<SessionTable> & { id_hash: string }): Promise<boolean> {
    const replaced = database
      .updateTable('session')
      // A password given under the old token is none under the new one; those that were wrong stay counted.
      .set({ password_checked_at: null, ...change })
      .where('id_hash', '=', id)
    return (await replaced.executeTakeFirst()).numUpdatedRows === 1n
  }

  /** The row count decides, so that an end is told of once. */
  async function end(ids: readonly string[]): Promise<boolean> {
    const ended = database.deleteFrom('session').where('id_hash', 'in', ids)
    return (await ended.executeTakeFirst()).numDeletedRows > 0n
  }

  return {
    async issue(proof, client, replaces, saidAt) {
      const proved = proof.redeem('login', 'mfa.enable')
      const { id, token } = newToken()
      const before = replaces?.session ?? null
      if (!(await insert(database, proved, { id, kind: 'browser', client, before, saidAt }))) return null
      const hasEnded = replaces !== null && (await end(hashesOf(replaces.token)))
      return { token, replaced: hasEnded ? before : null }
    },

    async issueTokens(proof, client) {
      const proved = proof.redeem('login')
      // Nobody gets the token of this id: such a session is opened by the access tokens that name it.
      const { id } = newToken()
      return await database.transaction().execute(async (transaction) => {
        // An app signs in by the password.
        const made = { id, kind: 'tokens', client, before: null, saidAt: null } as const
        const issued = await insert(transaction, proved, made)
        const session = issued ? await open(transaction, ['tokens'], [id]) : null
        return session === null ? null : { session, refreshToken: await refreshTokens.add(transaction, id) }
      })
    },

    refresh: (refreshToken) => refreshTokens.use(refreshToken),

    async find(token) {
      return tokenForm.test(token) ? await open(database, ['browser'], hashesOf(token)) : null
    },

    findById: (sessionId) => open(database, ['browser', 'tokens'], [sessionId]),

    rotate(sessionId) {
      const rotated = newToken()
      return { ...rotated, apply: () => replace(sessionId, { id_hash: rotated.id }) }
    },

    async rotateChecked(sessionId) {
      const rotated = newToken()
      return (await replace(sessionId, { id_hash: rotated.id, password_checked_at: clock() })) ? rotated : null
    },

    async endOthers({ id, provedAt, account }, before) {
      // Never lowered, though the clock of another process may be ahead.
      const mark = Math.max(before, provedAt + 1)
      const marked = database
        .updateTable('account')
        .set({ sessions_valid_from: mark })
        .where('id', '=', account.id)
        // Whoever raised it further has ended this session too.
        .where('sessions_valid_from', '<=', provedAt)
        .where('status', '=', 'active')
      if ((await marked.executeTakeFirst()).numUpdatedRows !== 1n) return null
      const rotated = newToken()
      if (!(await replace(id, { id_hash: rotated.id, proved_at: mark }))) return null
      const others = database.deleteFrom('session').where('account_id', '=', account.id).where('proved_at', '<', mark)
      return { ...rotated, ended: Number((await others.executeTakeFirst()).numDeletedRows) }
    },

    async endOthersByProvider({ id, account }) {
      const ended = database
        .deleteFrom('session')
        .where('account_id', '=', account.id)
        .where('first_factor', '=', 'oidc')
        .where('id_hash', '<>', id)
        .returning('id_hash')
      return (await ended.execute()).map((row) => row.id_hash)
    },

    passwordChecks,

    async ownCheck(session) {
      return ownCheckOf(session) === 'password' ? await passwordChecks.take(session.id) : isFresh(session, clock())
    },

    end: (token) => end(hashesOf(token)),

    endById: (sessionId) => end([sessionId]),

    async endByRefreshToken(refreshToken) {
      const id = await refreshTokens.sessionOf(refreshToken)
      if (id === null) return null
      const ended = database.deleteFrom('session').where('id_hash', '=', id).returning('account_id')
      const row = await ended.executeTakeFirst()
      return row === undefined ? null : { id, accountId: row.account_id }
    },

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
