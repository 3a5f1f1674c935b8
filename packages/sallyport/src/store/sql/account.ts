import type { AccountRow, EnrollmentRow } from '../../contract/store.ts'
import { type Step, sql } from './query.ts'
import { accountColumns, enrollmentColumns, enrollmentOrder, stateColumns, toAccount, toEnrollment } from './rows.ts'

const upsertAccount = sql(`INSERT INTO sallyport_account (account_id) VALUES (?)
  ON CONFLICT (account_id) DO UPDATE SET account_id = excluded.account_id
  RETURNING ${accountColumns}`)

const selectAccount = sql(`SELECT ${accountColumns} FROM sallyport_account WHERE account_id = ?`)

const selectEnrollments = sql(`SELECT ${enrollmentColumns} FROM sallyport_enrollment e
  WHERE e.account_id = ? AND e.status = 'active' ORDER BY ${enrollmentOrder}`)

/**
 * The account's row, made if need be and locked until the step commits. Every step that changes anything of an account
 * takes this first, so all of them happen one after another; no two accounts share a row.
 */
export function* lockAccount(accountId: string): Step<AccountRow> {
  const { rows } = yield* upsertAccount(accountId)
  return toAccount(rows[0] ?? {})
}

const touchAccount = sql(`UPDATE sallyport_account SET account_id = account_id WHERE account_id = ?
  RETURNING ${accountColumns}`)

/** The same for what makes nothing new: an account that is gone or was never here gets no row by it. */
export function* lockIfKnown(accountId: string): Step<AccountRow> {
  const { rows } = yield* touchAccount(accountId)
  return rows[0] === undefined ? unknownAccount(accountId) : toAccount(rows[0])
}

export function* readAccountRow(accountId: string): Step<AccountRow> {
  const { rows } = yield* selectAccount(accountId)
  return rows[0] === undefined ? unknownAccount(accountId) : toAccount(rows[0])
}

export function* activeEnrollments(accountId: string): Step<readonly EnrollmentRow[]> {
  const { rows } = yield* selectEnrollments(accountId)
  return rows.map(toEnrollment)
}

const selectBoth = sql(`SELECT a.account_id, ${stateColumns}, ${enrollmentColumns}
  FROM sallyport_account a
  LEFT JOIN sallyport_enrollment e ON e.account_id = a.account_id AND e.status = 'active'
  WHERE a.account_id = ? ORDER BY ${enrollmentOrder}`)

/** One statement, so that the account and its enrollments are of one moment. */
export function* readAccount(
  accountId: string,
): Step<{ readonly account: AccountRow; readonly enrollments: readonly EnrollmentRow[] }> {
  const { rows } = yield* selectBoth(accountId)
  return {
    account: rows[0] === undefined ? unknownAccount(accountId) : toAccount(rows[0]),
    enrollments: rows.filter((row) => row['enrollment_id'] !== null).map(toEnrollment),
  }
}

function unknownAccount(accountId: string): AccountRow {
  return { accountId, mfaEnabledAt: null, failures: 0, locks: 0, lockedUntil: 0, passwordBy: null, wrongToldAt: 0 }
}
