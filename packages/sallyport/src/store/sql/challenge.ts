import type { ChallengeSnapshot, NewChallenge, Store } from '../../contract/store.ts'
import { lockAccount, readAccountRow } from './account.ts'
import { type Step, sql } from './query.ts'
import { recorded } from './record.ts'
import { challengeColumns, enrollmentColumns, enrollmentOrder, toSnapshot } from './rows.ts'

const insertChallenge = sql(`INSERT INTO sallyport_challenge
  (id, account_id, action, resource, purpose, binding_hash, evidence, status, max_tries, created_at, expires_at, only_enrollment_id)
  VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?, ?)`)

const selectSnapshot =
  sql(`SELECT ${challengeColumns}, a.mfa_enabled_at, a.failures, a.locks, a.locked_until, ${enrollmentColumns}
  FROM sallyport_challenge c
  LEFT JOIN sallyport_account a ON a.account_id = c.account_id
  LEFT JOIN sallyport_enrollment e ON e.account_id = c.account_id
    AND CASE WHEN c.only_enrollment_id IS NULL THEN e.status = 'active' ELSE e.id = c.only_enrollment_id END
  WHERE c.id = ? ORDER BY ${enrollmentOrder}`)

const cancelOne = sql(`UPDATE sallyport_challenge SET status = 'cancelled' WHERE id = ? AND status = 'open'`)

const cancelAll = sql(`UPDATE sallyport_challenge SET status = 'cancelled'
  WHERE account_id = ? AND status IN ('open', 'passed')`)

export function* storeChallenge(challenge: NewChallenge): Step<ChallengeSnapshot> {
  yield* insertChallenge(
    challenge.id,
    challenge.accountId,
    challenge.action,
    challenge.resource,
    challenge.purpose,
    challenge.bindingHash,
    challenge.evidence.join(' '),
    challenge.maxTries,
    challenge.createdAt,
    challenge.expiresAt,
    challenge.onlyEnrollmentId,
  )
  const snapshot = yield* readChallenge(challenge.id)
  if (snapshot === null) throw new Error('a challenge that was just inserted could not be read')
  return snapshot
}

export function* beginSignIn(input: Parameters<Store['beginSignIn']>[0]): Step<ChallengeSnapshot | null> {
  const account = yield* readAccountRow(input.challenge.accountId)
  if (account.mfaEnabledAt === null) {
    yield* recorded('not_required' as const, input.record)
    return null
  }
  const snapshot = yield* storeChallenge(input.challenge)
  yield* recorded('challenge' as const, input.record)
  return snapshot
}

export function* openChallenge(input: Parameters<Store['openChallenge']>[0]): Step<ChallengeSnapshot> {
  yield* lockAccount(input.challenge.accountId)
  const snapshot = yield* storeChallenge(input.challenge)
  yield* recorded('opened' as const, input.record)
  return snapshot
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
  yield* lockAccount(input.accountId)
  const { changes } = yield* cancelAll(input.accountId)
  return yield* recorded(changes, input.record)
}
