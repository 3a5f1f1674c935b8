import { randomBytes } from 'node:crypto'
import type { Accounts } from './contract/account.ts'
import type { Clock, Random } from './contract/clock.ts'
import { SallyportError } from './contract/errors.ts'
import type { Meter } from './contract/meter.ts'
import type { Method, MethodFactory } from './contract/method.ts'
import type { Store } from './contract/store.ts'
import { KeyRing } from './crypto/key-ring.ts'
import { actionsOf } from './engine/actions.ts'
import { administrationOf } from './engine/administration.ts'
import { auditReader } from './engine/audit-log.ts'
import { auditEntry } from './engine/audit.ts'
import { challengesOf } from './engine/challenges.ts'
import { contactsOf } from './engine/contacts.ts'
import { inTime } from './engine/delivery.ts'
import { devicesOf } from './engine/devices.ts'
import { enforcementOf } from './engine/enforcement.ts'
import { enrollmentsOf } from './engine/enrollments.ts'
import { counting, measuresOf, nothingMeasured } from './engine/metrics.ts'
import { networkOf } from './engine/network.ts'
import { noticesOf } from './engine/notices.ts'
import type { Parts } from './engine/parts.ts'
import { recoveryOf } from './engine/recovery.ts'
import type { Sallyport } from './engine/sallyport.ts'
import { signInOf } from './engine/sign-in.ts'
import { actionTable, type NoActions, type OwnActions, type Policy } from './policy/actions.ts'
import { type Limits, limitsFor, type Profile } from './policy/limits.ts'

export { type Action, type ActionDefinition, actions, type Thing, type Window } from './contract/action.ts'
export type { Account, Accounts, Mandate, Rules } from './contract/account.ts'
export { type AuditEntry, type AuditEvent, auditEvents, type AuditFilter } from './contract/audit.ts'
export type { Client } from './contract/client.ts'
export type { Clock, Random } from './contract/clock.ts'
export { type ErrorCode, errorCodes, SallyportError } from './contract/errors.ts'
export { type Meter, metricTable } from './contract/meter.ts'
export { strengths } from './contract/method.ts'
export type * from './contract/method.ts'
export { type HostNoticeKind, type Notice, type NoticeKind, noticeKinds } from './contract/notice.ts'
export type * from './contract/sender.ts'
export type { Store } from './contract/store.ts'
export { KeyRing } from './crypto/key-ring.ts'
export type { GrantKey, GrantRow } from './contract/grant.ts'
export type { Actions, Explanation } from './engine/actions.ts'
export type { Demand, HostSession, Outcome, Presented, Refused } from './engine/demand.ts'
export type { Answer, Refusal } from './engine/attempt.ts'
export type { Answerable, AnswerResult, ChallengeKey, Challenges, PromptResult } from './engine/challenges.ts'
export type { ConfirmedContact, Contacts } from './engine/contacts.ts'
export type { BeginResult, ConfirmResult, Enrollments, EnrollmentView, MethodsView } from './engine/enrollments.ts'
export type { Grant, Granted } from './engine/grant.ts'
export type { Notices } from './engine/notices.ts'
export type { Proof, Provable, Proven } from './engine/proof.ts'
export type { Sallyport } from './engine/sallyport.ts'
export type { AccountState, Administration } from './engine/administration.ts'
export { type AuditPage, type AuditReader, auditReader } from './engine/audit-log.ts'
export { browserOf } from './engine/browser.ts'
export type { BrowserTokens, Devices, DeviceView } from './engine/devices.ts'
export type { Guessed, Network } from './engine/network.ts'
export type { Enforcement, Standing, StandingInput } from './engine/enforcement.ts'
export type { Recovery } from './engine/recovery.ts'
export type { PasskeyResult, Passkeys } from './engine/passkeys.ts'
export type { FirstFactor, SignIn, SignInInput, SignInStep } from './engine/sign-in.ts'
export type { ChallengeView, Choice } from './engine/view.ts'
export type { ActionTable, NoActions, OwnAction, OwnActions, Policy, ResourceOf, StepUp } from './policy/actions.ts'
export type { Decision, Reason } from './policy/is-confirmed.ts'
export { type Limits, limitTable, type Profile } from './policy/limits.ts'

export interface SallyportOptions<Own extends OwnActions = NoActions> {
  /** What people know the application as, and the origin its pages are served from, for example `https://app.example`. */
  readonly app: { readonly name: string; readonly origin: string }
  /** Each base64url of at least 32 random bytes, kept outside the database. The first seals, all open. */
  readonly keys: readonly string[]
  readonly store: Store
  /** The methods people can set up, each configured with what it needs: `email({ sender })`, `totp()`. */
  readonly methods: readonly MethodFactory[]
  readonly accounts: Accounts
  /** Actions of your own that a challenge protects, beside those that are shipped; see docs/actions.md. */
  readonly actions?: Own
  /** What differs for the shipped actions: switched off where that is possible, a floor, another window. */
  readonly policy?: Policy
  /** Which defaults the limits have. Default `standard`. */
  readonly profile?: Profile
  /** Single limits that differ from the profile; see docs/options.md for units and bounds. */
  readonly limits?: Partial<Limits>
  /** Default: the system's clock. */
  readonly clock?: Clock
  /** Default: `randomBytes` of `node:crypto`. */
  readonly random?: Random
  /** Makes the signal that cuts off a sender. Default: `AbortSignal.timeout`. */
  readonly deadline?: (milliseconds: number) => AbortSignal
  /** Told of faults that no caller waits for: a code or a notice that could not be delivered, a meter that threw. Default: ignored. */
  readonly onFault?: (error: unknown) => void
  /** An OpenTelemetry meter, for example `metrics.getMeter('sallyport')`; see docs/metrics.md. Default: nothing is measured. */
  readonly meter?: Meter
}

