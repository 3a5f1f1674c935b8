import type { GrantKey, GrantRow } from '../../contract/grant.ts'
import type { OpenedGrant, Store } from '../../contract/store.ts'
import { lockAccount, lockIfKnown } from './account.ts'
import { integer, type Row, type Step, sql, text, textOrNull } from './query.ts'
import { recorded } from './record.ts'

type Input<Name extends keyof Store> = Store[Name] extends (input: infer Given) => unknown ? Given : never

const columns = `id, account_id, session_hash, digest, action, challenge_id, methods, granted_at, expires_at, ceiling_at`

const insertGrant = sql(`INSERT INTO sallyport_grant (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)

/**
 * Of several windows for one thing (two tabs, two challenges) the one that can last longest is ridden. Whether it is over,
 * how far it slides and which it is are decided in this one statement.
 */
const slide = sql(`UPDATE sallyport_grant SET expires_at =
    CASE WHEN ? <= expires_at THEN expires_at WHEN ? < ceiling_at THEN ? ELSE ceiling_at END
  WHERE id = (SELECT id FROM sallyport_grant
    WHERE session_hash = ? AND digest = ? AND account_id = ? AND expires_at > ? ORDER BY ceiling_at DESC, id LIMIT 1)
    AND expires_at > ?
  RETURNING ${columns}`)

const takeGrant = sql(`DELETE FROM sallyport_grant
  WHERE id = ? AND session_hash = ? AND digest = ? AND account_id = ? AND expires_at > ? RETURNING ${columns}`)

const selectById = sql(`SELECT ${columns} FROM sallyport_grant WHERE id = ? AND expires_at > ?`)

const selectByKey = sql(`SELECT ${columns} FROM sallyport_grant
  WHERE session_hash = ? AND digest = ? AND account_id = ? AND expires_at > ? ORDER BY ceiling_at DESC, id LIMIT 1`)

const deleteOfAccount = sql('DELETE FROM sallyport_grant WHERE account_id = ?')
const deleteOfSession = sql('DELETE FROM sallyport_grant WHERE account_id = ? AND session_hash = ?')

const cancelOfAccount = sql(`UPDATE sallyport_challenge SET status = 'cancelled'
  WHERE account_id = ? AND session_hash <> '' AND status = 'open'`)
const cancelOfSession = sql(`UPDATE sallyport_challenge SET status = 'cancelled'
  WHERE account_id = ? AND session_hash = ? AND status = 'open'`)

export function* storeGrant(grant: GrantRow): Step<void> {
  yield* insertGrant(
    grant.id,
    grant.accountId,
    grant.sessionHash,
    grant.digest,
    grant.action,
    grant.challengeId,
    grant.methods.join(' '),
    grant.grantedAt,
    grant.expiresAt,
    grant.ceilingAt,
  )
}

export function* rideGrant({ key, now, slideTo, record }: Input<'rideGrant'>): Step<GrantRow | null> {
  const { sessionHash, digest, accountId } = key
  const { rows } = yield* slide(slideTo, slideTo, slideTo, sessionHash, digest, accountId, now, now)
  return rows[0] === undefined ? null : yield* recorded(toGrant(rows[0]), record)
}

export function* spendGrant({ id, key, now, record }: Input<'spendGrant'>): Step<GrantRow | null> {
  const { rows } = yield* takeGrant(id, key.sessionHash, key.digest, key.accountId, now)
  return rows[0] === undefined ? null : yield* recorded(toGrant(rows[0]), record)
}

export function* openGrant({ accountId, evenIfOn, grant, record }: Input<'openGrant'>): Step<OpenedGrant> {
  const account = yield* lockAccount(accountId)
  if (account.mfaEnabledAt !== null && !evenIfOn) return 'mfa_on'
  if (grant !== null) yield* storeGrant(grant)
  return yield* recorded('granted' as const, record)
}

export function* readGrant(
  which: { readonly id: string } | { readonly key: GrantKey },
  now: number,
): Step<GrantRow | null> {
  const { rows } =
    'id' in which
      ? yield* selectById(which.id, now)
      : yield* selectByKey(which.key.sessionHash, which.key.digest, which.key.accountId, now)
  return rows[0] === undefined ? null : toGrant(rows[0])
}

export function* endGrants({ accountId, sessionHash, record }: Input<'endGrants'>): Step<number> {
  yield* lockIfKnown(accountId)
  if (sessionHash === null) return yield* recorded(yield* endAllGrants(accountId), record)
  return yield* recorded(yield* endSessionGrants(accountId, sessionHash), record)
}

export function* endSessionGrants(accountId: string, sessionHash: string): Step<number> {
  const ended = (yield* deleteOfSession(accountId, sessionHash)).changes
  return ended + (yield* cancelOfSession(accountId, sessionHash)).changes
}

/** What a change of the account's second factors does to all that was confirmed by them before. */
export function* endAllGrants(accountId: string): Step<number> {
  const ended = (yield* deleteOfAccount(accountId)).changes
  return ended + (yield* cancelOfAccount(accountId)).changes
}

function toGrant(row: Row): GrantRow {
  return {
    id: text(row, 'id'),
    accountId: text(row, 'account_id'),
    sessionHash: text(row, 'session_hash'),
    digest: text(row, 'digest'),
    action: text(row, 'action'),
    challengeId: textOrNull(row, 'challenge_id'),
    methods: text(row, 'methods').split(' ').filter(Boolean),
    grantedAt: integer(row, 'granted_at'),
    expiresAt: integer(row, 'expires_at'),
    ceilingAt: integer(row, 'ceiling_at'),
  }
}
