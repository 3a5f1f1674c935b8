import type { AuditEntry } from '../contract/audit.ts'
import type { Client } from '../contract/client.ts'
import type { Registered, Verdict } from '../contract/method.ts'
import type { Notice } from '../contract/notice.ts'
import type {
  ChallengeRow,
  ChallengeSnapshot,
  EnrollmentRow,
  NewEnrollment,
  RegisteredRow,
  SettleAttempt,
  SettleOutcome,
} from '../contract/store.ts'
import { auditEntry, notices } from './audit.ts'
import { countRefused, limitReached, triesOf } from './network.ts'
import { isNonceOf } from './nonce.ts'
import type { Parts } from './parts.ts'
import { promptContext } from './prompt.ts'
import { boundTo, openEnrollment } from './secret.ts'
import { type Candidate, candidates, isLocked } from './view.ts'

export interface Answer {
  readonly enrollmentId: string
  /** What the person typed, or what the authenticator returned. */
  readonly answer: string
}

/** Why an answer was not accepted. Expected, so a value; `retryAt` and `attemptsLeft` where they mean something. */
export type Refusal =
  | { readonly ok: false; readonly reason: 'wrong'; readonly attemptsLeft: number }
  /** `limited`: too much that was wrong came from the client's address; the answer was not looked at. */
  | { readonly ok: false; readonly reason: 'locked' | 'limited'; readonly retryAt: number }
  | { readonly ok: false; readonly reason: 'malformed' | 'closed' | 'not_found' | 'not_allowed' | 'not_prompted' }

export type Attempted =
  | {
      readonly ok: true
      readonly candidate: Candidate
      readonly outcome: Extract<SettleOutcome, { result: 'passed' }>
      /** Authentication Method Reference values of this answer. */
      readonly amr: readonly string[]
      /** When the answer was judged: what is proved, was proved then. */
      readonly at: number
    }
  | Refusal

/** What passing does besides, as the flows say it: what the answer itself brings is added here. */
export type OnPass =
  | Exclude<SettleAttempt['onPass'], { readonly activate: unknown }>
  | { readonly activate: { readonly backups: readonly NewEnrollment[] } }

/**
 * Judges one answer and settles it. What was judged stays here until the write that counts the try and spends the answer
 * has decided: it may find the answer spent, the tries used up or the account locked by then, and if it fails there is no
 * verdict at all.
 */
