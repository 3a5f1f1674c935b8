import type { Client } from '../contract/client.ts'
import { actions, purposeOf } from '../contract/action.ts'
import { SallyportError } from '../contract/errors.ts'
import type { Asking, OpenEnrollment } from '../contract/method.ts'
import type { EnrollmentRow } from '../contract/store.ts'
import { token } from '../crypto/code.ts'
import { type Answer, attempt, enabledFrom, type Refusal } from './attempt.ts'
import { auditEntry, notices } from './audit.ts'
import { sessionHash } from './binding.ts'
import type { Grant } from './grant.ts'
import { type ChallengeKey, loadFor, newChallenge, promptFirst } from './challenges.ts'
import { inTime } from './delivery.ts'
import { mustKeep } from '../policy/mandates.ts'
import { methodOf, type Parts, rulesOf, strengthIn } from './parts.ts'
import { checkedName, newBackups, newEnrollment } from './new-enrollment.ts'
import { nonceOf } from './nonce.ts'
import { amrOf, mint, type Proof } from './proof.ts'
import { readable } from './secret.ts'
import type { ChallengeView } from './view.ts'

/** One second factor of an account, as its owner sees it. Times are milliseconds since the epoch. */
export interface EnrollmentView {
  readonly enrollmentId: string
  readonly method: string
  readonly name: string
  readonly hint: string
  readonly primary: boolean
  readonly backup: boolean
  readonly createdAt: number
  readonly lastUsedAt: number | null
  /** Unused codes of a backup; null for other methods. */
  readonly codesLeft: number | null
  /** It got too many wrong answers in a row: it counts for nothing until it is removed and set up anew. */
  readonly disabled: boolean
}

export interface MethodsView {
  /** Since when the account has MFA on; null while it is off. */
  readonly enabledAt: number | null
  /** Whether an organisation signs in to the account: then nothing of this is asked for, and nothing of it can be changed. */
  readonly managed: boolean
  readonly methods: readonly EnrollmentView[]
  /** What the browser is told of the keys that are good still, by kind of method, where there are any. */
  readonly accepted: Readonly<Record<string, Asking>>
  /** What could be set up, and whether it can be now. */
  readonly available: readonly {
    readonly method: string
    readonly label: string
    /** `managed`: an organisation signs in to the account. */
    readonly status: 'ready' | 'no_contact' | 'full' | 'managed'
  }[]
}

export type BeginResult =
  | {
      readonly ok: true
      readonly enrollmentId: string
      readonly challenge: ChallengeView
      readonly key: ChallengeKey
      /** What the person is shown once, in the method's own shape. */
      readonly setup: unknown
    }
  /** `unproved`: the session is from before MFA was turned on, and has yet to be ended by the host. */
  | { readonly ok: false; readonly reason: 'no_contact' | 'full' | 'managed' | 'unproved' }

export type ConfirmResult =
  | {
      readonly ok: true
      /** Set when this was the account's first second factor: every session but the one to be issued from `proof` has ended. */
      readonly enabled: { readonly proof: Proof<'mfa.enable'>; readonly recoveryCodes: readonly string[] } | null
    }
  | Refusal

export interface Enrollments {
  /** Since when the account has MFA on, in milliseconds since the epoch; null while it is off. */
  enabledAt(accountId: string): Promise<number | null>
  list(accountId: string): Promise<MethodsView>
  /**
   * Begins setting up the method whose kind the grant names, bound to the session it was granted in. It counts for nothing until
   * it is confirmed. Throws `account_not_found`, and `method_unavailable` for a backup.
   */
  begin(grant: Grant<'mfa.method.add', { readonly name?: string } | null>, client: Client): Promise<BeginResult>
  /** Confirms it with a first right answer. */
  confirm(key: ChallengeKey, answer: Answer, client: Client): Promise<ConfirmResult>
  /** False when the account has no such method, or it is a backup. */
  setPrimary(grant: Grant<'mfa.method.set_primary'>, client: Client): Promise<boolean>
  rename(
    grant: Grant<'mfa.method.rename', { readonly name: string }>,
    client: Client,
  ): Promise<'renamed' | 'taken' | 'absent'>
  /** Removes the method. Removing the last one turns MFA off. `mandatory`: the account must keep it (requirement E3). */
  remove(grant: Grant<'mfa.method.remove'>, client: Client): Promise<'removed' | 'absent' | 'mandatory'>
  /** Turns MFA off and removes every method; whether it was on. */
  disable(grant: Grant<'mfa.disable'>, client: Client): Promise<boolean>
  /** Makes a new set of every backup; the old ones stop working. Null while MFA is off. */
  renewRecoveryCodes(
    grant: Grant<'recovery_codes.renew'>,
    client: Client,
  ): Promise<{ readonly codes: readonly string[] } | null>
}

