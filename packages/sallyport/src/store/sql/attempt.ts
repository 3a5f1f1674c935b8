import type { AccountRow, ChallengeStatus, RegisteredRow, SettleAttempt, SettleOutcome } from '../../contract/store.ts'
import { lockAccount } from './account.ts'
import { endTrust, knownFailures, rememberBrowser } from './device.ts'
import { activate, discard, findCredential } from './enrollment.ts'
import { endSessionGrants, storeGrant } from './grant.ts'
import { integer, type Row, type Step, sql, text, textOrNull } from './query.ts'
import { chargeRate, lockedFullUntil, rateFreeAt, refundRate } from './rate.ts'
import { recorded } from './record.ts'
import { sessionTries } from './rows.ts'

/** Within a session only what is judged counts, since it counts for the session's next challenge too. */
const countTry = sql(`UPDATE sallyport_challenge
  SET tries = tries + CASE WHEN digest = '' OR (status = 'open' AND expires_at > ?) THEN 1 ELSE 0 END
  WHERE id = ? AND account_id = ?
  RETURNING action, status, tries, max_tries, expires_at, only_enrollment_id, known_browser_id, prompt_destination, prompt_rates,
    session_hash, digest`)

const selectSessionTries = sql(`SELECT (${sessionTries('c')}) AS tries, c.max_tries FROM sallyport_challenge c
  WHERE c.id = ?`)

const forgetSessionTries = sql(`UPDATE sallyport_challenge SET tries = 0
  WHERE account_id = ? AND session_hash = ? AND digest <> '' AND tries > 0`)

const setStatus = sql('UPDATE sallyport_challenge SET status = ? WHERE id = ?')

const spendCounter = sql(
  `UPDATE sallyport_enrollment SET last_counter = ? WHERE id = ? AND account_id = ? AND last_counter < ?`,
)

/** WebAuthn section 7.2 step 22: a counter that is not used stays 0. */
const spendSignCount = sql(`UPDATE sallyport_enrollment SET last_counter = ?
  WHERE id = ? AND account_id = ? AND (last_counter < ? OR (last_counter <= 0 AND ? = 0))`)

const spendCode = sql(
  'UPDATE sallyport_code SET used_at = ? WHERE enrollment_id = ? AND code_hash = ? AND used_at IS NULL',
)

const spendPrompt = sql(`UPDATE sallyport_challenge SET prompt_state = NULL
  WHERE id = ? AND prompt_enrollment_id = ? AND prompt_state = ? AND prompt_expires_at > ?`)

/** No row when the enrollment was removed or disabled, or is not set up yet and the challenge does not confirm it. */
const selectUsable = sql(
  `SELECT is_backup FROM sallyport_enrollment
    WHERE id = ? AND account_id = ? AND disabled_at IS NULL AND (status = 'active' OR id = ?)`,
)

const noteUse = sql(
  'UPDATE sallyport_enrollment SET last_used_at = ?, failures = 0 WHERE id = ? RETURNING name, is_backup',
)

/** What is 80 random bits can't be guessed: only its owner would lose by its being disabled. */
const noteFailure = sql(`UPDATE sallyport_enrollment SET failures = failures + 1,
    disabled_at = CASE WHEN failures + 1 >= ? THEN coalesce(disabled_at, ?) ELSE disabled_at END
  WHERE id = ? AND account_id = ? AND is_backup = 0 AND status = 'active'
  RETURNING failures`)

const countCodes = sql('SELECT count(*) AS codes_left FROM sallyport_code WHERE enrollment_id = ? AND used_at IS NULL')

const answerSends = sql('UPDATE sallyport_send SET answered = 1 WHERE destination_hash = ? AND answered = 0')

const setFailures = sql(
  'UPDATE sallyport_account SET failures = ?, locks = ?, locked_until = ?, wrong_told_at = ? WHERE account_id = ?',
)

const noteKnownFailure = sql('UPDATE sallyport_known_browser SET failures = failures + 1 WHERE id = ?')
const forgetKnownFailures = sql('UPDATE sallyport_known_browser SET failures = 0 WHERE id = ? AND failures > 0')

