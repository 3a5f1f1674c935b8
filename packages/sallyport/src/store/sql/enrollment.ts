import type { ChallengeSnapshot, NewEnrollment, RemoveOutcome, Store } from '../../contract/store.ts'
import { activeEnrollments, lockAccount } from './account.ts'
import { storeChallenge } from './challenge.ts'
import { integer, type Step, sql } from './query.ts'
import { recorded } from './record.ts'

type Input<Name extends keyof Store> = Store[Name] extends (input: infer Given) => unknown ? Given : never

const insertEnrollment = sql(`INSERT INTO sallyport_enrollment
  (id, account_id, method, name, hint, sealed, status, is_backup, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)

const insertCode = sql('INSERT INTO sallyport_code (enrollment_id, code_hash) VALUES (?, ?)')

const countActive = sql(`SELECT count(*) AS active FROM sallyport_enrollment
  WHERE account_id = ? AND method = ? AND status = 'active'`)

const cancelPending = sql(`UPDATE sallyport_challenge SET status = 'cancelled'
  WHERE account_id = ? AND action = ? AND status = 'open' AND only_enrollment_id IN
    (SELECT id FROM sallyport_enrollment WHERE account_id = ? AND method = ? AND status = 'pending')`)

const cancelAdding = sql(`UPDATE sallyport_challenge SET status = 'cancelled'
  WHERE account_id = ? AND action = 'mfa.method.add' AND status = 'open'`)

const deletePending = sql(`DELETE FROM sallyport_enrollment WHERE account_id = ? AND method = ? AND status = 'pending'
  AND id IN (SELECT only_enrollment_id FROM sallyport_challenge WHERE account_id = ? AND action = ?)`)

const deleteEnrollment = sql('DELETE FROM sallyport_enrollment WHERE id = ? AND account_id = ?')
const deletePendingEnrollment = sql(`DELETE FROM sallyport_enrollment WHERE id = ? AND status = 'pending'`)
const deleteCodes = sql('DELETE FROM sallyport_code WHERE enrollment_id = ?')

const activatePending = sql(`UPDATE sallyport_enrollment SET status = 'active', name = ?, created_at = ?, is_primary = ?
  WHERE id = ? AND status = 'pending'`)

const setMfaEnabledAt = sql('UPDATE sallyport_account SET mfa_enabled_at = ? WHERE account_id = ?')
const clearPrimary = sql('UPDATE sallyport_enrollment SET is_primary = 0 WHERE account_id = ? AND is_primary = 1')
const markPrimary = sql(`UPDATE sallyport_enrollment SET is_primary = 1
  WHERE id = ? AND account_id = ? AND status = 'active' AND is_backup = 0`)
const setName = sql('UPDATE sallyport_enrollment SET name = ? WHERE id = ? AND account_id = ?')

const spendRemoval = sql(`UPDATE sallyport_challenge SET status = 'spent'
  WHERE id = ? AND account_id = ? AND action = 'mfa.method.remove' AND resource = ? AND status = 'passed'
    AND expires_at > ?`)

export function* beginEnrollment(input: Input<'beginEnrollment'>): Step<ChallengeSnapshot | 'full' | 'unproved'> {
  const { accountId, method } = input.enrollment
  const account = yield* lockAccount(accountId)
  if (account.mfaEnabledAt !== null && !input.provedMfa) return yield* recorded('unproved' as const, input.record)
  const active = (yield* countActive(accountId, method)).rows[0]
  if (active !== undefined && integer(active, 'active') >= input.perAccount) {
    yield* recorded('full' as const, input.record)
    return 'full'
  }
  const { action } = input.challenge
  yield* cancelPending(accountId, action, accountId, method)
  yield* deletePending(accountId, method, accountId, action)
  yield* store(input.enrollment, 'pending')
  const snapshot = yield* storeChallenge(input.challenge)
  yield* recorded('begun' as const, input.record)
  return snapshot
}

function* store(enrollment: NewEnrollment, status: 'pending' | 'active'): Step<void> {
  yield* insertEnrollment(
    enrollment.id,
    enrollment.accountId,
    enrollment.method,
    enrollment.name,
    enrollment.hint,
    enrollment.sealed,
    status,
    enrollment.backup ? 1 : 0,
    enrollment.createdAt,
  )
  for (const code of enrollment.codes) yield* insertCode(enrollment.id, code)
}

export function* discard(enrollmentId: string): Step<void> {
  yield* deletePendingEnrollment(enrollmentId)
}

/**
 * Turns a pending enrollment into a second factor and gives the name it has then. The account's first one is its primary,
 * and `backups` are stored beside it. Whatever else was being set up until then was begun without a second factor, perhaps
 * by someone else: it has to be begun again.
 */
export function* activate(
  enrollmentId: string,
  accountId: string,
  wanted: string,
  now: number,
  backups: readonly NewEnrollment[],
): Step<string> {
  const others = yield* activeEnrollments(accountId)
  const name = freeName(wanted, new Set(others.map((other) => other.name)))
  const first = !others.some((other) => other.primary)
  yield* activatePending(name, now, first ? 1 : 0, enrollmentId)
  if (!first) return name
  yield* setMfaEnabledAt(now, accountId)
  for (const backup of backups) yield* store(backup, 'active')
  yield* cancelAdding(accountId)
  return name
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted
  for (let count = 2; taken.has(name); count += 1) name = `${wanted} ${count}`
  return name
}

export function* setPrimary(input: Input<'setPrimary'>): Step<boolean> {
  yield* lockAccount(input.accountId)
  const enrollments = yield* activeEnrollments(input.accountId)
  const wanted = enrollments.find((enrollment) => enrollment.id === input.enrollmentId && !enrollment.backup)
  if (wanted === undefined) return yield* recorded(false, input.record)
  yield* clearPrimary(input.accountId)
  yield* markPrimary(input.enrollmentId, input.accountId)
  return yield* recorded(true, input.record)
}

export function* rename(input: Input<'rename'>): Step<'renamed' | 'taken' | 'absent'> {
  yield* lockAccount(input.accountId)
  const enrollments = yield* activeEnrollments(input.accountId)
  if (!enrollments.some((enrollment) => enrollment.id === input.enrollmentId)) {
    return yield* recorded('absent' as const, input.record)
  }
  if (enrollments.some((other) => other.name === input.name && other.id !== input.enrollmentId)) {
    return yield* recorded('taken' as const, input.record)
  }
  yield* setName(input.name, input.enrollmentId, input.accountId)
  return yield* recorded('renamed' as const, input.record)
}

export function* removeEnrollment(input: Input<'removeEnrollment'>): Step<RemoveOutcome> {
  return yield* recorded(yield* remove(input), input.record)
}

function* remove(input: Input<'removeEnrollment'>): Step<RemoveOutcome> {
  const { accountId, enrollmentId } = input
  yield* lockAccount(accountId)
  const spent = yield* spendRemoval(input.challengeId, accountId, enrollmentId, input.now)
  if (spent.changes !== 1) return { result: 'spent' }
  const enrollments = yield* activeEnrollments(accountId)
  const gone = enrollments.find((enrollment) => enrollment.id === enrollmentId)
  if (gone === undefined) return { result: 'absent' }
  yield* erase(gone.id, accountId)

  const left = enrollments.filter((enrollment) => enrollment.id !== enrollmentId)
  if (left.every((enrollment) => enrollment.backup)) {
    for (const backup of left) yield* erase(backup.id, accountId)
    yield* setMfaEnabledAt(null, accountId)
    return { result: 'removed', disabledMfa: true, promoted: null }
  }
  if (!gone.primary) return { result: 'removed', disabledMfa: false, promoted: null }
  const rank = (method: string): number => input.strongestFirst.indexOf(method) + 1 || input.strongestFirst.length + 1
  const [promoted] = left.filter((enrollment) => !enrollment.backup).sort((a, b) => rank(a.method) - rank(b.method))
  if (promoted !== undefined) yield* markPrimary(promoted.id, accountId)
  return { result: 'removed', disabledMfa: false, promoted: promoted?.id ?? null }
}

function* erase(enrollmentId: string, accountId: string): Step<void> {
  yield* deleteCodes(enrollmentId)
  yield* deleteEnrollment(enrollmentId, accountId)
}
