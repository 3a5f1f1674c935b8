import type { NoticeKind } from '../../contract/notice.ts'
import type { LeasedNotice, Store } from '../../contract/store.ts'
import { integer, type Row, type Step, sql, text, textOrNull } from './query.ts'

const selectDue = sql('SELECT id FROM sallyport_notice WHERE due_at <= ? ORDER BY due_at, id LIMIT ?')

/** Takes the notice only if no one else has taken it since it was seen to be due. */
const lease = sql(`UPDATE sallyport_notice SET due_at = ?, attempts = attempts + 1 WHERE id = ? AND due_at <= ?
  RETURNING id, account_id, kind, channel, at, ip, user_agent, subject, addressee, attempts`)

const deleteNotice = sql('DELETE FROM sallyport_notice WHERE id = ?')
const postpone = sql('UPDATE sallyport_notice SET due_at = ? WHERE id = ?')

export function* leaseNotices(input: Parameters<Store['leaseNotices']>[0]): Step<readonly LeasedNotice[]> {
  const due = yield* selectDue(input.now, input.limit)
  const leased: LeasedNotice[] = []
  for (const row of due.rows) {
    const { rows } = yield* lease(input.leasedUntil, text(row, 'id'), input.now)
    if (rows[0] !== undefined) leased.push(toNotice(rows[0]))
  }
  return leased
}

export function* settleNotice(input: Parameters<Store['settleNotice']>[0]): Step<void> {
  yield* input.retryAt === null ? deleteNotice(input.id) : postpone(input.retryAt, input.id)
}

function toNotice(row: Row): LeasedNotice {
  return {
    id: text(row, 'id'),
    accountId: text(row, 'account_id'),
    kind: text(row, 'kind') as NoticeKind,
    channel: text(row, 'channel'),
    at: integer(row, 'at'),
    ip: text(row, 'ip'),
    userAgent: text(row, 'user_agent'),
    subject: text(row, 'subject'),
    addressee: textOrNull(row, 'addressee'),
    attempts: integer(row, 'attempts'),
  }
}
