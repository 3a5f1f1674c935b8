import type { Context } from 'hono'
import type { AuditEntry, Grant } from 'sallyport'
import { refusedAction } from 'sallyport/http'
import type { Problem } from 'sallyport/http'
import type { ConsoleEnv } from '../protection/environment.ts'
import { problem } from '../protection/problem.ts'
import { demandFrom } from '../protection/step-up.ts'
import type { Session, Sessions } from '../sessions/sessions.ts'
import type { ConsoleMfa } from './actions.ts'
import type { Invitations } from './invitations.ts'
import type { TeamRules } from './rules.ts'
import type { Membership, Teams } from './teams.ts'

export interface TeamParts {
  readonly mfa: ConsoleMfa
  readonly sessions: Sessions
  readonly teams: Teams
  readonly invitations: Invitations
  readonly rules: Pick<TeamRules, 'ssoOfAnother'>
}

type Run<Answer> = (team: Membership, session: Session) => Promise<Answer>

/**
 * Runs for members of the team only; to everybody else there is none. A team whose rule is in force does not take the
 * single sign-on of another one for the second factor it asks for.
 */
export function asMember<Answer>(
  parts: Pick<TeamParts, 'mfa' | 'teams' | 'rules'>,
  c: Context<ConsoleEnv>,
  teamId: string,
  run: Run<Answer>,
): Promise<Answer | Problem> {
  return asMemberHowever(parts, c, teamId, async (team, session) => {
    const refused = await refusedSso(parts, c, { teamId: team.id, accountId: session.account.id })
    return refused ?? (await run(team, session))
  })
}

/** Runs for members of the team, however they are signed in. */
export async function asMemberHowever<Answer>(
  { teams }: Pick<TeamParts, 'teams'>,
  c: Context<ConsoleEnv>,
  teamId: string,
  run: Run<Answer>,
): Promise<Answer | Problem> {
  const session = c.get('session')
  if (session === null) return problem(c, 'not_signed_in')
  const team = await teams.find(teamId, session.account.id)
  return team === null ? problem(c, 'team_not_found') : await run(team, session)
}

/**
 * Why a member may not go on in the team whom another team's single sign-on signs in: because of a rule that is in force,
 * or, with `always`, without one. Null where nothing is in the way.
 */
export async function refusedSso(
  { mfa, rules }: { readonly mfa: Pick<ConsoleMfa, 'audit' | 'clock'>; readonly rules: TeamParts['rules'] },
  c: Context<ConsoleEnv>,
  {
    teamId,
    accountId,
    always = false,
  }: { readonly teamId: string; readonly accountId: string; readonly always?: boolean },
): Promise<Problem | null> {
  const sso = await rules.ssoOfAnother(teamId, accountId)
  if (sso === null || (!always && (sso.mandate === null || sso.mandate.from > mfa.clock()))) return null
  const detail = { reason: 'sso_not_accepted', team: teamId }
  await mfa.audit.record({ event: 'request.refused', accountId, detail }, c.get('client'))
  return problem(c, 'sso_not_accepted')
}

/**
 * Runs with the right to change who is in the team, once. One passed challenge gives it again and again, for a while:
 * `detail` says in the audit log what it was used for, in ids and roles.
 */
export async function adjust<Answer>(
  parts: Pick<TeamParts, 'mfa' | 'sessions' | 'rules'>,
  c: Context<ConsoleEnv>,
  { team: { id: teamId, name }, detail }: { readonly team: Membership; readonly detail: AuditEntry['detail'] },
  run: (grant: Grant<'team.adjust'>) => Promise<Answer>,
): Promise<Answer | Problem> {
  const { mfa } = parts
  const demand = { ...demandFrom(c, parts), resource: { team: { id: teamId, name } }, detail }
  // Whoever could raise someone here by another team's single sign-on could do through them what is refused to it.
  const refused = await refusedSso(parts, c, { teamId, accountId: demand.accountId, always: true })
  if (refused !== null) return refused
  const step = await mfa.actions.require('team.adjust', demand, c.get('client'))
  return step.status === 'granted' ? await run(step.grant) : refusedAction(c, step, mfa.clock())
}
