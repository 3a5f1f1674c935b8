import type { Clock } from 'sallyport'
import type { Database, SessionKind } from '../database/tables.ts'
import { isOpen } from './lifetimes.ts'

/** A session as its owner sees it. Times are milliseconds since the epoch. */
export interface SessionView {
  /** Another one after each rotation. It opens nothing. */
  readonly id: string
  readonly kind: SessionKind
  /** Where the person signed in, and with what. */
  readonly ip: string
  readonly userAgent: string
  readonly signedInAt: number
  /** To the minute. */
  readonly lastSeenAt: number
  /** Whether a second factor was answered for it: a trusted browser has been spared that. */
  readonly secondFactor: boolean
}

/** The sessions of one account, for its owner to look through. */
export interface SessionList {
  /** Those that open something at this moment, newest first: a hundred of them at most. */
  all(accountId: string): Promise<readonly SessionView[]>
  /** One of them; null when the account has no such session. */
  find(accountId: string, sessionId: string): Promise<SessionView | null>
  /** Ends it, and with it its refresh tokens. False when the account has no such session any more. */
  end(accountId: string, sessionId: string): Promise<boolean>
}

/** Whoever has more than that sees it, and ends them all together. */
const shownAtMost = 100

export function createSessionList({
  database,
  clock,
}: {
  readonly database: Database
  readonly clock: Clock
}): SessionList {
  const open = (accountId: string) =>
    database
      .selectFrom('session')
      .innerJoin('account', 'account.id', 'session.account_id')
      .selectAll('session')
      .where('session.account_id', '=', accountId)
      .where((each) => isOpen(each, ['browser', 'tokens'], clock()))

  return {
    async all(accountId) {
      const newest = open(accountId).orderBy('session.created_at', 'desc').orderBy('session.id_hash').limit(shownAtMost)
      return (await newest.execute()).map(viewOf)
    },

    async find(accountId, sessionId) {
      const found = await open(accountId).where('session.id_hash', '=', sessionId).executeTakeFirst()
      return found === undefined ? null : viewOf(found)
    },

    async end(accountId, sessionId) {
      const ended = database.deleteFrom('session').where('id_hash', '=', sessionId).where('account_id', '=', accountId)
      return (await ended.executeTakeFirst()).numDeletedRows === 1n
    },
  }
}

function viewOf(row: {
  readonly id_hash: string
  readonly kind: SessionKind
  readonly ip: string
  readonly user_agent: string
  readonly created_at: number
  readonly last_seen_at: number
  readonly challenge_id: string | null
  readonly amr: string
}): SessionView {
  return {
    id: row.id_hash,
    kind: row.kind,
    ip: row.ip,
    userAgent: row.user_agent,
    signedInAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    // A login from a trusted browser rests on the challenge of then, and its `amr` tells of the first factor alone.
    secondFactor: row.challenge_id !== null && row.amr.split(' ').some((value) => value !== '' && value !== 'pwd'),
  }
}
