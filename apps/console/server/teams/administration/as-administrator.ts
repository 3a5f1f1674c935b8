import type { Transaction } from 'kysely'
import type { Context } from 'hono'
import type { Problem } from 'sallyport/http'
import { lockMembers, lockTeam } from '../../database/lock.ts'
import type { Database, Tables, TeamRole } from '../../database/tables.ts'
import type { ConsoleEnv } from '../../protection/environment.ts'
import { problem } from '../../protection/problem.ts'
import type { Session } from '../../sessions/sessions.ts'
import { asMember, refusedSso } from '../as-member.ts'
import type { TeamParts } from '../as-member.ts'
import { mayAdminister } from '../roles.ts'
import { roleOf } from '../teams.ts'
import type { Membership } from '../teams.ts'

/**
 * Runs for owners and admins of the team. To its members as well as to everybody else there is nothing here. Whom another
 * team's single sign-on signs in looks and changes nothing.
 */
export function asAdministrator<Answer>(
  parts: Pick<TeamParts, 'mfa' | 'teams' | 'rules'>,
  c: Context<ConsoleEnv>,
  teamId: string,
  run: (team: Membership, session: Session) => Promise<Answer>,
): Promise<Answer | Problem> {
  return asMember(parts, c, teamId, async (team, session) => {
    if (!mayAdminister(team.role)) return problem(c, 'team_not_found')
    const changes = c.req.method !== 'GET' && c.req.method !== 'HEAD'
    const asked = { teamId: team.id, accountId: session.account.id, always: true }
    return (changes ? await refusedSso(parts, c, asked) : null) ?? (await run(team, session))
  })
}

export type AdministrationRefusal = 'team_not_found' | 'role_insufficient'

/** Runs with the team locked, if the account still has a role in it that `may` do this: what is written rests on that. */
export async function whileAdministering<Outcome>(
  database: Database,
  by: { readonly teamId: string; readonly accountId: string },
  may: (own: TeamRole) => boolean,
  run: (transaction: Transaction<Tables>) => Promise<Outcome>,
): Promise<Outcome | AdministrationRefusal> {
  return await database.transaction().execute((transaction) => administering(transaction, by, may, run))
}

/** The same for what decides where the team's people sign in: `run` may end their sessions, so they are locked as well. */
export async function whileChangingSignOn<Outcome>(
  database: Database,
  by: { readonly teamId: string; readonly accountId: string },
  may: (own: TeamRole) => boolean,
  run: (transaction: Transaction<Tables>) => Promise<Outcome>,
): Promise<Outcome | AdministrationRefusal> {
  return await database.transaction().execute(async (transaction) => {
    await lockMembers(transaction, by.teamId)
    return await administering(transaction, by, may, run)
  })
}

async function administering<Outcome>(
  transaction: Transaction<Tables>,
  by: { readonly teamId: string; readonly accountId: string },
  may: (own: TeamRole) => boolean,
  run: (transaction: Transaction<Tables>) => Promise<Outcome>,
): Promise<Outcome | AdministrationRefusal> {
  if (!(await lockTeam(transaction, by.teamId))) return 'team_not_found'
  const own = await roleOf(transaction, by.teamId, by.accountId)
  if (own === null || !mayAdminister(own)) return 'team_not_found'
  return may(own) ? await run(transaction) : 'role_insufficient'
}
