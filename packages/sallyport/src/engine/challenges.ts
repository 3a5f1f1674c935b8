import { actions, purposeOf } from '../contract/action.ts'
import type { Client } from '../contract/client.ts'
import type { ChallengeSnapshot, NewChallenge } from '../contract/store.ts'
import { token } from '../crypto/code.ts'
import { type Answer, attempt, type Refusal } from './attempt.ts'
import { auditEntry } from './audit.ts'
import { type BrowserTokens, keeping } from './devices.ts'
import { countRefused } from './network.ts'
import type { Parts } from './parts.ts'
import { replacing, sendPrompt } from './prompt.ts'
import { amrOf, fromEvidence, mint, type Proof } from './proof.ts'
import { openEnrollment } from './secret.ts'
import { sealSubject } from './subject.ts'
import { candidates, type ChallengeView, viewOf } from './view.ts'

/** Which challenge, and the secret that binds it to the one browser, client or session that opened it. */
export interface ChallengeKey {
  readonly id: string
  readonly binding: string
}

export type PromptResult =
  | { readonly ok: true; readonly challenge: ChallengeView }
  | {
      readonly ok: false
      readonly reason: 'too_soon' | 'limit' | 'locked' | 'closed' | 'not_found' | 'not_allowed'
      /** From when it can be tried again, in milliseconds since the epoch; 0 when never. */
      readonly retryAt: number
    }

/**
 * Actions whose challenge is answered here and gives a proof. A method that is being set up is confirmed by
 * `enrollments.confirm`, an action within a session by `actions.answer`.
 */
export type Answerable = 'login' | 'email.confirm' | 'phone.confirm'

const answerable: ReadonlySet<string> = new Set<Answerable>(['login', 'email.confirm', 'phone.confirm'])

export type AnswerResult<Expected extends Answerable = Answerable> =
  | {
      readonly ok: true
      readonly proof: Proof<Expected>
      /** What the browser is to keep from now on; null where none was named. */
      readonly browser: BrowserTokens | null
    }
  | Refusal

export interface Challenges {
  /** The challenge while it is open; null when there is none, the binding is another's, or it is over. */
  view(key: ChallengeKey): Promise<ChallengeView | null>
  /** Sends a code, again or by another enrollment. The code before it stops working. */
  prompt(key: ChallengeKey, enrollmentId: string, client: Client): Promise<PromptResult>
  /**
   * Judges an answer to a challenge for `action`; one for anything else is `not_found`. Passing yields the proof, once. `browser`,
   * where a login comes from one: what it keeps, and whether the person has asked for it to be trusted.
   */
  answer<Expected extends Answerable>(
    key: ChallengeKey,
    action: Expected,
    answer: Answer,
    client: Client,
    browser?: { readonly tokens: BrowserTokens; readonly trust: boolean },
  ): Promise<AnswerResult<Expected>>
  /** Ends the challenge; whether it was open. */
  cancel(key: ChallengeKey, client: Client): Promise<boolean>
  /**
   * Ends every challenge and every grant of the account. To be called when its password changes and when it is disabled, once
   * that is stored. A login whose old password is being compared at that moment goes on, but its proof says since when:
   * refuse proofs whose `begunAt` is from before.
   */
  cancelAll(accountId: string, client: Client): Promise<number>
}

export function challengesOf(parts: Parts): Challenges {
  return {
    async view(key) {
      const snapshot = await load(parts, key)
      return snapshot !== null && isOpen(parts, snapshot) ? viewOf(parts, snapshot) : null
    },

    async prompt(key, enrollmentId, client) {
      const snapshot = await loadFor(parts, key, client)
      if (snapshot === null) return { ok: false, reason: 'not_found', retryAt: 0 }
      if (!isOpen(parts, snapshot)) return { ok: false, reason: 'closed', retryAt: 0 }
      const candidate = candidates(parts, snapshot).find(({ row }) => row.id === enrollmentId)
      if (candidate === undefined) return { ok: false, reason: 'not_allowed', retryAt: 0 }
      const prompted = await sendPrompt(parts, snapshot, candidate, client)
      return prompted.ok ? { ok: true, challenge: viewOf(parts, prompted.snapshot) } : prompted
    },

    async answer(key, action, answer, client, browser) {
      const snapshot = await loadFor(parts, key, client)
      // Also where the types were cast away: passed here, a challenge for anything else would be used up for nothing.
      if (snapshot?.challenge.action !== action || !answerable.has(action)) return { ok: false, reason: 'not_found' }
      const { challenge } = snapshot
      const confirms = challenge.action === 'email.confirm' || challenge.action === 'phone.confirm'
      const answering = candidates(parts, snapshot).find(({ row: { id } }) => id === answer.enrollmentId)
      const kept =
        action !== 'login' || browser === undefined || answering === undefined
          ? null
          : await keeping(parts, snapshot, answering, browser, client)
      const onPass = kept === null ? ('nothing' as const) : { remember: kept.remember }
      const attempted = await attempt(parts, snapshot, answer, client, confirms ? 'discard_enrollment' : onPass)
      if (!attempted.ok) return attempted
      const { row } = attempted.candidate
      const { checked, believed } = fromEvidence(challenge.evidence)
      const proof = mint({
        accountId: challenge.accountId,
        action,
        resource: confirms ? openEnrollment(parts, row).secret : '',
        methods: [...new Set([...checked.filter((each) => each !== replacing), row.method])],
        amr: amrOf(checked, attempted.amr, believed),
        at: attempted.at,
        begunAt: challenge.createdAt,
        challengeId: challenge.id,
        reason: null,
        replaces: challenge.evidence.includes(replacing),
      })
      return { ok: true, proof, browser: kept?.tokens ?? null }
    },

    async cancel(key, client) {
      const snapshot = await loadFor(parts, key, client)
      if (snapshot === null) return false
      const { challenge } = snapshot
      return await parts.store.cancelChallenge({
        challengeId: challenge.id,
        record: (cancelled) => ({
          audit: cancelled ? [auditEntry(parts, client, { challenge, event: 'challenge.cancelled' })] : [],
        }),
      })
    },

    async cancelAll(accountId, client) {
      return await parts.store.cancelChallenges({
        accountId,
        record: (count) => ({
          audit:
            count > 0
              ? [auditEntry(parts, client, { accountId, event: 'challenge.cancelled', detail: { count } })]
              : [],
        }),
      })
    },
  }
}

