import { actions } from '../contract/action.ts'
import type { AuditEntry } from '../contract/audit.ts'
import type { Client } from '../contract/client.ts'
import type { Prompt } from '../contract/method.ts'
import type { ChallengeSnapshot, IssueOutcome } from '../contract/store.ts'
import { token } from '../crypto/code.ts'
import { auditEntry, notices } from './audit.ts'
import { inTime } from './delivery.ts'
import { sendRates } from './network.ts'
import type { Parts } from './parts.ts'
import { openEnrollment } from './secret.ts'
import { subjectOf } from './subject.ts'
import type { Candidate } from './view.ts'

const minute = 60_000

/** Evidence of a challenge that only looks like one: no code is sent for it and nothing answers it. */
export const decoy = 'decoy'

/** Evidence of a contact that is to take the place of another one, which a second factor has confirmed. */
export const replacing = 'replacing'

export type Prompted =
  | { readonly ok: true; readonly snapshot: ChallengeSnapshot }
  | {
      readonly ok: false
      readonly reason: 'too_soon' | 'limit' | 'locked' | 'closed'
      /** From when it can be tried again, in milliseconds since the epoch; 0 when never. */
      readonly retryAt: number
    }

/**
 * Has the method say or send what it needs to be answered. The code's hash is committed first and the message sent
 * afterwards, so a message that arrives can always be answered and a crash in between costs only a resend.
 */
export async function sendPrompt(
  parts: Parts,
  snapshot: ChallengeSnapshot,
  { row, method }: Candidate,
  client: Client,
): Promise<Prompted> {
  const { challenge } = snapshot
  if (method.prompt === undefined) return { ok: true, snapshot }
  const confirmed = challenge.action !== 'email.confirm' && challenge.action !== 'phone.confirm'
  const now = parts.clock()
  const hash = (value: string): string => parts.keys.hash(promptContext(challenge.id, row.id), value)
  const context = {
    now,
    random: parts.random,
    challengeId: challenge.id,
    purpose: subjectOf(parts, challenge).purpose,
    unexpected: (parts.actions.get(challenge.action) ?? actions.login).unexpected,
    hash,
  }
  const isDecoy = challenge.evidence.includes(decoy)
  const made = method.prompt(context, openEnrollment(parts, row))
  // Made for every contact, and thrown away where it is free: one that is another's must not take longer.
  const instead =
    isDecoy || !confirmed
      ? unanswerable(parts, { row, method }, client, { ...made, state: hash(token(parts.random, 32)) })
      : made
  const prompt = isDecoy ? instead : made
  const stored = {
    enrollmentId: row.id,
    state: prompt.state,
    destinationHash: parts.keys.hash(destinationContext(confirmed), prompt.destination),
    sentAt: now,
    expiresAt: Math.min(now + (method.promptSeconds ?? 0) * 1000, challenge.expiresAt),
  }

  const about = { challenge, enrollmentId: row.id, method: row.method }
  const outcome = await parts.store.issuePrompt({
    challengeId: challenge.id,
    sendId: token(parts.random, 16),
    prompt: stored,
    now,
    cooldownMs: parts.limits.resendSeconds * 1000,
    caps: [
      { sends: parts.limits.sendsPerTenMinutes, withinMs: 10 * minute, countAnswered: false },
      { sends: parts.limits.sendsPerHour, withinMs: 60 * minute, countAnswered: false },
      { sends: parts.limits.sendsPerDay, withinMs: 24 * 60 * minute, countAnswered: true },
    ],
    rates: sendRates(parts, client, challenge.accountId, prompt.range ? { ...prompt.range, confirmed } : null),
    lockAfterFailures: parts.limits.triesPerAccount,
    record: (issued) => ({ audit: refusedSend(parts, client, about, issued) }),
  })
  if (outcome.result !== 'issued') return { ok: false, reason: outcome.result, retryAt: retryAt(outcome) }

  const delivery = await inTime(parts, (_, send) => send(row.method, prompt))
  await parts.store.recordDelivery({
    challengeId: challenge.id,
    state: prompt.state,
    failed: !delivery.done,
    record: () => ({
      audit: [
        auditEntry(parts, client, {
          ...about,
          event: isDecoy ? 'code.send_refused' : delivery.done ? 'code.sent' : 'code.send_failed',
          outcome: isDecoy ? 'refused' : delivery.done ? 'ok' : 'failed',
          detail: { provider: prompt.provider, to: row.hint, ...(isDecoy ? { result: 'decoy' } : {}) },
        }),
      ],
    }),
  })
  if (!delivery.done) parts.onFault(delivery.error)
  const live = { ...stored, resendAt: outcome.resendAt, failed: !delivery.done }
  return { ok: true, snapshot: { ...snapshot, challenge: { ...challenge, prompt: live } } }
}

/**
 * Contacts that are yet to be confirmed are counted apart: a stranger who gives someone's address or number as their own
 * uses up none of the codes that its owner is sent at sign-in.
 */
function destinationContext(confirmed: boolean): string {
  return confirmed ? 'destination' : 'unconfirmed destination'
}

/** What a code is hashed with, so that it is right for this challenge and this enrollment only. */
export function promptContext(challengeId: string, enrollmentId: string): string {
  return JSON.stringify(['prompt', challengeId, enrollmentId])
}

/** In place of the code the owner of the destination gets a notice, through the same sender and in the same time. */
function unanswerable(parts: Parts, { row, method }: Candidate, client: Client, prompt: Prompt): Prompt {
  const { secret: destination } = openEnrollment(parts, row)
  const owner = { id: row.accountId, label: '', confirmedEmail: destination, confirmedPhone: destination }
  const [notice] = notices(parts, client, {
    accountId: row.accountId,
    kind: 'contact.taken',
    at: parts.clock(),
    subject: '',
  })
  const delivery = notice === undefined ? null : method.notify?.(owner, notice)
  return {
    state: prompt.state,
    destination: prompt.destination,
    provider: prompt.provider,
    ...(prompt.range === undefined ? {} : { range: prompt.range }),
    deliver: async (signal) => await delivery?.deliver(signal),
  }
}

function refusedSend(
  parts: Parts,
  client: Client,
  about: Pick<Parameters<typeof auditEntry>[2], 'challenge' | 'enrollmentId' | 'method'>,
  outcome: IssueOutcome,
): readonly AuditEntry[] {
  if (outcome.result === 'issued') return []
  // Of a rate's name, what it is about and not whom: `send range …`.
  const by = outcome.result === 'limit' ? { by: outcome.by.split(' ').slice(0, 2).join(' ') } : {}
  const detail = { result: outcome.result, ...by }
  return [auditEntry(parts, client, { ...about, event: 'code.send_refused', outcome: 'refused', detail })]
}

function retryAt(outcome: Exclude<IssueOutcome, { result: 'issued' }>): number {
  if (outcome.result === 'locked') return outcome.lockedUntil
  return outcome.result === 'closed' ? 0 : outcome.resendAt
}