export function enrollmentsOf(parts: Parts): Enrollments {
  return {
    async enabledAt(accountId) {
      return (await parts.store.readAccount(accountId)).account.mfaEnabledAt
    },

    async list(accountId) {
      const [{ account, enrollments }, owner, { managed }] = await Promise.all([
        parts.store.readAccount(accountId),
        parts.accounts.find(accountId),
        rulesOf(parts, accountId),
      ])
      const now = parts.clock()
      const available = [...parts.methods.values()].flatMap((method) => {
        if (method.backup) return []
        const count = enrollments.filter((row) => row.method === method.kind).length
        const possible =
          owner !== null && method.enroll({ account: owner, now, random: parts.random, others: [] }) !== null
        const status = managed ? 'managed' : count >= method.perAccount ? 'full' : possible ? 'ready' : 'no_contact'
        return [{ method: method.kind, label: method.label, status } as const]
      })
      const accepted = Object.fromEntries(
        [...parts.methods.values()].flatMap(({ kind, device }) => {
          const opened =
            device === undefined
              ? []
              : readable(
                  parts,
                  enrollments.filter(({ method }) => method === kind),
                )
          return device === undefined || opened.length === 0 ? [] : [[kind, device.accepted(opened)]]
        }),
      )
      return { enabledAt: account.mfaEnabledAt, managed, methods: enrollments.map(toView), accepted, available }
    },

    async begin(grant, client) {
      const { accountId, sessionId, challengeId, resource, parameters, methods } = grant.redeem('mfa.method.add')
      const kind = resource.method
      const method = methodOf(parts, kind)
      if (method.backup)
        throw new SallyportError('method_unavailable', 'a backup is made together with the first other method')
      const account = await parts.accounts.find(accountId)
      if (account === null) throw new SallyportError('account_not_found')
      if ((await rulesOf(parts, accountId)).managed) return { ok: false, reason: 'managed' }
      const others = method.device === undefined ? [] : await enrolledIn(parts, accountId, kind)
      const enrolling = method.enroll({ account, now: parts.clock(), random: parts.random, others })
      if (enrolling === null) return { ok: false, reason: 'no_contact' }
      const id = token(parts.random, 16)
      const recovered = methods.some((answered) => parts.methods.get(answered)?.backup === true)
      const enrollment = newEnrollment(parts, method, {
        accountId,
        id,
        name: parameters?.name ?? method.label,
        enrolling,
        fullStrengthFrom: recovered ? parts.clock() + parts.limits.recoveredMethodSeconds * 1000 : 0,
      })
      const { challenge, key } = newChallenge(parts, {
        accountId,
        action: 'mfa.method.confirm',
        resource: { method: id },
        purpose: purposeOf(actions['mfa.method.confirm'].purpose, { method: enrollment.name }),
        binding: sessionId,
        sessionHash: sessionHash(parts, accountId, sessionId),
        onlyEnrollmentId: id,
      })
      const snapshot = await parts.store.beginEnrollment({
        enrollment,
        challenge,
        perAccount: method.perAccount,
        provedMfa: challengeId !== null,
        record: (outcome) => ({
          audit:
            outcome !== 'begun'
              ? []
              : [auditEntry(parts, client, { challenge, event: 'method.enrolling', enrollmentId: id, method: kind })],
        }),
      })
      // Setting up a method has no such limit: it sends to contacts that are confirmed.
      if (snapshot === 'limit') throw new SallyportError('send_limit')
      if (snapshot === 'full' || snapshot === 'unproved') return { ok: false, reason: snapshot }
      const shown = await promptFirst(parts, snapshot, client)
      const opened = { id, accountId, secret: enrolling.secret, lastCounter: -1 }
      const nonce = nonceOf(parts, snapshot.challenge)
      const setup = method.device?.register({ nonce, account }, opened, others) ?? enrolling.setup
      return { ok: true, enrollmentId: id, challenge: shown, key, setup }
    },

    async confirm(key, answer, client) {
      const snapshot = await loadFor(parts, key, client)
      if (snapshot?.challenge.action !== 'mfa.method.confirm') return { ok: false, reason: 'not_found' }
      const { accountId } = snapshot.challenge
      const backups = newBackups(parts, accountId)
      const onPass = { activate: { backups: backups.map((backup) => backup.enrollment) } }
      const attempted = await attempt(parts, snapshot, answer, client, onPass)
      if (!attempted.ok) return attempted
      if (!attempted.outcome.enabledMfa) return { ok: true, enabled: null }
      // Taken after the commit: whoever signed in without MFA began before it, and so is older.
      const boundary = enabledFrom(parts)
      // The codes are shown this once, so nothing may come between; the outbox asks again until the host has done it.
      const ended = await inTime(parts, () => parts.accounts.endSessions(accountId, boundary))
      if (!ended.done) parts.onFault(ended.error)
      const { method } = attempted.candidate
      const proof = mint({
        accountId,
        action: 'mfa.enable',
        resource: answer.enrollmentId,
        methods: [method.kind],
        amr: amrOf([], attempted.amr),
        at: boundary,
        begunAt: boundary,
        challengeId: snapshot.challenge.id,
        reason: null,
        replaces: false,
      })
      return { ok: true, enabled: { proof, recoveryCodes: backups.flatMap((backup) => backup.shown) } }
    },

    async setPrimary(grant, client) {
      const { accountId, resource, challengeId } = grant.redeem('mfa.method.set_primary')
      if (isFromBefore(challengeId)) return false
      const enrollmentId = resource.method
      const about = { accountId, enrollmentId, ...(await readKind(parts, accountId, enrollmentId)) }
      return await parts.store.setPrimary({
        accountId,
        enrollmentId,
        record: (changed) => ({
          audit: changed ? [auditEntry(parts, client, { ...about, event: 'method.primary_changed' })] : [],
        }),
      })
    },

    async rename(grant, client) {
      const { accountId, resource, parameters, challengeId } = grant.redeem('mfa.method.rename')
      if (isFromBefore(challengeId)) return 'absent'
      const enrollmentId = resource.method
      const checked = checkedName(parameters.name)
      const about = { accountId, enrollmentId, ...(await readKind(parts, accountId, enrollmentId)) }
      return await parts.store.rename({
        accountId,
        enrollmentId,
        name: checked,
        record: (outcome) => ({
          audit:
            outcome === 'renamed'
              ? [auditEntry(parts, client, { ...about, event: 'method.renamed', detail: { name: checked } })]
              : [],
        }),
      })
    },

    async remove(grant, client) {
      const { accountId, resource, challengeId } = grant.redeem('mfa.method.remove')
      if (isFromBefore(challengeId)) return 'absent'
      const enrollmentId = resource.method
      const { enrollments } = await parts.store.readAccount(accountId)
      const gone = enrollments.find((row) => row.id === enrollmentId)
      const subject = gone?.name ?? ''
      const { mandates } = await rulesOf(parts, accountId)
      const strongestFirst = [...parts.methods.values()].sort((a, b) => b.strength - a.strength).map(({ kind }) => kind)
      const outcome = await parts.store.removeEnrollment({
        accountId,
        enrollmentId,
        strongestFirst,
        // Again, with what is there by now: two removals that were confirmed together must not take away both.
        mayLeave: (left, of) => !mustKeep(mandates, of, left, strengthIn(parts)),
        record: (done) => {
          if (done.result !== 'removed') return { audit: [] }
          const about = {
            accountId,
            enrollmentId,
            ...kindOf(gone),
            ...confirmedBy(challengeId),
            detail: { name: subject },
          }
          const audit = [auditEntry(parts, client, { ...about, event: 'method.removed' })]
          if (done.disabledMfa) audit.push(auditEntry(parts, client, { ...about, event: 'mfa.disabled' }))
          if (done.promoted !== null) {
            const next = enrollments.find((row) => row.id === done.promoted)
            const promoted = { accountId, enrollmentId: done.promoted, ...kindOf(next) }
            audit.push(auditEntry(parts, client, { ...promoted, event: 'method.primary_changed' }))
          }
          return {
            audit,
            notices: notices(parts, client, {
              accountId,
              kind: done.disabledMfa ? 'mfa.disabled' : 'method.removed',
              at: parts.clock(),
              subject,
            }),
          }
        },
      })
      parts.tell()
      return outcome.result === 'kept' ? 'mandatory' : outcome.result
    },

    async disable(grant, client) {
      const { accountId, challengeId } = grant.redeem('mfa.disable')
      if (isFromBefore(challengeId)) return false
      const was = await parts.store.disableMfa({
        accountId,
        record: (wasOn) =>
          wasOn
            ? {
                audit: [auditEntry(parts, client, { accountId, ...confirmedBy(challengeId), event: 'mfa.disabled' })],
                notices: notices(parts, client, { accountId, kind: 'mfa.disabled', at: parts.clock(), subject: '' }),
              }
            : { audit: [] },
      })
      parts.tell()
      return was
    },

    async renewRecoveryCodes(grant, client) {
      const { accountId, challengeId } = grant.redeem('recovery_codes.renew')
      if (isFromBefore(challengeId)) return null
      const backups = newBackups(parts, accountId)
      const done = await parts.store.replaceBackups({
        accountId,
        backups: backups.map(({ enrollment }) => enrollment),
        record: (renewed) => {
          if (!renewed) return { audit: [] }
          const [set] = backups
          const made = set === undefined ? {} : { enrollmentId: set.enrollment.id, method: set.enrollment.method }
          const about = { accountId, ...made, ...confirmedBy(challengeId) }
          return {
            audit: [auditEntry(parts, client, { ...about, event: 'recovery_codes.renewed' })],
            notices: notices(parts, client, {
              accountId,
              kind: 'recovery_codes.renewed',
              at: parts.clock(),
              subject: '',
            }),
          }
        },
      })
      parts.tell()
      return done ? { codes: backups.flatMap(({ shown }) => shown) } : null
    },
  }
}