/** A login with the password from before says nothing about the one that was set meanwhile. */
const forgetReset = sql(`UPDATE sallyport_account SET password_by = NULL WHERE account_id = ? AND password_by_at <
  (SELECT c.created_at FROM sallyport_challenge c WHERE c.id = ?)`)

export function* settleAttempt(input: SettleAttempt): Step<SettleOutcome> {
  return yield* recorded(yield* settle(input), input.record)
}

function* settle(input: SettleAttempt): Step<SettleOutcome> {
  const account = yield* lockAccount(input.accountId)
  // First of all, for what is refused below is written down each time. A right answer only looks: all that is well behind one
  // address must not queue for one row.
  const { network, now } = input
  const freeAt = input.verdict.ok ? yield* rateFreeAt({ rate: network, now }) : yield* lockedFullUntil(network, now)
  if (freeAt > 0) return { result: 'limited', freeAt }

  const { lockedUntil } = account
  if (lockedUntil > now && !(yield* isExempt(input))) {
    return { result: 'locked', lockedUntil, networkFull: yield* chargeNetwork(input) }
  }
  const challenge = yield* countedOpen(input)
  if (typeof challenge === 'string') {
    return { result: 'closed', status: challenge, networkFull: yield* chargeNetwork(input) }
  }
  return input.verdict.ok && (yield* spend(input, challenge))
    ? yield* pass(input, challenge, account)
    : yield* fail(input, challenge, account)
}

/** The challenge, with this try counted; or how it has ended. */
function* countedOpen(input: SettleAttempt): Step<Row | Exclude<ChallengeStatus, 'open'>> {
  if (yield* sessionIsOver(input)) return 'failed'
  const challenge = (yield* countTry(input.now, input.challengeId, input.accountId)).rows[0]
  if (challenge === undefined) return 'cancelled'
  const status = text(challenge, 'status') as ChallengeStatus
  if (status !== 'open') return status
  if (integer(challenge, 'expires_at') > input.now) return challenge
  yield* setStatus('expired', input.challengeId)
  return 'expired'
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
  if ('signCount' in verdict.spend) {
    const { signCount } = verdict.spend
    return (yield* spendSignCount(signCount, enrollmentId, input.accountId, signCount, signCount)).changes === 1
  }
  const registered = registeredBy(input)
  if (registered !== null && (yield* findCredential(registered.credential)) !== null) return false
  const { counter } = verdict.spend
  return (yield* spendCounter(counter, enrollmentId, input.accountId, counter)).changes === 1
}

function registeredBy({ onPass }: SettleAttempt): RegisteredRow | null {
  return typeof onPass === 'object' && 'activate' in onPass ? onPass.activate.registered : null
}

/** The owner's own browser answers while others are locked out, until it has been wrong as often as they may be (requirement D7). */
function* isExempt({ challengeId, accountId, now, lock }: SettleAttempt): Step<boolean> {
  const failures = yield* knownFailures(challengeId, accountId, now)
  return failures !== null && failures < lock.afterFailures
}

