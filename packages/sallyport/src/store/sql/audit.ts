import type { AuditEntry, AuditEvent, AuditPosition } from '../../contract/audit.ts'
import type { Store } from '../../contract/store.ts'
import { integer, type Row, type Step, sql, text, textOrNull, type Value } from './query.ts'

type Reading = Parameters<Store['readAudit']>[0]
type Page = Awaited<ReturnType<Store['readAudit']>>

/** So many entries one page may look at where a filter has to let them through, all accounts together. */
const looksAtMost = 5_000

const columns = `id, at, event, outcome, account_id, action, challenge_id, enrollment_id, method, ip, user_agent, trace_id,
  detail`

/**
 * Newest first, between two positions. What stands innermost walks along an index and looks at a bounded number of rows. Out of
 * it come those that the filter lets through, and in any case the last one, from which the next walk goes on. `at` and `id`
 * compare as they do in the index: nothing is sorted, and nothing is counted off.
 */
const walkOf = (whose: string): string => `SELECT ${columns}, nth, is_wanted FROM (
    SELECT ${columns}, row_number() OVER (ORDER BY at DESC, id DESC) AS nth,
      CASE WHEN (CAST(? AS TEXT) IS NULL OR event = ?) AND (CAST(? AS TEXT) IS NULL OR action = ?)
        AND (CAST(? AS TEXT) IS NULL OR outcome = ?) THEN 1 ELSE 0 END AS is_wanted
    FROM (SELECT ${columns} FROM sallyport_audit WHERE ${whose} (at, id) > (?, ?) AND (at, id) < (?, ?)
      ORDER BY at DESC, id DESC LIMIT ?) looked_at
  ) judged WHERE is_wanted = 1 OR nth = ? ORDER BY at DESC, id DESC`

const walkAccount = sql(walkOf('account_id = ? AND'))
const walkEveryone = sql(walkOf(''))

/**
 * One walk for each account, and their entries merged. Once the page is full, or a walk has ended early, nothing older is
 * looked for in the accounts that follow: what a page costs depends on how many accounts there are, not on how many entries.
 */
export function* readAudit(input: Reading): Step<Page> {
  const { limit } = input
  const accounts = input.accounts === null ? [null] : [...new Set(input.accounts)].toSorted()
  const isFiltered = [input.event, input.action, input.outcome].some((wanted) => wanted !== undefined)
  const looks = isFiltered ? Math.max(limit + 1, Math.floor(looksAtMost / accounts.length)) : limit + 1
  let found: readonly AuditEntry[] = []
  // Where a walk has ended early: all that is older is for the next page, of every account.
  let end: AuditPosition | null = null
  for (const accountId of accounts) {
    // Of one moment, the entries of this account come after those of the accounts before it.
    const since = Math.max(input.from ?? 0, (end?.at ?? -1) + 1, (found[limit]?.at ?? -1) + 1)
    const rows = yield* walk(accountId, input, since, looks)
    const last = rows.at(-1)
    if (last !== undefined && integer(last, 'nth') === looks) end = positionOf(toEntry(last))
    const wanted = rows.filter((row) => integer(row, 'is_wanted') === 1)
    found = [...found, ...wanted.map(toEntry)].toSorted((one, other) => other.at - one.at).slice(0, limit + 1)
  }
  const since = end?.at ?? 0
  const reached = found.filter(({ at }) => at >= since)
  const entries = reached.slice(0, limit)
  const lastShown = entries.at(-1)
  return { entries, next: reached.length > limit && lastShown !== undefined ? positionOf(lastShown) : end }
}

function* walk(accountId: string | null, input: Reading, since: number, looks: number): Step<readonly Row[]> {
  const { event = null, action = null, outcome = null } = input
  const filter = [event, event, action, action, outcome, outcome]
  const range = [since, '', ...upTo(accountId, input), looks, looks]
  const { rows } = yield* accountId === null
    ? walkEveryone(...filter, ...range)
    : walkAccount(...filter, accountId, ...range)
  return rows
}

/** Before which time and id an account's entries are wanted. No id is as little as the empty one. */
function upTo(accountId: string | null, { before, to = Number.MAX_SAFE_INTEGER }: Reading): readonly Value[] {
  if (before === null || to <= before.at) return [to, '']
  if (accountId === null || before.accountId === null || accountId === before.accountId) return [before.at, before.id]
  // Of the moment itself, the accounts before this one have had their turn, and those after it have not.
  return [accountId < before.accountId ? before.at : before.at + 1, '']
}

const deleteOldest = sql(`DELETE FROM sallyport_audit WHERE id IN
  (SELECT id FROM sallyport_audit WHERE at < ? ORDER BY at, id LIMIT ?)`)

/** Retention, and the only statement there is that takes anything out of the log. */
export function* purgeAudit(input: Parameters<Store['purgeAudit']>[0]): Step<number> {
  return (yield* deleteOldest(input.before, input.limit)).changes
}

function positionOf({ at, accountId, id }: AuditEntry): AuditPosition {
  return { at, accountId, id }
}

function toEntry(row: Row): AuditEntry {
  return {
    id: text(row, 'id'),
    at: integer(row, 'at'),
    event: text(row, 'event') as AuditEvent,
    outcome: text(row, 'outcome') as AuditEntry['outcome'],
    accountId: textOrNull(row, 'account_id'),
    action: textOrNull(row, 'action'),
    challengeId: textOrNull(row, 'challenge_id'),
    enrollmentId: textOrNull(row, 'enrollment_id'),
    method: textOrNull(row, 'method'),
    ip: text(row, 'ip'),
    userAgent: text(row, 'user_agent'),
    traceId: textOrNull(row, 'trace_id'),
    detail: JSON.parse(text(row, 'detail')) as AuditEntry['detail'],
  }
}
