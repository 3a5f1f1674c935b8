import type { Asking, Method } from '../contract/method.ts'
import type { ChallengeSnapshot, EnrollmentRow } from '../contract/store.ts'
import { floorsOf } from '../policy/floors.ts'
import { independentOf } from '../policy/independent.ts'
import { type MayAnswer, mayAnswer } from '../policy/may-answer.ts'
import { nonceOf } from './nonce.ts'
import { type Parts, strengthIn } from './parts.ts'
import { readable } from './secret.ts'
import { subjectOf } from './subject.ts'

/** One enrollment that may answer a challenge. */
export interface Choice {
  readonly enrollmentId: string
  readonly method: string
  readonly name: string
  readonly hint: string
  readonly primary: boolean
  /** Whether a code has to be sent before it can be answered. */
  readonly sends: boolean
  /** How many digits the code has; null where it is no plain number. */
  readonly digits: number | null
}

/** A challenge as the person meets it. Times are milliseconds since the epoch. */
export interface ChallengeView {
  readonly id: string
  readonly action: string
  /** Completes "Confirm it's you to …". */
  readonly purpose: string
  readonly expiresAt: number
  readonly attemptsLeft: number
  /** Until when no answer is judged; 0 when the account is not locked. */
  readonly lockedUntil: number
  /** Primary first, backups last. */
  readonly methods: readonly Choice[]
  /** Methods of the account, by their kind, that may not answer because they would only repeat the evidence there is already. */
  readonly repeats: readonly string[]
  /** The enrollment to ask for now: the one a code was sent for, else the primary; null when none may answer. */
  readonly active: string | null
  readonly code: {
    readonly enrollmentId: string
    /** False when the provider did not take the message: offer the other methods. */
    readonly delivered: boolean
    readonly expiresAt: number
    readonly resendAt: number
  } | null
  /**
   * What the page hands to the person's devices, by kind of method, for all enrollments of the kind at once: the one that answers
   * is known by its place in `enrollmentIds`. Good for five minutes; the view that is read then has another one.
   */
  readonly devices: Readonly<Record<string, { readonly asking: Asking; readonly enrollmentIds: readonly string[] }>>
  /** For how long the browser can be trusted once this is passed; null when it can't be. */
  readonly trustSeconds: number | null
  /** Why no code was sent when the challenge was opened, and from when one can be; null when nothing stood in the way. */
  readonly refused: {
    readonly enrollmentId: string
    readonly reason: 'too_soon' | 'limit' | 'locked'
    readonly retryAt: number
  } | null
}

export interface Candidate {
  readonly row: EnrollmentRow
  readonly method: Method
}

/** Every enrollment whose method is configured, and whether it may answer for the action. One that is not, or is disabled, answers nothing. */
export function judged(
  parts: Parts,
  actionName: string,
  resource: Readonly<Record<string, string>>,
  enrollments: readonly EnrollmentRow[],
  mandated: string | null,
): readonly (Candidate & { readonly may: MayAnswer })[] {
  const action = parts.actions.get(actionName)
  if (action === undefined) return []
  const now = parts.clock()
  const floors = floorsOf(action, resource, enrollments, strengthIn(parts), mandated)
  return enrollments.flatMap((row) => {
    const method = parts.methods.get(row.method)
    if (method === undefined || row.disabled) return []
    const { backup, strength } = method
    // One that is being set up confirms itself, however it came to be begun.
    const fresh = row.status === 'active' && row.fullStrengthFrom > now
    return [{ row, method, may: mayAnswer(action, { backup, strength, fresh }, floors) }]
  })
}

/** The enrollments that may answer a challenge, by the policy of its action. */
export function candidates(parts: Parts, snapshot: ChallengeSnapshot): readonly Candidate[] {
  return independentOf(allowed(parts, snapshot), snapshot.challenge.evidence)
}

function allowed(parts: Parts, { challenge, enrollments }: ChallengeSnapshot): readonly Candidate[] {
  const { resource } = subjectOf(parts, challenge)
  return judged(parts, challenge.action, resource, enrollments, challenge.atLeast).filter(({ may }) => may.allowed)
}

export function viewOf(parts: Parts, snapshot: ChallengeSnapshot): ChallengeView {
  const { challenge, account } = snapshot
  const now = parts.clock()
  const answering = candidates(parts, snapshot)
  const left = allowed(parts, snapshot).filter(({ row }) => answering.every((candidate) => candidate.row.id !== row.id))
  const methods = answering.map(({ row, method }) => ({
    enrollmentId: row.id,
    method: row.method,
    name: row.name,
    hint: row.hint,
    primary: row.primary,
    sends: method.prompt !== undefined,
    digits: method.digits ?? null,
  }))
  const live = challenge.prompt !== null && challenge.prompt.expiresAt > now ? challenge.prompt : null
  // A code for a method that has been removed since is none.
  const prompt = methods.some(({ enrollmentId }) => enrollmentId === live?.enrollmentId) ? live : null
  return {
    id: challenge.id,
    action: challenge.action,
    purpose: subjectOf(parts, challenge).purpose,
    expiresAt: challenge.expiresAt,
    attemptsLeft: Math.max(0, challenge.maxTries - challenge.tries),
    lockedUntil: isLocked(parts, snapshot) ? account.lockedUntil : 0,
    methods,
    repeats: [...new Set(left.map(({ row }) => row.method))],
    active: prompt?.enrollmentId ?? methods[0]?.enrollmentId ?? null,
    code:
      prompt === null
        ? null
        : {
            enrollmentId: prompt.enrollmentId,
            delivered: !prompt.failed,
            expiresAt: prompt.expiresAt,
            resendAt: prompt.resendAt,
          },
    devices: devicesOf(parts, snapshot, answering),
    trustSeconds: challenge.mayTrust ? parts.limits.trustedDeviceSeconds : null,
    refused: null,
  }
}

function devicesOf(
  parts: Parts,
  { challenge }: ChallengeSnapshot,
  answering: readonly Candidate[],
): ChallengeView['devices'] {
  // What is being set up is asked for once, when that begins.
  const asked = answering.filter(({ row, method }) => method.device !== undefined && row.status === 'active')
  if (asked.length === 0) return {}
  const nonce = nonceOf(parts, challenge)
  const kinds = new Map(asked.map(({ method }) => [method.kind, method]))
  return Object.fromEntries(
    [...kinds].flatMap(([kind, { device }]) => {
      const rows = asked.flatMap(({ row }) => (row.method === kind ? [row] : []))
      const opened = readable(parts, rows)
      return device === undefined
        ? []
        : [[kind, { asking: device.ask({ nonce }, opened), enrollmentIds: opened.map(({ id }) => id) }]]
    }),
  )
}

/** Whether the account takes no answers to this challenge now: those of its owner's own browser it does (requirement D7). */
export function isLocked({ clock, limits }: Parts, { account, knownFailures }: ChallengeSnapshot): boolean {
  return account.lockedUntil > clock() && (knownFailures === null || knownFailures >= limits.triesPerAccount)
}
