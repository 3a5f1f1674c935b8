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

/** Those that open. One that does not is reported and left out, so that it stands in the way of no other. */
export function readable(parts: Parts, rows: readonly EnrollmentRow[]): readonly OpenEnrollment[] {
  return rows.flatMap((row) => {
    try {
      return openEnrollment(parts, row)
    } catch (error) {
      parts.onFault(error)
      return []
    }
  })
}
