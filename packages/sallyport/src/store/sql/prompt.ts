import type { IssueOutcome, IssuePrompt, SendCap, Store } from '../../contract/store.ts'
import { lockAccount } from './account.ts'
import { knownFailures } from './device.ts'
import { integer, type Step, sql, text } from './query.ts'
import { chargeAll, intervalOf, refundRate } from './rate.ts'
import { recorded } from './record.ts'

const selectChallenge = sql('SELECT account_id FROM sallyport_challenge WHERE id = ?')

/** A row for each destination, locked until the step commits: two accounts with one number can't race past its caps. */
const lockDestination = sql(`INSERT INTO sallyport_destination (destination_hash, last_sent_at) VALUES (?, ?)
  ON CONFLICT (destination_hash) DO UPDATE SET last_sent_at = excluded.last_sent_at`)

const selectSends = sql(`SELECT sent_at, answered FROM sallyport_send
  WHERE destination_hash = ? AND sent_at > ? ORDER BY sent_at DESC LIMIT 1000`)

const insertSend = sql('INSERT INTO sallyport_send (id, destination_hash, sent_at) VALUES (?, ?, ?)')

const replacePrompt =
  sql(`UPDATE sallyport_challenge SET prompt_enrollment_id = ?, prompt_state = ?, prompt_destination = ?,
  prompt_rates = ?, prompt_sent_at = ?, prompt_expires_at = ?, prompt_resend_at = ?, prompt_failed = 0
  WHERE id = ? AND status = 'open' AND expires_at > ?`)

const noteDelivery = sql('UPDATE sallyport_challenge SET prompt_failed = ? WHERE id = ? AND prompt_state = ?')

export function* issuePrompt(input: IssuePrompt): Step<IssueOutcome> {
  return yield* recorded(yield* issue(input), input.record)
}

function* issue(input: IssuePrompt): Step<IssueOutcome> {
  const { challengeId, prompt, now } = input
  const challenge = (yield* selectChallenge(challengeId)).rows[0]
  if (challenge === undefined) return { result: 'closed' }
  const account = yield* lockAccount(text(challenge, 'account_id'))
  const known = account.lockedUntil > now ? yield* knownFailures(challengeId, account.accountId, now) : null
  if (account.lockedUntil > now && (known === null || known >= input.lockAfterFailures)) {
    return { result: 'locked', lockedUntil: account.lockedUntil }
  }

  const sends = yield* sendsTo(input)
  const unanswered = sends.filter((send) => !send.answered)
  const refusal = tooManySends(input, unanswered, sends)
  if (refusal !== null) return refusal
  const over = yield* chargeAll(input.rates, now)
  if (over !== null) return { result: 'limit', resendAt: over.freeAt, by: over.full.name }

  const resendAt = now + pause(input.cooldownMs, unanswered.length + 1)
  const { changes } = yield* replacePrompt(
    prompt.enrollmentId,
    prompt.state,
    prompt.destinationHash,
    JSON.stringify(input.rates.map((rate) => [rate.name, intervalOf(rate)])),
    now,
    prompt.expiresAt,
    resendAt,
    challengeId,
    now,
  )
  if (changes !== 1) {
    for (const rate of input.rates) yield* refundRate(rate.name, intervalOf(rate))
    return { result: 'closed' }
  }
  yield* insertSend(input.sendId, prompt.destinationHash, now)
  return { result: 'issued', resendAt }
}

interface Send {
  readonly at: number
  readonly answered: boolean
}

/** What went to the destination within the longest window that counts, newest first. */
function* sendsTo({ prompt, now, cooldownMs, caps }: IssuePrompt): Step<readonly Send[]> {
  const longest = Math.max(cooldownMs, ...caps.map((cap) => cap.withinMs))
  yield* lockDestination(prompt.destinationHash, now)
  const { rows } = yield* selectSends(prompt.destinationHash, now - longest)
  return rows.map((row) => ({ at: integer(row, 'sent_at'), answered: integer(row, 'answered') === 1 }))
}

function tooManySends(
  input: IssuePrompt,
  unanswered: readonly Send[],
  all: readonly Send[],
): Extract<IssueOutcome, { result: 'too_soon' | 'limit' }> | null {
  for (const cap of input.caps) {
    const freeAt = capFreeAt(cap, cap.countAnswered ? all : unanswered)
    if (freeAt > input.now) return { result: 'limit', resendAt: freeAt, by: 'destination' }
  }
  const last = unanswered[0]
  const resendAt = last === undefined ? 0 : last.at + pause(input.cooldownMs, unanswered.length)
  return resendAt > input.now ? { result: 'too_soon', resendAt } : null
}

/** When the oldest of the sends that fill the cap has left its window; 0 while there is room. */
function capFreeAt(cap: SendCap, sends: readonly Send[]): number {
  const filling = sends[cap.sends - 1]
  return filling === undefined ? 0 : filling.at + cap.withinMs
}

/** The pause after the n-th unanswered send. */
function pause(cooldownMs: number, n: number): number {
  return cooldownMs * 2 ** (n - 1)
}

export function* recordDelivery(input: Parameters<Store['recordDelivery']>[0]): Step<void> {
  yield* noteDelivery(input.failed ? 1 : 0, input.challengeId, input.state)
  yield* recorded('recorded' as const, input.record)
}