/** A challenge to be stored, and the key that its opener gets. `binding` is made here unless there is a session to bind to. */
export function newChallenge(
  parts: Parts,
  input: {
    accountId: string
    action: string
    resource?: Readonly<Record<string, string>>
    purpose?: string
    binding?: string
    sessionHash?: string
    digest?: string
    evidence?: readonly string[]
    onlyEnrollmentId?: string
    begunAt?: number
    atLeast?: string | null
    knownBrowserId?: string | null
    mayTrust?: boolean
  },
): { challenge: NewChallenge; key: ChallengeKey } {
  const now = parts.clock()
  const key = { id: token(parts.random, 16), binding: input.binding ?? token(parts.random, 32) }
  const subject = {
    purpose: input.purpose ?? purposeOf((parts.actions.get(input.action) ?? actions.login).purpose),
    resource: input.resource ?? {},
  }
  const challenge = {
    ...(input.digest === undefined ? subject : { purpose: sealSubject(parts, key.id, subject), resource: {} }),
    id: key.id,
    accountId: input.accountId,
    action: input.action,
    bindingHash: parts.keys.hash(bindingContext(key.id), key.binding),
    sessionHash: input.sessionHash ?? '',
    digest: input.digest ?? '',
    evidence: input.evidence ?? [],
    atLeast: input.atLeast ?? null,
    maxTries: parts.limits.triesPerChallenge,
    createdAt: Math.min(input.begunAt ?? now, now),
    expiresAt: now + parts.limits.challengeLifetimeSeconds * 1000,
    onlyEnrollmentId: input.onlyEnrollmentId ?? null,
    knownBrowserId: input.knownBrowserId ?? null,
    mayTrust: input.mayTrust ?? false,
  }
  return { challenge, key }
}

/**
 * Sends the code of the enrollment that is asked for first, and says in the view when that was refused. Where a device may
 * answer, pages ask for that first, so a code is sent only once it is chosen.
 */
export async function promptFirst(parts: Parts, snapshot: ChallengeSnapshot, client: Client): Promise<ChallengeView> {
  const answering = candidates(parts, snapshot)
  const [first] = answering
  if (first === undefined || answering.some(({ method }) => method.device !== undefined)) return viewOf(parts, snapshot)
  const prompted = await sendPrompt(parts, snapshot, first, client)
  if (prompted.ok) return viewOf(parts, prompted.snapshot)
  const { reason, retryAt } = prompted
  const view = viewOf(parts, snapshot)
  return reason === 'closed' ? view : { ...view, refused: { enrollmentId: first.row.id, reason, retryAt } }
}

/** The challenge, if `key` is really its opener's. A wrong binding is the same as no challenge. */
async function load(parts: Parts, key: ChallengeKey): Promise<ChallengeSnapshot | null> {
  const snapshot = await parts.store.readChallenge(key.id)
  return snapshot !== null && isBound(parts, snapshot, key) ? snapshot : null
}

/** The same for whoever is about to do something with it: a wrong binding goes into the audit log. */
export async function loadFor(parts: Parts, key: ChallengeKey, client: Client): Promise<ChallengeSnapshot | null> {
  const snapshot = await parts.store.readChallenge(key.id)
  if (snapshot === null || isBound(parts, snapshot, key)) return snapshot
  const { challenge } = snapshot
  const detail = { reason: 'binding' }
  await countRefused(parts, client, { challenge, event: 'attempt.refused', outcome: 'refused', detail })
  return null
}

function isBound(parts: Parts, { challenge: { id, bindingHash } }: ChallengeSnapshot, key: ChallengeKey): boolean {
  return parts.keys.matches(bindingHash, bindingContext(id), key.binding)
}

export function isOpen(parts: Parts, { challenge }: ChallengeSnapshot): boolean {
  return challenge.status === 'open' && challenge.expiresAt > parts.clock()
}

function bindingContext(challengeId: string): string {
  return JSON.stringify(['binding', challengeId])
}