export async function attempt(
  parts: Parts,
  snapshot: ChallengeSnapshot,
  { enrollmentId, answer }: Answer,
  client: Client,
  flowOnPass: OnPass,
  /** Where it was judged already. */
  verdictBefore: Verdict | null = null,
): Promise<Attempted> {
  const { challenge } = snapshot
  const candidate = candidates(parts, snapshot).find(({ row }) => row.id === enrollmentId)
  const refused = async (reason: 'not_allowed' | 'not_prompted' | 'malformed' | 'closed'): Promise<Refusal> => {
    const about = {
      challenge,
      enrollmentId: enrollmentId.slice(0, 64),
      ...(candidate && { method: candidate.row.method }),
    }
    const happened = { ...about, event: 'attempt.refused', outcome: 'refused', detail: { reason } } as const
    const retryAt = await countRefused(parts, client, happened)
    return retryAt > 0 ? { ok: false, reason: 'limited', retryAt } : { ok: false, reason }
  }
  const now = parts.clock()
  const prompt = challenge.prompt?.enrollmentId === enrollmentId ? challenge.prompt : null
  const judged = challenge.status === 'open' && challenge.expiresAt > now && !isLocked(parts, snapshot)
  if (candidate === undefined) return await refused(challenge.status === 'open' ? 'not_allowed' : 'closed')
  if (judged && candidate.method.prompt !== undefined && prompt === null) return await refused('not_prompted')

  const verdict = judged
    ? (verdictBefore ?? (await judge(parts, snapshot, candidate, answer)))
    : ({ ok: false, reason: 'wrong' } as const)
  if (!verdict.ok && verdict.reason === 'malformed') return await refused('malformed')

  const onPass: SettleAttempt['onPass'] =
    typeof flowOnPass === 'string' || !('activate' in flowOnPass)
      ? flowOnPass
      : { activate: { ...flowOnPass.activate, registered: registeredRow(parts, candidate, verdict) } }
  // A right one whose count another was quicker to reach is a copy's too.
  const copied = verdict.ok
    ? typeof verdict.spend === 'object' && 'signCount' in verdict.spend && verdict.spend.signCount > 0
    : verdict.copied === true
  let toldOwner = false
  const outcome = await parts.store.settleAttempt({
    challengeId: challenge.id,
    accountId: challenge.accountId,
    enrollmentId,
    now,
    verdict,
    judgedState: prompt?.state ?? null,
    vouches: vouches(parts, challenge, candidate),
    lock: {
      afterFailures: parts.limits.triesPerAccount,
      firstMs: parts.limits.lockSeconds * 1000,
      ceilingMs: parts.limits.longestLockSeconds * 1000,
    },
    network: triesOf(parts, client),
    // What a device signs can't be guessed: only its owner would lose.
    disableAfter: candidate.method.device === undefined ? parts.limits.triesPerMethod : null,
    tellAgainMs: 3_600_000,
    onPass,
    record(settled) {
      const record = recordOf(parts, snapshot, candidate, client, settled, onPass, copied)
      toldOwner = record.notices.length > 0
      return record
    },
  })
  if (toldOwner) parts.tell()
  switch (outcome.result) {
    case 'passed':
      return { ok: true, candidate, outcome, at: now, amr: (verdict.ok && verdict.amr) || candidate.method.amr }
    case 'wrong':
      if (outcome.lockedUntil > 0) return { ok: false, reason: 'locked', retryAt: outcome.lockedUntil }
      return { ok: false, reason: 'wrong', attemptsLeft: outcome.attemptsLeft }
    case 'locked':
      return { ok: false, reason: 'locked', retryAt: outcome.lockedUntil }
    case 'limited':
      return { ok: false, reason: 'limited', retryAt: outcome.freeAt }
    case 'closed':
      return { ok: false, reason: 'closed' }
  }
}

async function judge(
  parts: Parts,
  { challenge }: ChallengeSnapshot,
  { row, method }: Candidate,
  answer: string,
): Promise<Verdict> {
  const state = challenge.prompt?.enrollmentId === row.id ? challenge.prompt.state : null
  const hash = (value: string): string => parts.keys.hash(promptContext(challenge.id, row.id), value, state)
  const context = {
    now: parts.clock(),
    hash,
    isNonce: (nonce: string): boolean => isNonceOf(parts, challenge, nonce),
    alone: false,
  }
  return await method.check(context, openEnrollment(parts, row), state, answer)
}

/** What the first answer brought with it, as it is stored: sealed for its row, under the name that its owner gave it. */
function registeredRow(parts: Parts, { row, method }: Candidate, verdict: Verdict): RegisteredRow | null {
  const registered = verdict.ok ? verdict.registered : undefined
  if (registered === undefined) return null
  const { secret, hint, credential } = registered
  const sealed = parts.keys.seal(secret, boundTo(row.accountId, row.id), parts.random)
  return { sealed, hint, credential, name: nameFor(row, method.label, registered) }
}

function nameFor({ name }: EnrollmentRow, label: string, { name: suggested }: Registered): string {
  return name === label && suggested !== null ? suggested : name
}