function* pass(input: SettleAttempt, challenge: Row, account: AccountRow): Step<SettleOutcome> {
  const { onPass } = input
  yield* setStatus('passed', input.challengeId)
  const used = (yield* noteUse(input.now, input.enrollmentId)).rows[0] ?? {}
  // What a person confirms about contacts and methods of their own choosing must not wipe out wrong codes at the door, and
  // what the owner's own browser answers must not give strangers, who are locked out, another ten tries.
  const confirms = onPass === 'discard_enrollment' || (onPass !== 'nothing' && 'activate' in onPass)
  const locked = account.lockedUntil > input.now
  if (!confirms && !locked) yield* setFailures(0, 0, 0, account.wrongToldAt, input.accountId)
  const known = textOrNull(challenge, 'known_browser_id')
  if (known !== null) yield* forgetKnownFailures(known)
  if (input.vouches) yield* forgetReset(input.accountId, input.challengeId)
  if (input.verdict.ok && input.verdict.spend === 'prompt') yield* answerSends(text(challenge, 'prompt_destination'))
  if (input.verdict.ok && input.verdict.spend === 'prompt') yield* refundSend(challenge)
  // Whoever lost everything else may have lost a browser, too.
  if (integer(used, 'is_backup') === 1) yield* endTrust(input.accountId)

  let enabledMfa = false
  let name = text(used, 'name')
  if (onPass === 'discard_enrollment') yield* discard(input.enrollmentId)
  else if (onPass !== 'nothing' && 'remember' in onPass) yield* rememberBrowser(onPass.remember)
  else if (onPass !== 'nothing' && 'grant' in onPass) {
    const session = text(challenge, 'session_hash')
    // Under its new id the session begins anew: what the old one had open or granted must not outlive it.
    if (session !== onPass.grant.sessionHash) yield* endSessionGrants(input.accountId, session)
    else yield* forgetSessionTries(input.accountId, session)
    yield* storeGrant(onPass.grant)
  } else if (onPass !== 'nothing') {
    enabledMfa = account.mfaEnabledAt === null
    const backups = enabledMfa ? onPass.activate.backups : []
    const { registered } = onPass.activate
    const wanted = registered?.name ?? name
    name = yield* activate(input.enrollmentId, input.accountId, wanted, input.now, backups, registered)
  }
  const left = (yield* countCodes(input.enrollmentId)).rows[0]
  return { result: 'passed', enabledMfa, codesLeft: left === undefined ? 0 : integer(left, 'codes_left'), name }
}

/** Whoever answers a code was sent it rightly: it counts for none of the limits any more. */
function* refundSend(challenge: Row): Step<void> {
  const rates = JSON.parse(textOrNull(challenge, 'prompt_rates') ?? '[]') as readonly (readonly [string, number])[]
  for (const [name, interval] of rates) yield* refundRate(name, interval)
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

/** What is not passed counts, whether or not it was judged; whether there is no room for another now. */
function* chargeNetwork({ network, now, verdict }: SettleAttempt): Step<boolean> {
  // Of what was right and comes too late, the row is not locked yet.
  if (verdict.ok) yield* lockedFullUntil(network, now)
  return yield* chargeRate(network, now)
}

function* fail(input: SettleAttempt, challenge: Row, account: AccountRow): Step<SettleOutcome> {
  const { now, lock } = input
  const tries = yield* triesOf(input, challenge)
  const attemptsLeft = Math.max(0, integer(challenge, 'max_tries') - tries)
  const challengeFailed = attemptsLeft === 0
  if (challengeFailed) yield* setStatus('failed', input.challengeId)
  const known = textOrNull(challenge, 'known_browser_id')
  if (known !== null) yield* noteKnownFailure(known)
  const method = (yield* noteFailure(input.disableAfter, now, input.enrollmentId, input.accountId)).rows[0]
  const disabled = method !== undefined && integer(method, 'failures') === input.disableAfter
  if (disabled) yield* endTrust(input.accountId)
  const outcome = {
    result: 'wrong',
    attemptsLeft,
    challengeFailed,
    disabled,
    networkFull: yield* chargeNetwork(input),
  } as const
  // Locked by others, and this is the owner's own browser: its tries are counted there.
  if (account.lockedUntil > now) return { ...outcome, lockedUntil: 0, tell: false }

  const failures = account.failures + 1
  const locks = failures >= lock.afterFailures
  const lockedUntil = locks ? now + Math.min(lock.firstMs * 2 ** account.locks, lock.ceilingMs) : account.lockedUntil
  const tell = !locks && text(challenge, 'action') === 'login' && account.wrongToldAt + input.tellAgainMs <= now
  yield* setFailures(
    locks ? 0 : failures,
    account.locks + (locks ? 1 : 0),
    lockedUntil,
    tell ? now : account.wrongToldAt,
    input.accountId,
  )
  return { ...outcome, lockedUntil: locks ? lockedUntil : 0, tell }
}