const dayMs = 86_400_000
const purgeBatch = 500

/** Checks every option before anything runs. Throws `option_invalid` with the option's name. */
export function createSallyport<const Own extends OwnActions = NoActions>(
  options: SallyportOptions<Own>,
): Sallyport<Own> {
  const parts = partsOf(options, () => void notices.deliver().catch(parts.onFault))
  const notices = noticesOf(parts)
  return {
    signIn: signInOf(parts),
    challenges: challengesOf(parts),
    enrollments: enrollmentsOf(parts),
    contacts: contactsOf(parts),
    actions: actionsOf(parts),
    enforcement: enforcementOf(parts),
    recovery: recoveryOf(parts),
    administration: administrationOf(parts),
    devices: devicesOf(parts),
    network: networkOf(parts),
    notices,
    audit: {
      ...auditReader(parts.store),
      record: (what, client) => {
        const outcome = what.event === 'request.refused' ? 'refused' : 'ok'
        return parts.store.appendAudit([auditEntry(parts, client, { ...what, outcome })])
      },
    },
    clock: parts.clock,
    erase: (accountId, client) =>
      parts.store.eraseAccount({
        accountId,
        record: () => ({ audit: [auditEntry(parts, client, { accountId, event: 'account.erased' })] }),
      }),
    migrate: () => parts.store.migrate(),
    async purge() {
      const now = parts.clock()
      const ended = await parts.store.purge({ before: now - dayMs, limit: purgeBatch })
      const before = now - parts.limits.auditSeconds * 1000
      return ended + (await parts.store.purgeAudit({ before, limit: purgeBatch }))
    },
    async ready() {
      try {
        await parts.store.ping()
        return true
      } catch (error) {
        parts.onFault(error)
        return false
      }
    },
    async close() {
      const delivered = await inTime(parts, async () => void (await notices.deliver()))
      if (!delivered.done) parts.onFault(delivered.error)
      await parts.store.close()
    },
  }
}

function partsOf(options: SallyportOptions<OwnActions>, tell: () => void): Parts {
  const limits = limitsFor(options.profile ?? 'standard', options.limits)
  const app = { name: options.app.name, origin: checkedOrigin(options.app.origin) }
  const settings = { app, ...limits }
  const methods = byKind(options.methods.map((method) => method(settings)))
  const actions = actionTable(options.actions ?? {}, options.policy ?? {}, primaryKinds(methods))
  const clock = options.clock ?? (() => Date.now())
  const onFault = quietly(options.onFault ?? (() => undefined))
  const { meter } = options
  const measures = meter === undefined ? nothingMeasured : measuresOf(meter, { methods, actions, clock, onFault })
  return {
    app,
    store: meter === undefined ? options.store : counting(options.store, measures.events),
    methods,
    actions,
    accounts: options.accounts,
    keys: new KeyRing(options.keys),
    limits,
    clock,
    random: options.random ?? randomBytes,
    deadline: options.deadline ?? ((milliseconds) => AbortSignal.timeout(milliseconds)),
    tell,
    onFault,
    measures,
  }
}

function primaryKinds(methods: ReadonlyMap<string, Method>): readonly string[] {
  return [...methods.values()].filter(({ backup }) => !backup).map(({ kind }) => kind)
}

function byKind(methods: readonly Method[]): ReadonlyMap<string, Method> {
  const found = new Map(methods.map((method) => [method.kind, method]))
  if (found.size !== methods.length) throw new SallyportError('option_invalid', 'methods: one kind is listed twice')
  const primaries = methods.filter((method) => !method.backup)
  if (primaries.length === 0)
    throw new SallyportError('option_invalid', 'methods: at least one that is not a backup is required')
  if (primaries.every((method) => method.kind === 'sms')) {
    throw new SallyportError('option_invalid', 'methods: sms must not be the only choice (NIST 800-63B-4 restricts it)')
  }
  return found
}

function checkedOrigin(origin: string): string {
  const url = URL.canParse(origin) ? new URL(origin) : null
  const local = url?.hostname === 'localhost' || url?.hostname === '127.0.0.1' || url?.hostname === '[::1]'
  if (url === null || url.origin !== origin || (url.protocol !== 'https:' && !local)) {
    throw new SallyportError(
      'option_invalid',
      'app.origin: must be an https origin without a path, such as https://app.example',
    )
  }
  return origin
}

/** A fault that can't be reported must not become another one. */
function quietly(report: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    try {
      report(error)
    } catch {
      return
    }
  }
}
