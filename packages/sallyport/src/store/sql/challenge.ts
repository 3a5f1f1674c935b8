import type { ChallengeSnapshot, NewChallenge, Store } from '../../contract/store.ts'
import { lockIfKnown, readAccountRow } from './account.ts'
import { endTrust } from './device.ts'
import { endAllGrants } from './grant.ts'
import { type Step, sql, text } from './query.ts'
import { recorded } from './record.ts'
import { challengeColumns, enrollmentColumns, enrollmentOrder, stateColumns, toSnapshot } from './rows.ts'

const insertChallenge = sql(`INSERT INTO sallyport_challenge
  (id, account_id, action, resource, purpose, binding_hash, session_hash, digest, evidence, at_least, status, max_tries,
    created_at, expires_at, only_enrollment_id, known_browser_id, may_trust)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, ?, ?)`)

const selectOpen = sql(`SELECT id FROM sallyport_challenge
  WHERE account_id = ? AND session_hash = ? AND digest = ? AND coalesce(at_least, '') = ? AND status = 'open' AND expires_at > ? AND tries < max_tries
  ORDER BY created_at DESC, id LIMIT 1`)

const selectSnapshot = sql(`SELECT ${challengeColumns}, ${stateColumns}, ${enrollmentColumns}
  FROM sallyport_challenge c
  LEFT JOIN sallyport_account a ON a.account_id = c.account_id
  LEFT JOIN sallyport_known_browser k ON k.id = c.known_browser_id AND k.account_id = c.account_id
  LEFT JOIN sallyport_enrollment e ON e.account_id = c.account_id
    AND CASE WHEN c.only_enrollment_id IS NULL THEN e.status = 'active' ELSE e.id = c.only_enrollment_id END
  WHERE c.id = ? ORDER BY ${enrollmentOrder}`)

const cancelOne = sql(`UPDATE sallyport_challenge SET status = 'cancelled' WHERE id = ? AND status = 'open'`)

const cancelAll = sql(`UPDATE sallyport_challenge SET status = 'cancelled' WHERE account_id = ? AND status = 'open'`)

export function* storeChallenge(challenge: NewChallenge): Step<ChallengeSnapshot> {
  yield* insertChallenge(
    challenge.id,
    challenge.accountId,
    challenge.action,
    JSON.stringify(challenge.resource),
    challenge.purpose,
    challenge.bindingHash,
    challenge.sessionHash,
    challenge.digest,
    challenge.evidence.join(' '),
    challenge.atLeast,
    challenge.maxTries,
    challenge.createdAt,
    challenge.expiresAt,
    challenge.onlyEnrollmentId,
    challenge.knownBrowserId,
    challenge.mayTrust ? 1 : 0,
  )
  const snapshot = yield* readChallenge(challenge.id)
  if (snapshot === null) throw new Error('a challenge that was just inserted could not be read')
  return snapshot
}

const selectAny = sql('SELECT id FROM sallyport_challenge WHERE id = ?')

export function* openOnce(input: Parameters<Store['openOnce']>[0]): Step<ChallengeSnapshot | null> {
  // Under the account's lock: whoever else brings the same waits for it.
  yield* lockIfKnown(input.challenge.accountId)
  if ((yield* selectAny(input.challenge.id)).rows.length > 0) return null
  const snapshot = yield* storeChallenge(input.challenge)
  yield* recorded('opened' as const, input.record)
  return snapshot
}

export function* beginSignIn(input: Parameters<Store['beginSignIn']>[0]): Step<ChallengeSnapshot | null> {
  const { challenge } = input
  const account = yield* readAccountRow(challenge.accountId)
  if (account.mfaEnabledAt === null) {
    yield* recorded('not_required' as const, input.record)
    return null
  }
  const cameBy = challenge.evidence.includes('password') && account.passwordBy !== null ? [account.passwordBy] : []
  const snapshot = yield* storeChallenge({ ...challenge, evidence: [...challenge.evidence, ...cameBy] })
  yield* recorded('challenge' as const, input.record)
  return snapshot
}

export function* openChallenge(input: Parameters<Store['openChallenge']>[0]): Step<ChallengeSnapshot | null> {
  const { accountId, sessionHash, digest, atLeast, createdAt, expiresAt } = input.challenge
  // One that is nearly over is not gone on with: a code sent for it would die before it is read.
  const lastsBeyond = createdAt + (expiresAt - createdAt) / 10
  const account = yield* lockIfKnown(accountId)
  if (account.mfaEnabledAt === null) return null
  const open = (yield* selectOpen(accountId, sessionHash, digest, atLeast ?? '', Math.floor(lastsBeyond))).rows[0]
  const snapshot = open === undefined ? null : yield* readChallenge(text(open, 'id'))
  if (snapshot !== null) {
    yield* recorded({ resumed: true, challenge: snapshot.challenge }, input.record)
    return snapshot
  }
  const opened = yield* storeChallenge(input.challenge)
  yield* recorded({ resumed: false, challenge: opened.challenge }, input.record)
  return opened
}

export function* readChallenge(challengeId: string): Step<ChallengeSnapshot | null> {
  const { rows } = yield* selectSnapshot(challengeId)
  return toSnapshot(rows)
}

export function* cancelChallenge(input: Parameters<Store['cancelChallenge']>[0]): Step<boolean> {
  const { changes } = yield* cancelOne(input.challengeId)
  return yield* recorded(changes === 1, input.record)
}

export function* cancelChallenges(input: Parameters<Store['cancelChallenges']>[0]): Step<number> {
  yield* lockIfKnown(input.accountId)
  return yield* recorded(yield* cancelEverything(input.accountId), input.record)
}

/** Every open challenge and every grant of the account, whose number it is, and the trust in its browsers. */
export function* cancelEverything(accountId: string): Step<number> {
  const { changes } = yield* cancelAll(accountId)
  yield* endTrust(accountId)
  return changes + (yield* endAllGrants(accountId))
}
