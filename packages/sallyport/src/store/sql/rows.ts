import type {
  AccountRow,
  ChallengeRow,
  ChallengeSnapshot,
  ChallengeStatus,
  EnrollmentRow,
  PromptRow,
} from '../../contract/store.ts'
import { integer, integerOrNull, type Row, text, textOrNull } from './query.ts'

export const accountColumns = 'account_id, mfa_enabled_at, failures, locks, locked_until, password_by, wrong_told_at'

/** Of an account that is joined as `a`. */
export const stateColumns = 'a.mfa_enabled_at, a.failures, a.locks, a.locked_until, a.password_by, a.wrong_told_at'

/** Also of a row whose account part is empty: an account that nothing has happened to yet has no row. */
export function toAccount(row: Row): AccountRow {
  return {
    accountId: text(row, 'account_id'),
    mfaEnabledAt: integerOrNull(row, 'mfa_enabled_at'),
    failures: integer(row, 'failures'),
    locks: integer(row, 'locks'),
    lockedUntil: integer(row, 'locked_until'),
    passwordBy: textOrNull(row, 'password_by'),
    wrongToldAt: integer(row, 'wrong_told_at'),
  }
}

export const enrollmentColumns = `e.id AS enrollment_id, e.account_id AS owner_id, e.method, e.name, e.hint, e.sealed,
  e.status AS enrollment_status, e.is_backup, e.is_primary, e.last_counter, e.full_strength_from,
  e.created_at AS enrolled_at, e.last_used_at, e.disabled_at,
  (SELECT count(*) FROM sallyport_code k WHERE k.enrollment_id = e.id AND k.used_at IS NULL) AS codes_left`

/** Primary first, backups last, otherwise in the order they were set up. */
export const enrollmentOrder = 'e.is_primary DESC, e.is_backup, e.created_at, e.id'

export function toEnrollment(row: Row): EnrollmentRow {
  return {
    id: text(row, 'enrollment_id'),
    accountId: text(row, 'owner_id'),
    method: text(row, 'method'),
    name: text(row, 'name'),
    hint: text(row, 'hint'),
    sealed: text(row, 'sealed'),
    status: text(row, 'enrollment_status') === 'active' ? 'active' : 'pending',
    backup: integer(row, 'is_backup') === 1,
    primary: integer(row, 'is_primary') === 1,
    lastCounter: integer(row, 'last_counter'),
    fullStrengthFrom: integer(row, 'full_strength_from'),
    createdAt: integer(row, 'enrolled_at'),
    lastUsedAt: integerOrNull(row, 'last_used_at'),
    disabled: integerOrNull(row, 'disabled_at') !== null,
    codesLeft: integer(row, 'codes_left'),
  }
}

/**
 * All that was judged wrong in one session to confirm anything at all. One challenge after another would be a way to lock the
 * session's owner out of signing in, so they count together, until one is passed.
 */
export const sessionTries = (challenge: string): string => `SELECT coalesce(sum(o.tries), 0) FROM sallyport_challenge o
  WHERE o.account_id = ${challenge}.account_id AND o.session_hash = ${challenge}.session_hash AND o.digest <> ''
    AND o.status <> 'passed'`

/** Of a challenge `c`, with the browser it was opened in as `k` while that is known. */
export const challengeColumns = `c.id, c.account_id, c.action, c.resource, c.purpose, c.binding_hash,
  c.session_hash, c.digest, c.evidence, c.at_least, c.status, CASE WHEN c.digest = '' THEN c.tries ELSE (${sessionTries('c')}) END AS tries,
  c.max_tries, c.created_at, c.expires_at, c.only_enrollment_id, c.known_browser_id, c.may_trust,
  k.failures AS known_failures, c.prompt_enrollment_id, c.prompt_state,
  c.prompt_destination, c.prompt_sent_at, c.prompt_expires_at, c.prompt_resend_at, c.prompt_failed`

export function toChallenge(row: Row): ChallengeRow {
  return {
    id: text(row, 'id'),
    accountId: text(row, 'account_id'),
    action: text(row, 'action'),
    resource: toResource(text(row, 'resource')),
    purpose: text(row, 'purpose'),
    bindingHash: text(row, 'binding_hash'),
    sessionHash: text(row, 'session_hash'),
    digest: text(row, 'digest'),
    evidence: text(row, 'evidence').split(' ').filter(Boolean),
    atLeast: textOrNull(row, 'at_least'),
    status: text(row, 'status') as ChallengeStatus,
    tries: integer(row, 'tries'),
    maxTries: integer(row, 'max_tries'),
    createdAt: integer(row, 'created_at'),
    expiresAt: integer(row, 'expires_at'),
    onlyEnrollmentId: textOrNull(row, 'only_enrollment_id'),
    knownBrowserId: textOrNull(row, 'known_browser_id'),
    mayTrust: integer(row, 'may_trust') === 1,
    prompt: toPrompt(row),
  }
}

/** A process of the version before writes no object here, and opens no grant by it. */
function toResource(written: string): Readonly<Record<string, string>> {
  return written.startsWith('{') ? (JSON.parse(written) as Readonly<Record<string, string>>) : {}
}

function toPrompt(row: Row): PromptRow | null {
  const state = textOrNull(row, 'prompt_state')
  if (state === null) return null
  return {
    enrollmentId: text(row, 'prompt_enrollment_id'),
    state,
    destinationHash: text(row, 'prompt_destination'),
    sentAt: integer(row, 'prompt_sent_at'),
    expiresAt: integer(row, 'prompt_expires_at'),
    resendAt: integer(row, 'prompt_resend_at'),
    failed: integer(row, 'prompt_failed') === 1,
  }
}

/** Rows of challenge x account x enrollments, as `readSnapshot` selects them: one row an enrollment. */
export function toSnapshot(rows: readonly Row[]): ChallengeSnapshot | null {
  const first = rows[0]
  if (first === undefined) return null
  return {
    challenge: toChallenge(first),
    account: toAccount(first),
    enrollments: rows.filter((row) => row['enrollment_id'] !== null).map(toEnrollment),
    knownFailures: integerOrNull(first, 'known_failures'),
  }
}
