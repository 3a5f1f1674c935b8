import type { ActionDefinition } from '../contract/action.ts'
import type { Client } from '../contract/client.ts'
import { SallyportError } from '../contract/errors.ts'
import type { GrantRow } from '../contract/grant.ts'
import type { ChallengeSnapshot } from '../contract/store.ts'
import type { ActionTable, IdsIn, NoActions, OwnActions, ResourceOf, StepUp } from '../policy/actions.ts'
import { type Decision, isConfirmed, type Reason } from '../policy/is-confirmed.ts'
import type { MayAnswer } from '../policy/may-answer.ts'
import { type Answer, attempt, type Refusal } from './attempt.ts'
import { auditEntry } from './audit.ts'
import { type Bound, bind, sessionHash } from './binding.ts'
import { type ChallengeKey, loadFor } from './challenges.ts'
import type { Asked, Demand, Outcome, Presented } from './demand.ts'
import type { Grant } from './grant.ts'
import type { Parts } from './parts.ts'
import { lifetimeOf, requireGrant, situationOf } from './require.ts'
import { judged } from './view.ts'

export interface Explanation {
  readonly decision: Decision
  /** Each rule that was asked, in order. */
  readonly reasons: readonly Reason[]
  /** Every enrollment of the account, and why it may or may not answer. */
  readonly methods: readonly {
    readonly enrollmentId: string
    readonly method: string
    readonly name: string
    readonly mayAnswer: boolean
    readonly reason: Extract<MayAnswer, { allowed: false }>['reason'] | null
    readonly sentence: string
  }[]
}

export interface Actions<Own extends OwnActions = NoActions> {
  /** The table in force, by the actions' names. */
  readonly table: ActionTable
  /**
   * The grant to do `action`, or what stands in the way. A single-use grant is spent by this, a window is slid by it; either is
   * audited with the challenge that opened it. Call it for doing something, never for showing it.
   */
  require<Name extends StepUp<Own>, const Parameters = null>(
    action: Name,
    demand: Demand<ResourceOf<Own, Name>, Parameters> & Presented,
    client: Client,
  ): Promise<Outcome<Grant<Name, Parameters, IdsIn<Own, Name>>>>
  /**
   * Judges an answer to a challenge that confirms an action. `sessionId` is what the session is called from now on: the same,
   * or the one it is about to be renewed to. The grant is its, and no other's.
   */
  answer(
    key: ChallengeKey,
    answer: Answer,
    sessionId: string,
    client: Client,
  ): Promise<{ readonly ok: true; readonly action: string } | Refusal>
  /** The window that is open for this, in milliseconds since the epoch; null when there is none. Reading slides nothing. */
  window<Name extends StepUp<Own>>(
    action: Name,
    demand: Demand<ResourceOf<Own, Name>, unknown>,
  ): Promise<{ readonly expiresAt: number; readonly ceilingAt: number } | null>
  /** Why `require` would demand a challenge, or would not. Changes nothing. */
  explain<Name extends StepUp<Own>>(
    action: Name,
    demand: Demand<ResourceOf<Own, Name>, unknown> & { readonly challengeId?: string | null },
  ): Promise<Explanation>
  /**
   * Ends what was confirmed or is being confirmed, in one session or in all of the account's: to be called when a session
   * ends and when the account's role changes. The number ended.
   */
  end(which: { readonly accountId: string; readonly sessionId?: string }, client: Client): Promise<number>
}