/** What the step writes about itself: every try, and whatever it brought about. */
function recordOf(
  parts: Parts,
  { challenge }: ChallengeSnapshot,
  { row, method }: Candidate,
  client: Client,
  settled: SettleOutcome,
  onPass: SettleAttempt['onPass'],
  copied: boolean,
): { audit: readonly AuditEntry[]; notices: readonly Notice[] } {
  const about = { challenge, enrollmentId: row.id, method: row.method }
  const { accountId } = challenge
  const entry = (happening: Partial<Parameters<typeof auditEntry>[2]> & Pick<AuditEntry, 'event'>): AuditEntry =>
    auditEntry(parts, client, { ...about, ...happening })
  const tell = (kind: Notice['kind'], subject: string, at = parts.clock()): readonly Notice[] =>
    notices(parts, client, { accountId, kind, subject, at })

  // Its reaching the limit stands there already, and each that comes after would be one more entry.
  if (settled.result === 'limited') return { audit: [], notices: [] }
  if (settled.result === 'locked' || settled.result === 'closed') {
    const reason = settled.result === 'closed' ? settled.status : 'locked'
    const refused = entry({ event: 'attempt.refused', outcome: 'refused', detail: { reason } })
    return { audit: [refused, ...limitReached(parts, client, settled.networkFull)], notices: [] }
  }
  if (settled.result === 'wrong') {
    const audit = [entry({ event: 'attempt.refused', outcome: 'refused', detail: { reason: 'wrong' } })]
    if (settled.challengeFailed) audit.push(entry({ event: 'challenge.failed', outcome: 'failed' }))
    audit.push(...limitReached(parts, client, settled.networkFull))
    const told: Notice[] = []
    if (copied) {
      audit.push(entry({ event: 'method.copied', outcome: 'refused', detail: { name: row.name } }))
      told.push(...tell('method.copied', row.name))
    }
    if (settled.disabled) {
      audit.push(entry({ event: 'method.disabled', outcome: 'refused', detail: { name: row.name } }))
      told.push(...tell('method.disabled', row.name))
    }
    // Of a copy the owner is told in other words.
    if (settled.tell && !copied) told.push(...tell('sign_in.wrong_code', ''))
    if (settled.lockedUntil === 0) return { audit, notices: told }
    audit.push(entry({ event: 'account.locked', outcome: 'refused', detail: { until: settled.lockedUntil } }))
    const minutes = Math.ceil((settled.lockedUntil - parts.clock()) / 60_000)
    return { audit, notices: [...told, ...tell('account.locked', minutes === 1 ? '1 minute' : `${minutes} minutes`)] }
  }
  const audit = [entry({ event: 'challenge.passed' })]
  const told: Notice[] = []
  if (method.backup) {
    audit.push(entry({ event: 'recovery_code.used', detail: { left: settled.codesLeft } }))
    told.push(...tell('recovery_code.used', String(settled.codesLeft)))
  }
  if (challenge.action === 'mfa.method.confirm') {
    audit.push(entry({ event: 'method.added', detail: { name: settled.name } }))
    if (settled.enabledMfa) {
      audit.push(entry({ event: 'mfa.enabled' }), entry({ event: 'recovery_codes.created' }))
      told.push(...tell('mfa.enabled', settled.name, enabledFrom(parts)))
    } else told.push(...tell('method.added', settled.name))
  }
  const trusted = typeof onPass === 'object' && 'remember' in onPass ? onPass.remember.trusted : null
  if (trusted !== null) {
    audit.push(entry({ event: 'device.trusted', detail: { device: trusted.id } }))
    told.push(...tell('device.trusted', trusted.browser))
  }
  if (challenge.action === 'email.confirm' || challenge.action === 'phone.confirm') {
    audit.push(entry({ event: 'contact.confirmed', detail: { to: row.hint } }))
  }
  return { audit, notices: told }
}

/** Whether a login that a mailbox alone would open has been completed by something else. */
function vouches(parts: Parts, { action, evidence }: ChallengeRow, { row }: Candidate): boolean {
  const isReset = evidence.includes('password') && evidence.some((kind) => parts.methods.has(kind))
  return action === 'login' && isReset && !evidence.includes(row.method)
}

/**
 * From when the account's sessions rest on MFA: the millisecond after this one, so that everything proved up to now,
 * within this very millisecond included, is older.
 */
export function enabledFrom(parts: Parts): number {
  return parts.clock() + 1
}
