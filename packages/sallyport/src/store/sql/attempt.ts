import type { AccountRow, ChallengeStatus, SettleAttempt, SettleOutcome } from '../../contract/store.ts'
import { lockAccount } from './account.ts'
import { activate, discard } from './enrollment.ts'
import { endSessionGrants, storeGrant } from './grant.ts'
import { sessionTries } from './rows.ts'
import { integer, type Row, type Step, sql, text, textOrNull } from './query.ts'
import { recorded } from './record.ts'

/** Within a session only what is judged counts, since it counts for the session's next challenge too. */
const countTry = sql(`UPDATE sallyport_challenge
  SET tries = tries + CASE WHEN digest = '' OR (status = 'open' AND expires_at > ?) THEN 1 ELSE 0 END
  WHERE id = ? AND account_id = ?
  RETURNING status, tries, max_tries, expires_at, only_enrollment_id, prompt_destination, session_hash, digest`)

const selectSessionTries = sql(`SELECT (${sessionTries('c')}) AS tries, c.max_tries FROM sallyport_challenge c
  WHERE c.id = ?`)

const forgetSessionTries = sql(`UPDATE sallyport_challenge SET tries = 0
  WHERE account_id = ? AND session_hash = ? AND digest <> '' AND tries > 0`)

const setStatus = sql('UPDATE sallyport_challenge SET status = ? WHERE id = ?')

const spendCounter = sql(
  `UPDATE sallyport_enrollment SET last_counter = ? WHERE id = ? AND account_id = ? AND last_counter < ?`,
)

const spendCode = sql(
  'UPDATE sallyport_code SET used_at = ? WHERE enrollment_id = ? AND code_hash = ? AND used_at IS NULL',
)

const spendPrompt = sql(`UPDATE sallyport_challenge SET prompt_state = NULL
  WHERE id = ? AND prompt_enrollment_id = ? AND prompt_state = ? AND prompt_expires_at > ?`)

/** No row when the enrollment was removed, or is not set up yet and the challenge does not confirm it. */
const selectUsable = sql(
  `SELECT id FROM sallyport_enrollment WHERE id = ? AND account_id = ? AND (status = 'active' OR id = ?)`,
)

const noteUse = sql('UPDATE sallyport_enrollment SET last_used_at = ? WHERE id = ?')

const selectName = sql('SELECT name FROM sallyport_enrollment WHERE id = ?')

const countCodes = sql('SELECT count(*) AS codes_left FROM sallyport_code WHERE enrollment_id = ? AND used_at IS NULL')

const answerSends = sql('UPDATE sallyport_send SET answered = 1 WHERE destination_hash = ? AND answered = 0')

const setFailures = sql('UPDATE sallyport_account SET failures = ?, locks = ?, locked_until = ? WHERE account_id = ?')

/** A login with the password from before says nothing about the one that was set meanwhile. */
const forgetReset = sql(`UPDATE sallyport_account SET password_by = NULL WHERE account_id = ? AND password_by_at <
  (SELECT c.created_at FROM sallyport_challenge c WHERE c.id = ?)`)

export function* settleAttempt(input: SettleAttempt): Step<SettleOutcome> {
  return yield* recorded(yield* settle(input), input.record)
}

function* settle(input: SettleAttempt): Step<SettleOutcome> {
  const account = yield* lockAccount(input.accountId)
  if (account.lockedUntil > input.now) return { result: 'locked', lockedUntil: account.lockedUntil }

  if (yield* sessionIsOver(input)) return { result: 'closed', status: 'failed' }
  const challenge = (yield* countTry(input.now, input.challengeId, input.accountId)).rows[0]
  if (challenge === undefined) return { result: 'closed', status: 'cancelled' }
  const status = text(challenge, 'status') as ChallengeStatus
  if (status !== 'open') return { result: 'closed', status }
  if (integer(challenge, 'expires_at') <= input.now) {
    yield* setStatus('expired', input.challengeId)
    return { result: 'closed', status: 'expired' }
  }
  return input.verdict.ok && (yield* spend(input, challenge))
    ? yield* pass(input, challenge, account)
    : yield* fail(input, challenge, account)
}