export function actionsOf(parts: Parts): Actions {
  return {
    table: parts.actions,

    // The table is data here: which resource and which grant belong to which name, only the types of the interface know.
    require: (async (name: string, asked: Asked, client: Client) => {
      const action = stepUpOf(parts, name)
      const bound = bindTo(parts, name, action, asked)
      return await requireGrant({ parts, name, action, bound, asked, client })
    }) as Actions['require'],

    async answer(key, answer, sessionId, client) {
      const snapshot = await loadFor(parts, key, client)
      if (snapshot === null || snapshot.challenge.sessionHash === '') return { ok: false, reason: 'not_found' }
      const action = parts.actions.get(snapshot.challenge.action)
      if (action?.gives !== 'grant') return { ok: false, reason: 'not_found' }
      const onPass = { grant: grantFor(parts, action, snapshot, answer.enrollmentId, sessionId) }
      const attempted = await attempt(parts, snapshot, answer, client, onPass)
      return attempted.ok ? { ok: true, action: snapshot.challenge.action } : attempted
    },

    async window(name: string, asked: Asked) {
      const { key } = bindTo(parts, name, stepUpOf(parts, name), asked)
      const open = await parts.store.readGrant({ key }, parts.clock())
      return open === null ? null : { expiresAt: open.expiresAt, ceilingAt: open.ceilingAt }
    },

    async explain(name: string, asked: Asked) {
      const action = stepUpOf(parts, name)
      const bound = bindTo(parts, name, action, asked)
      const { key, ids } = bound
      const { challengeId: id = null } = asked
      // What is good once has to be presented; a window covers whatever comes.
      const which = action.lasts === 'once' ? (id === null ? null : { id }) : { key }
      const [situation, held] = await Promise.all([
        situationOf({ parts, name, action, bound, asked }),
        which === null ? null : parts.store.readGrant(which, parts.clock()),
      ])
      const candidates = judged(parts, name, ids, situation.enrollments, situation.floor)
      const { decision, reasons } = isConfirmed({
        ...situation,
        granted: held?.sessionHash === key.sessionHash && held.digest === key.digest,
      })
      const methods = candidates.map(({ row, may }) => ({
        enrollmentId: row.id,
        method: row.method,
        name: row.name,
        mayAnswer: may.allowed,
        reason: may.allowed ? null : may.reason,
        sentence: mayAnswerSentences[may.allowed ? 'allowed' : may.reason],
      }))
      return { decision, reasons, methods }
    },

    async end({ accountId, sessionId }, client) {
      return await parts.store.endGrants({
        accountId,
        sessionHash: sessionId === undefined ? null : sessionHash(parts, accountId, sessionId),
        record: (count) => ({
          audit: count > 0 ? [auditEntry(parts, client, { accountId, event: 'grants.ended', detail: { count } })] : [],
        }),
      })
    },
  }
}

const mayAnswerSentences: Readonly<Record<'allowed' | Extract<MayAnswer, { allowed: false }>['reason'], string>> = {
  allowed: 'May answer.',
  backup: 'Is a backup, which does not answer for this action.',
  below_floor: 'Is weaker than the policy of this action asks for.',
  weaker_than_lost: 'Is weaker than what the action takes away.',
  weaker_than_added: 'Is weaker than what the action adds.',
  too_fresh: 'Was added with a recovery code a while ago, and confirms nothing yet that the code could not.',
}

function stepUpOf(parts: Parts, name: string): ActionDefinition {
  const action = parts.actions.get(name)
  if (action?.gives !== 'grant')
    throw new SallyportError('action_invalid', `there is no action ${name} to be confirmed`)
  return action
}

function bindTo(parts: Parts, name: string, action: ActionDefinition, asked: Asked): Bound {
  const { accountId, session, resource, parameters } = asked
  return bind(parts, name, action, { accountId, sessionId: session.id, resource, parameters })
}

/** What passing the challenge opens: decided here, written only by the step that accepts the answer. */
function grantFor(
  parts: Parts,
  action: ActionDefinition,
  { challenge: passed, enrollments }: ChallengeSnapshot,
  enrollmentId: string,
  sessionId: string,
): GrantRow {
  const now = parts.clock()
  const method = enrollments.find(({ id }) => id === enrollmentId)?.method
  return {
    id: passed.id,
    accountId: passed.accountId,
    sessionHash: sessionHash(parts, passed.accountId, sessionId),
    digest: passed.digest,
    action: passed.action,
    challengeId: passed.id,
    methods: method === undefined ? [] : [method],
    grantedAt: now,
    ...lifetimeOf(parts, action, now),
  }
}
