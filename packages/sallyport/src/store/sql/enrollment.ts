import type { ChallengeSnapshot, NewEnrollment, RegisteredRow, RemoveOutcome, Store } from '../../contract/store.ts'
import { activeEnrollments, lockAccount } from './account.ts'
import { storeChallenge } from './challenge.ts'
import { endTrust, forgetBrowsers } from './device.ts'
import { endAllGrants } from './grant.ts'
import { integer, type Step, sql, text } from './query.ts'
import { recorded } from './record.ts'

type Input<Name extends keyof Store> = Store[Name] extends (input: infer Given) => unknown ? Given : never

const insertEnrollment = sql(`INSERT INTO sallyport_enrollment
  (id, account_id, method, name, hint, sealed, status, is_backup, full_strength_from, created_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)

const insertCode = sql('INSERT INTO sallyport_code (enrollment_id, code_hash) VALUES (?, ?)')

const countActive = sql(`SELECT count(*) AS active FROM sallyport_enrollment
  WHERE account_id = ? AND method = ? AND status = 'active'`)

const cancelPending = sql(`UPDATE sallyport_challenge SET status = 'cancelled'
  WHERE account_id = ? AND action = ? AND status = 'open' AND only_enrollment_id IN
    (SELECT id FROM sallyport_enrollment WHERE account_id = ? AND method = ? AND status = 'pending')`)

const deletePending = sql(`DELETE FROM sallyport_enrollment WHERE account_id = ? AND method = ? AND status = 'pending'
  AND id IN (SELECT only_enrollment_id FROM sallyport_challenge WHERE account_id = ? AND action = ?)`)

const deleteEnrollment = sql('DELETE FROM sallyport_enrollment WHERE id = ? AND account_id = ?')
const deletePendingEnrollment = sql(`DELETE FROM sallyport_enrollment WHERE id = ? AND status = 'pending'`)
const deleteCodes = sql('DELETE FROM sallyport_code WHERE enrollment_id = ?')

const activatePending = sql(`UPDATE sallyport_enrollment SET status = 'active', name = ?, created_at = ?, is_primary = ?
  WHERE id = ? AND status = 'pending'`)

const setMfaEnabledAt = sql('UPDATE sallyport_account SET mfa_enabled_at = ?, password_by = NULL WHERE account_id = ?')
const clearPrimary = sql('UPDATE sallyport_enrollment SET is_primary = 0 WHERE account_id = ? AND is_primary = 1')
const markPrimary = sql(`UPDATE sallyport_enrollment SET is_primary = 1
  WHERE id = ? AND account_id = ? AND status = 'active' AND is_backup = 0`)
const setName = sql('UPDATE sallyport_enrollment SET name = ? WHERE id = ? AND account_id = ?')

const setSealed = sql(`UPDATE sallyport_enrollment SET sealed = ?, hint = ?
  WHERE id = ? AND account_id = ? AND status = 'active' AND sealed = ?`)

/** What was sent to where the enrollment pointed until now can't be answered any more. */
const dropPrompts = sql(`UPDATE sallyport_challenge SET prompt_state = NULL
  WHERE account_id = ? AND prompt_enrollment_id = ? AND status = 'open'`)

const selectBegun = sql(`SELECT created_at FROM sallyport_challenge
  WHERE account_id = ? AND action = ? AND created_at > ? ORDER BY created_at DESC LIMIT ?`)

const selectByCredential = sql(`SELECT id, account_id, method FROM sallyport_enrollment
  WHERE credential = ? AND status = 'active'`)

const setRegistered = sql('UPDATE sallyport_enrollment SET sealed = ?, hint = ?, credential = ? WHERE id = ?')

export function* findCredential(
  credential: string,
): Step<{ accountId: string; enrollmentId: string; method: string } | null> {
  const row = (yield* selectByCredential(credential)).rows[0]
  return row === undefined
    ? null
    : { accountId: text(row, 'account_id'), enrollmentId: text(row, 'id'), method: text(row, 'method') }
}

/** When the oldest of those that fill a cap has left its window. */
export function* beginsAgainAt(input: Input<'beginsAgainAt'>): Step<number> {
  let again = 0
  for (const { count, withinMs } of input.atMost) {
    const { rows } = yield* selectBegun(input.accountId, input.action, input.now - withinMs, count)
    const filling = rows[count - 1]
    if (filling !== undefined) again = Math.max(again, integer(filling, 'created_at') + withinMs)
  }
  return again
}

export function* beginEnrollment(
  input: Input<'beginEnrollment'>,
): Step<ChallengeSnapshot | 'full' | 'unproved' | 'limit'> {
  const { accountId, method } = input.enrollment
  const account = yield* lockAccount(accountId)
  if (account.mfaEnabledAt !== null && !input.provedMfa) return yield* recorded('unproved' as const, input.record)
  const active = (yield* countActive(accountId, method)).rows[0]
  if (active !== undefined && integer(active, 'active') >= input.perAccount) {
    yield* recorded('full' as const, input.record)
    return 'full'
  }
  const { action, createdAt: now } = input.challenge
  const again = yield* beginsAgainAt({ accountId, action, now, atMost: input.atMost ?? [] })
  if (again > now) return yield* recorded('limit' as const, input.record)
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
    enrollment.fullStrengthFrom,
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
  registered: RegisteredRow | null,
): Step<string> {
  if (registered !== null) {
    yield* setRegistered(registered.sealed, registered.hint, registered.credential, enrollmentId)
  }
  const others = yield* activeEnrollments(accountId)
  const name = freeName(wanted, new Set(others.map((other) => other.name)))
  const first = !others.some((other) => other.primary)
  yield* activatePending(name, now, first ? 1 : 0, enrollmentId)
  yield* endAllGrants(accountId)
  yield* endTrust(accountId)
  if (!first) return name
  yield* setMfaEnabledAt(now, accountId)
  for (const backup of backups) yield* store(backup, 'active')
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
  yield* endAllGrants(input.accountId)
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
  const enrollments = yield* activeEnrollments(accountId)
  const gone = enrollments.find((enrollment) => enrollment.id === enrollmentId && !enrollment.backup)
  if (gone === undefined) return { result: 'absent' }
  const left = enrollments.filter((enrollment) => enrollment.id !== enrollmentId)
  if (!input.mayLeave(left, enrollments)) return { result: 'kept' }
  yield* erase(gone.id, accountId)
  yield* endAllGrants(accountId)
  yield* endTrust(accountId)

  if (left.every((enrollment) => enrollment.backup)) {
    for (const backup of left) yield* erase(backup.id, accountId)
    yield* setMfaEnabledAt(null, accountId)
    yield* forgetBrowsers(accountId)
    return { result: 'removed', disabledMfa: true, promoted: null }
  }
  if (!gone.primary) return { result: 'removed', disabledMfa: false, promoted: null }
  const rank = (method: string): number => input.strongestFirst.indexOf(method) + 1 || input.strongestFirst.length + 1
  const [promoted] = left.filter((enrollment) => !enrollment.backup).sort((a, b) => rank(a.method) - rank(b.method))
  if (promoted !== undefined) yield* markPrimary(promoted.id, accountId)
  return { result: 'removed', disabledMfa: false, promoted: promoted?.id ?? null }
}

export function* disableMfa(input: Input<'disableMfa'>): Step<boolean> {
  const account = yield* lockAccount(input.accountId)
  for (const enrollment of yield* activeEnrollments(input.accountId)) yield* erase(enrollment.id, input.accountId)
  yield* setMfaEnabledAt(null, input.accountId)
  yield* endAllGrants(input.accountId)
  yield* forgetBrowsers(input.accountId)
  return yield* recorded(account.mfaEnabledAt !== null, input.record)
}

export function* replaceBackups(input: Input<'replaceBackups'>): Step<boolean> {
  const account = yield* lockAccount(input.accountId)
  if (account.mfaEnabledAt === null) return yield* recorded(false, input.record)
  const enrollments = yield* activeEnrollments(input.accountId)
  for (const backup of enrollments.filter((each) => each.backup)) yield* erase(backup.id, input.accountId)
  for (const backup of input.backups) yield* store(backup, 'active')
  yield* endAllGrants(input.accountId)
  yield* endTrust(input.accountId)
  return yield* recorded(true, input.record)
}

export function* moveEnrollment(input: Input<'moveEnrollment'>): Step<boolean> {
  yield* lockAccount(input.accountId)
  const { changes } = yield* setSealed(input.sealed, input.hint, input.enrollmentId, input.accountId, input.from)
  if (changes === 1) {
    yield* dropPrompts(input.accountId, input.enrollmentId)
    yield* endAllGrants(input.accountId)
    yield* endTrust(input.accountId)
  }
  return yield* recorded(changes === 1, input.record)
}

const eraseCodes = sql(`DELETE FROM sallyport_code WHERE enrollment_id IN
  (SELECT id FROM sallyport_enrollment WHERE account_id = ?)`)
const eraseRows = ['sallyport_enrollment', 'sallyport_challenge', 'sallyport_grant', 'sallyport_account'].map((table) =>
  sql(`DELETE FROM ${table} WHERE account_id = ?`),
)

export function* eraseAccount(input: Input<'eraseAccount'>): Step<void> {
  yield* lockAccount(input.accountId)
  yield* eraseCodes(input.accountId)
  yield* forgetBrowsers(input.accountId)
  for (const erased of eraseRows) yield* erased(input.accountId)
  yield* recorded('erased' as const, input.record)
}

function* erase(enrollmentId: string, accountId: string): Step<void> {
  yield* deleteCodes(enrollmentId)
  yield* deleteEnrollment(enrollmentId, accountId)
}