/** The row count decides: whoever changes the row has spent it, everyone after has not. */
function* spend(input: SettleAttempt, challenge: Row): Step<boolean> {
  const { verdict, enrollmentId, now } = input
  if (!verdict.ok) return false
  const only = textOrNull(challenge, 'only_enrollment_id')
  if (only !== null && only !== enrollmentId) return false
  if ((yield* selectUsable(enrollmentId, input.accountId, only)).rows.length !== 1) return false
  if (verdict.spend === 'prompt') {
    return (yield* spendPrompt(input.challengeId, enrollmentId, input.judgedState, now)).changes === 1
  }
  if ('code' in verdict.spend) return (yield* spendCode(now, enrollmentId, verdict.spend.code)).changes === 1
  const { counter } = verdict.spend
  return (yield* spendCounter(counter, enrollmentId, input.accountId, counter)).changes === 1
}

function* pass(input: SettleAttempt, challenge: Row, account: AccountRow): Step<SettleOutcome> {
  yield* setStatus('passed', input.challengeId)
  yield* noteUse(input.now, input.enrollmentId)
  // What a person confirms about contacts and methods of their own choosing must not wipe out wrong codes at the door.
  const confirms = input.onPass === 'discard_enrollment' || (input.onPass !== 'nothing' && 'activate' in input.onPass)
  if (!confirms) yield* setFailures(0, 0, 0, input.accountId)
  if (input.vouches) yield* forgetReset(input.accountId, input.challengeId)
  if (input.verdict.ok && input.verdict.spend === 'prompt') yield* answerSends(text(challenge, 'prompt_destination'))

  let enabledMfa = false
  let name = text((yield* selectName(input.enrollmentId)).rows[0] ?? {}, 'name')
  if (input.onPass === 'discard_enrollment') yield* discard(input.enrollmentId)
  else if (input.onPass !== 'nothing' && 'grant' in input.onPass) {
    const session = text(challenge, 'session_hash')
    // Under its new id the session begins anew: what the old one had open or granted must not outlive it.
    if (session !== input.onPass.grant.sessionHash) yield* endSessionGrants(input.accountId, session)
    else yield* forgetSessionTries(input.accountId, session)
    yield* storeGrant(input.onPass.grant)
  } else if (input.onPass !== 'nothing') {
    enabledMfa = account.mfaEnabledAt === null
    const backups = enabledMfa ? input.onPass.activate.backups : []
    name = yield* activate(input.enrollmentId, input.accountId, name, input.now, backups)
  }
  const left = (yield* countCodes(input.enrollmentId)).rows[0]
  return { result: 'passed', enabledMfa, codesLeft: left === undefined ? 0 : integer(left, 'codes_left'), name }
}

/** Whoever holds a session and not its owner's second factor has these tries and no more, however many challenges are open. */
function* sessionIsOver({ onPass, challengeId }: SettleAttempt): Step<boolean> {
  if (typeof onPass === 'string' || !('grant' in onPass)) return false
  const used = (yield* selectSessionTries(challengeId)).rows[0]
  if (used === undefined || integer(used, 'tries') < integer(used, 'max_tries')) return false
  yield* setStatus('failed', challengeId)
  return true
}

function* triesOf(input: SettleAttempt, challenge: Row): Step<number> {
  if (text(challenge, 'digest') === '') return integer(challenge, 'tries')
  const { rows } = yield* selectSessionTries(input.challengeId)
  return rows[0] === undefined ? 0 : integer(rows[0], 'tries')
}

function* fail(input: SettleAttempt, challenge: Row, account: AccountRow): Step<SettleOutcome> {
  const tries = yield* triesOf(input, challenge)
  const attemptsLeft = Math.max(0, integer(challenge, 'max_tries') - tries)
  const challengeFailed = attemptsLeft === 0
  if (challengeFailed) yield* setStatus('failed', input.challengeId)

  const failures = account.failures + 1
  const locks = failures >= input.lock.afterFailures
  const lockedUntil = locks
    ? input.now + Math.min(input.lock.firstMs * 2 ** account.locks, input.lock.ceilingMs)
    : account.lockedUntil
  yield* setFailures(locks ? 0 : failures, account.locks + (locks ? 1 : 0), lockedUntil, input.accountId)
  return { result: 'wrong', attemptsLeft, lockedUntil: locks ? lockedUntil : 0, challengeFailed }
}
