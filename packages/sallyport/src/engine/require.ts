import type { ActionDefinition } from '../contract/action.ts'
import type { Client } from '../contract/client.ts'
import type { GrantRow } from '../contract/grant.ts'
import { token } from '../crypto/code.ts'
import type { EnrollmentRow } from '../contract/store.ts'
import { isConfirmed, type Situation } from '../policy/is-confirmed.ts'
import { floorInForce, mustKeep } from '../policy/mandates.ts'
import { auditEntry, masked } from './audit.ts'
import type { Bound } from './binding.ts'
import { newChallenge, promptFirst } from './challenges.ts'
import type { Asked, Outcome, Refused } from './demand.ts'
import { type Grant, mintGrant } from './grant.ts'
import { type Parts, rulesOf, strengthIn } from './parts.ts'
import { judged, viewOf } from './view.ts'

type Granting = Outcome<Grant<string, unknown, Bound['ids']>>

/** Everything that one call is about, so that no part of it gets lost on the way. */
export interface About {
  readonly parts: Parts
  readonly name: string
  readonly action: ActionDefinition
  readonly bound: Bound
  readonly asked: Asked
  readonly client: Client
}

/** The grant, if one is held or none is needed; otherwise what stands in the way, written down and opened. */
export async function requireGrant(about: About): Promise<Granting> {
  const { action, asked } = about
  if (action.needed === 'off') return await switchedOff(about)
  // Even with a grant: who has been given a role since must keep what it takes.
  if (action.strips !== undefined && (await situationOf(about)).mustKeep) return await refuse(about, 'mandatory')
  const held = await useGrant(about)
  if (held !== null) return granted(about, held, held.challengeId === null ? 'mfa_off' : null)
  if (await isForSomethingElse(about)) return await refuse(about, 'mismatch')
  const situation = await situationOf(about)
  const asks = situation.managed || !situation.mfaOn
  const { decision } = isConfirmed({ ...situation, ownCheck: asks && (await asked.ownCheck?.()) === true })
  if (decision === 'challenge') return await demandChallenge(about, situation.floor)
  if (decision !== 'allowed') return await refuse(about, decision)
  return await byOwnCheck(about, situation)
}

interface Found extends Situation {
  /** The weakest method that the account must answer with. */
  readonly floor: string | null
  readonly enrollments: readonly EnrollmentRow[]
}

/** Everything that the decision is made from, apart from a grant. */
export async function situationOf({ parts, name, action, bound, asked }: Omit<About, 'client'>): Promise<Found> {
  const { accountId } = asked
  const [{ account, enrollments }, rules] = await Promise.all([
    parts.store.readAccount(accountId),
    rulesOf(parts, accountId),
  ])
  const { mandates } = rules
  const strengthOf = strengthIn(parts)
  const floor = floorInForce(mandates, strengthOf, parts.clock())
  const gone = (id: string): boolean => action.strips === 'all' || id === bound.ids['method']
  const left = action.strips === undefined ? enrollments : enrollments.filter(({ id }) => !gone(id))
  return {
    action,
    mfaOn: account.mfaEnabledAt !== null,
    managed: rules.managed,
    mustKeep: mustKeep(mandates, enrollments, left, strengthOf),
    granted: false,
    ownCheck: false,
    answerable: judged(parts, name, bound.ids, enrollments, floor).filter(({ may }) => may.allowed).length,
    floor,
    enrollments,
  }
}

/** The one place where a grant is used: spent when it is good once, ridden when it is a window. */
async function useGrant(about: About): Promise<GrantRow | null> {
  const { parts, action, bound, asked } = about
  const now = parts.clock()
  const record = (row: GrantRow) => ({ audit: [allowed(about, row, { purpose: masked(bound.purpose) })] })
  if (action.lasts !== 'once') {
    const slideTo = action.lasts.sliding ? now + action.lasts.windowSeconds * 1000 : 0
    return await parts.store.rideGrant({ key: bound.key, now, slideTo, record })
  }
  const { challengeId: id = null } = asked
  return id === null ? null : await parts.store.spendGrant({ id, key: bound.key, now, record })
}

/** Whether the challenge that was presented has a grant of this session, only not for this. */
async function isForSomethingElse({ parts, bound, asked }: About): Promise<boolean> {
  const { challengeId: id = null } = asked
  const other = id === null ? null : await parts.store.readGrant({ id }, parts.clock())
  return (
    other !== null &&
    other.accountId === bound.key.accountId &&
    other.sessionHash === bound.key.sessionHash &&
    other.digest !== bound.key.digest
  )
}

