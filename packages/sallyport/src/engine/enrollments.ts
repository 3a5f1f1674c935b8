import type { Client } from '../contract/client.ts'
import { SallyportError } from '../contract/errors.ts'
import type { EnrollmentRow } from '../contract/store.ts'
import { token } from '../crypto/code.ts'
import { type Answer, attempt, enabledFrom, type Refusal } from './attempt.ts'
import { auditEntry, notices } from './audit.ts'
import { type ChallengeKey, loadFor, newChallenge, promptFirst } from './challenges.ts'
import { inTime } from './delivery.ts'
import { methodOf, type Parts } from './parts.ts'
import { checkedName, newBackups, newEnrollment } from './new-enrollment.ts'
import { amrOf, mint, type Proof } from './proof.ts'
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
}

export interface MethodsView {
  /** Since when the account has MFA on; null while it is off. */
  readonly enabledAt: number | null
  readonly methods: readonly EnrollmentView[]
  /** What could be set up, and whether it can be now. */
  readonly available: readonly {
    readonly method: string
    readonly label: string
    readonly status: 'ready' | 'no_contact' | 'full'
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
  | { readonly ok: false; readonly reason: 'no_contact' | 'full' | 'unproved' }

export type ConfirmResult =
  | {
      readonly ok: true
      /** Set when this was the account's first second factor: every session but the one to be issued from `proof` has ended. */
      readonly enabled: { readonly proof: Proof<'mfa.enable'>; readonly recoveryCodes: readonly string[] } | null
    }
  | Refusal

/** A session of the host's. */
export interface HostSession {
  /** Whatever tells it from every other; it is stored only as a keyed hash. */
  readonly id: string
  /** Of the proof that it was issued from: null when that was `clear`. */
  readonly challengeId: string | null
}

export interface Enrollments {
  /** Since when the account has MFA on, in milliseconds since the epoch; null while it is off. */
  enabledAt(accountId: string): Promise<number | null>
  list(accountId: string): Promise<MethodsView>
  /** Begins setting up a method, bound to the host's session. It counts for nothing until it is confirmed. */
  begin(
    input: { accountId: string; session: HostSession; method: string; name?: string },
    client: Client,
  ): Promise<BeginResult>
  /** Confirms it with a first right answer. */
  confirm(key: ChallengeKey, answer: Answer, client: Client): Promise<ConfirmResult>
  /** False when the account has no such method, or it is a backup. */
  setPrimary(input: { accountId: string; enrollmentId: string }, client: Client): Promise<boolean>
  rename(
    input: { accountId: string; enrollmentId: string; name: string },
    client: Client,
  ): Promise<'renamed' | 'taken' | 'absent'>
  /** Removes the method that the proof was given for. Removing the last one turns MFA off. */
  remove(proof: Proof<'mfa.method.remove'>, client: Client): Promise<'removed' | 'absent' | 'spent'>
}

export function enrollmentsOf(parts: Parts): Enrollments {
  return {
    async enabledAt(accountId) {
      return (await parts.store.readAccount(accountId)).account.mfaEnabledAt
    },

    async list(accountId) {
      const [{ account, enrollments }, owner] = await Promise.all([
        parts.store.readAccount(accountId),
        parts.accounts.find(accountId),
      ])
      const now = parts.clock()
      const available = [...parts.methods.values()].flatMap((method) => {
        if (method.backup) return []
        const count = enrollments.filter((row) => row.method === method.kind).length
        const possible = owner !== null && method.enroll({ account: owner, now, random: parts.random }) !== null
        const status = count >= method.perAccount ? 'full' : possible ? 'ready' : 'no_contact'
        return [{ method: method.kind, label: method.label, status } as const]
      })
      return { enabledAt: account.mfaEnabledAt, methods: enrollments.map(toView), available }
    },

    async begin({ accountId, session, method: kind, name }, client) {
      const method = methodOf(parts, kind)
      if (method.backup)
        throw new SallyportError('method_unavailable', 'a backup is made together with the first other method')
      const account = await parts.accounts.find(accountId)
      if (account === null) throw new SallyportError('account_not_found')
      const enrolling = method.enroll({ account, now: parts.clock(), random: parts.random })
      if (enrolling === null) return { ok: false, reason: 'no_contact' }
      const id = token(parts.random, 16)
      const enrollment = newEnrollment(parts, method, { accountId, id, name: name ?? method.label, enrolling })
      const { challenge, key } = newChallenge(parts, {
        accountId,
        action: 'mfa.method.add',
        resource: id,
        resourceName: enrollment.name,
        binding: session.id,
        onlyEnrollmentId: id,
      })
      const snapshot = await parts.store.beginEnrollment({
        enrollment,
        challenge,
        perAccount: method.perAccount,
        provedMfa: session.challengeId !== null,
        record: (outcome) => ({
          audit:
            outcome !== 'begun'
              ? []
              : [auditEntry(parts, client, { challenge, event: 'method.enrolling', enrollmentId: id, method: kind })],
        }),
      })
      if (snapshot === 'full' || snapshot === 'unproved') return { ok: false, reason: snapshot }
      const shown = await promptFirst(parts, snapshot, client)
      return { ok: true, enrollmentId: id, challenge: shown, key, setup: enrolling.setup }
    },

    async confirm(key, answer, client) {
      const snapshot = await loadFor(parts, key, client)
      if (snapshot === null || snapshot.challenge.action !== 'mfa.method.add') return { ok: false, reason: 'not_found' }
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
        amr: amrOf([], method.amr),
        at: boundary,
        challengeId: snapshot.challenge.id,
        reason: null,
      })
      return { ok: true, enabled: { proof, recoveryCodes: backups.flatMap((backup) => backup.shown) } }
    },

    async setPrimary({ accountId, enrollmentId }, client) {
      return await parts.store.setPrimary({
        accountId,
        enrollmentId,
        record: (changed) => ({
          audit: changed
            ? [auditEntry(parts, client, { accountId, enrollmentId, event: 'method.primary_changed' })]
            : [],
        }),
      })
    },

    async rename({ accountId, enrollmentId, name }, client) {
      const checked = checkedName(name)
      return await parts.store.rename({
        accountId,
        enrollmentId,
        name: checked,
        record: (outcome) => ({
          audit:
            outcome === 'renamed'
              ? [
                  auditEntry(parts, client, {
                    accountId,
                    enrollmentId,
                    event: 'method.renamed',
                    detail: { name: checked },
                  }),
                ]
              : [],
        }),
      })
    },

    async remove(proof, client) {
      const { accountId, challengeId, resource: enrollmentId } = proof.redeem('mfa.method.remove')
      const { enrollments } = await parts.store.readAccount(accountId)
      const subject = enrollments.find((row) => row.id === enrollmentId)?.name ?? ''
      const strongestFirst = [...parts.methods.values()].sort((a, b) => b.strength - a.strength).map(({ kind }) => kind)
      const outcome = await parts.store.removeEnrollment({
        challengeId: challengeId ?? '',
        accountId,
        enrollmentId,
        now: parts.clock(),
        strongestFirst,
        record: (done) => {
          if (done.result !== 'removed') return { audit: [] }
          const about = { accountId, enrollmentId, detail: { name: subject } }
          const audit = [auditEntry(parts, client, { ...about, event: 'method.removed' })]
          if (done.disabledMfa) audit.push(auditEntry(parts, client, { ...about, event: 'mfa.disabled' }))
          if (done.promoted !== null) {
            const promoted = { accountId, enrollmentId: done.promoted }
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
      return outcome.result
    },
  }
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
  }
}
