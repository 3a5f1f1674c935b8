import type { AuditEntry } from '../../contract/audit.ts'
import type { Notice } from '../../contract/notice.ts'
import type { Recording } from '../../contract/store.ts'
import { type Step, sql } from './query.ts'

const insertAudit = sql(`INSERT INTO sallyport_audit
  (id, at, event, outcome, account_id, action, challenge_id, enrollment_id, method, ip, user_agent, trace_id, detail)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)

const insertNotice =
  sql(`INSERT INTO sallyport_notice (id, account_id, kind, channel, at, ip, user_agent, subject, addressee, due_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)

/** Writes what the step has to say about itself, in its own transaction, and hands the outcome on. */
export function* recorded<Outcome>(outcome: Outcome, record: Recording<Outcome>): Step<Outcome> {
  const { audit, notices = [] } = record(outcome)
  yield* appendAudit(audit, notices)
  return outcome
}

export function* appendAudit(entries: readonly AuditEntry[], notices: readonly Notice[] = []): Step<void> {
  for (const notice of notices) yield* appendNotice(notice)
  for (const entry of entries) {
    yield* insertAudit(
      entry.id,
      entry.at,
      entry.event,
      entry.outcome,
      entry.accountId,
      entry.action,
      entry.challengeId,
      entry.enrollmentId,
      entry.method,
      entry.ip,
      entry.userAgent,
      entry.traceId,
      JSON.stringify(entry.detail),
    )
  }
}

function* appendNotice(notice: Notice): Step<void> {
  yield* insertNotice(
    notice.id,
    notice.accountId,
    notice.kind,
    notice.channel,
    notice.at,
    notice.ip,
    notice.userAgent,
    notice.subject,
    notice.addressee,
    notice.notBefore ?? 0,
  )
}