/** What the account has of a kind, opened. */
async function enrolledIn(parts: Parts, accountId: string, kind: string): Promise<readonly OpenEnrollment[]> {
  const { enrollments } = await parts.store.readAccount(accountId)
  return readable(
    parts,
    enrollments.filter(({ method }) => method === kind),
  )
}

/**
 * Whether a grant is from while MFA was off, when there was nothing to change or remove. By now there may be: that takes a
 * second factor.
 */
function isFromBefore(challengeId: string | null): challengeId is null {
  return challengeId === null
}

/** Which challenge allowed it, for the audit log. */
function confirmedBy(challengeId: string | null): { readonly challengeId?: string } {
  return challengeId === null ? {} : { challengeId }
}

/** Of which method an enrollment is, for the audit log: that never changes, so it may be read before the step. */
async function readKind(parts: Parts, accountId: string, enrollmentId: string): Promise<{ readonly method?: string }> {
  const { enrollments } = await parts.store.readAccount(accountId)
  return kindOf(enrollments.find((row) => row.id === enrollmentId))
}

function kindOf(row: EnrollmentRow | undefined): { readonly method?: string } {
  return row === undefined ? {} : { method: row.method }
}

function toView(row: EnrollmentRow): EnrollmentView {
  return {
    enrollmentId: row.id,
    method: row.method,
    name: row.name,
    hint: row.hint,
    primary: row.primary,
    backup: row.backup,
    createdAt: row.createdAt,
    lastUsedAt: row.lastUsedAt,
    codesLeft: row.backup ? row.codesLeft : null,
    disabled: row.disabled,
  }
}