async function switchedOff(about: About): Promise<Granting> {
  await about.parts.store.appendAudit([
    allowed(about, null, { reason: 'switched_off', purpose: masked(about.bound.purpose) }),
  ])
  return granted(about, null, 'switched_off')
}

/** The account had MFA off when the host checked; the step looks again, under the account's lock. */
async function byOwnCheck(about: About, { managed, floor }: Found): Promise<Granting> {
  const { parts, action, bound, asked, name } = about
  const now = parts.clock()
  const reason = managed ? 'managed' : 'mfa_off'
  const row: GrantRow = {
    ...bound.key,
    id: token(parts.random, 16),
    action: name,
    challengeId: null,
    methods: [],
    grantedAt: now,
    ...lifetimeOf(parts, action, now),
  }
  const opened = await parts.store.openGrant({
    accountId: asked.accountId,
    evenIfOn: managed,
    grant: action.lasts === 'once' ? null : row,
    record: () => ({ audit: [allowed(about, row, { reason, purpose: masked(bound.purpose) })] }),
  })
  return opened === 'granted' ? granted(about, row, reason) : await demandChallenge(about, floor)
}

async function demandChallenge(about: About, atLeast: string | null): Promise<Refused> {
  const { parts, name, bound, asked, client } = about
  const { challenge: opening } = newChallenge(parts, {
    accountId: asked.accountId,
    action: name,
    resource: bound.ids,
    purpose: bound.purpose,
    binding: asked.session.id,
    sessionHash: bound.key.sessionHash,
    digest: bound.key.digest,
    atLeast,
  })
  const snapshot = await parts.store.openChallenge({
    challenge: opening,
    record: ({ resumed, challenge: opened }) => ({
      audit: [
        auditEntry(parts, client, {
          challenge: opened,
          event: resumed ? 'challenge.resumed' : 'challenge.opened',
          detail: { purpose: masked(bound.purpose) },
        }),
      ],
    }),
  })
  // MFA was turned off this very moment: then the host's own check is what is asked for, by the next request.
  if (snapshot === null) return await refuse(about, 'own_check')
  const view = viewOf(parts, snapshot)
  const shown = view.code === null ? await promptFirst(parts, snapshot, client) : view
  return { status: 'challenge', challenge: shown, maxAgeSeconds: maxAgeOf(parts, about.action) }
}

async function refuse(about: About, status: 'mismatch' | 'too_weak' | 'own_check' | 'mandatory'): Promise<Refused> {
  const { parts, name, asked, client, bound } = about
  const entry = auditEntry(parts, client, {
    event: 'action.refused',
    outcome: 'refused',
    accountId: asked.accountId,
    action: name,
    detail: { reason: status, purpose: masked(bound.purpose) },
  })
  await parts.store.appendAudit([entry])
  if (status !== 'own_check') return { status }
  return { status, purpose: bound.purpose, maxAgeSeconds: maxAgeOf(parts, about.action) }
}

function allowed({ parts, name, asked, client }: About, row: GrantRow | null, detail: Record<string, string>) {
  return auditEntry(parts, client, {
    event: 'action.allowed',
    accountId: asked.accountId,
    action: name,
    ...(typeof row?.challengeId === 'string' ? { challengeId: row.challengeId } : {}),
    detail: { ...asked.detail, ...detail },
  })
}

function granted(
  { parts, name, bound, asked }: About,
  row: GrantRow | null,
  reason: 'mfa_off' | 'managed' | 'switched_off' | null,
): Granting {
  const right = mintGrant({
    accountId: asked.accountId,
    sessionId: asked.session.id,
    action: name,
    resource: bound.ids,
    parameters: bound.parameters,
    methods: row?.methods ?? [],
    at: row?.grantedAt ?? parts.clock(),
    challengeId: row?.challengeId ?? null,
    reason,
  })
  return { status: 'granted', grant: right }
}

export function lifetimeOf(
  parts: Parts,
  { lasts }: ActionDefinition,
  now: number,
): { readonly expiresAt: number; readonly ceilingAt: number } {
  const [seconds, ceiling] =
    lasts === 'once'
      ? [parts.limits.grantSeconds, parts.limits.grantSeconds]
      : [lasts.windowSeconds, lasts.sliding ? lasts.ceilingSeconds : lasts.windowSeconds]
  return { expiresAt: now + seconds * 1000, ceilingAt: now + ceiling * 1000 }
}

function maxAgeOf(parts: Parts, action: ActionDefinition): number {
  return lifetimeOf(parts, action, 0).expiresAt / 1000
}
