import type { OpenEnrollment } from '../contract/method.ts'
import type { EnrollmentRow } from '../contract/store.ts'
import type { Parts } from './parts.ts'

/** The row that a secret is sealed for: moved to another account or enrollment it does not open. */
export function boundTo(accountId: string, enrollmentId: string): string {
  return JSON.stringify(['enrollment', accountId, enrollmentId])
}

export function openEnrollment(parts: Parts, row: EnrollmentRow): OpenEnrollment {
  const secret = parts.keys.open(row.sealed, boundTo(row.accountId, row.id))
  return { id: row.id, accountId: row.accountId, secret, lastCounter: row.lastCounter }
}
