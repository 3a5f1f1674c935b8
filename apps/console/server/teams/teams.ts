import type { Transaction } from 'kysely'
import type { Clock, Grant, Random } from 'sallyport'
import { lockAccount, lockMembers, lockTeam } from '../database/lock.ts'
import type { Database, Tables, TeamRole } from '../database/tables.ts'
import { endingSessionsOfMoved, endSessionsOfManaged } from './managed-sessions.ts'
import { mayDeleteTeam, mayManage, teamRoles } from './roles.ts'
import { forgetSsoIdentities } from './sso-identities.ts'

/** A team as one of its members sees it. */
export interface Membership {
  readonly id: string
  readonly name: string
  /** That of the member. */
  readonly role: TeamRole
}

export interface Member {
  readonly accountId: string
  readonly email: string
  readonly role: TeamRole
  readonly joinedAt: number
}

/** What becomes of a member. */
export interface Change {
  readonly accountId: string
  /** Null: they are in the team no more. */
  readonly role: TeamRole | null
}

/** Each is the code of the problem to answer with. To someone who is no member there is no team. */
export type TeamRefusal = 'team_not_found' | 'member_not_found' | 'role_insufficient' | 'last_owner'

/** The console's own action, which stands in app.ts. */
export type DeleteTeam = Grant<'team.delete', unknown, { readonly team: string }>

export interface Teams {
  /** Makes a team of which the account is the owner, and gives its id; null when the account may not sign in any more. */
  create(accountId: string, name: string): Promise<string | null>
  of(accountId: string): Promise<readonly Membership[]>
  /** Null when the account is not in the team, or there is none. */
  find(teamId: string, accountId: string): Promise<Membership | null>
  members(teamId: string): Promise<readonly Member[]>
  /**
   * What stands against a change that `accountId` wants to make, so that nobody is asked to confirm what can't be done
   * anyway. Decides nothing: each of the changes below judges anew, with the team locked.
   */
  refusalOf(teamId: string, accountId: string, change: Change): Promise<TeamRefusal | null>
  /**
   * The team, and who does it, are the grant's. Of racing changes each sees what the one before it left. `unchanged`: the
   * member has the role already.
   */
  changeRole(
    grant: Grant<'team.adjust'>,
    member: { accountId: string; role: TeamRole },
  ): Promise<TeamRefusal | 'unchanged' | null>
  remove(grant: Grant<'team.adjust'>, accountId: string): Promise<TeamRefusal | null>
  leave(teamId: string, accountId: string): Promise<TeamRefusal | null>
  delete(grant: DeleteTeam): Promise<TeamRefusal | null>
  /**
   * Takes an account that is being deleted out of every team, in the transaction that deletes it; teams with nobody else
   * in them go with it. Gives the name of a team that would be left without an owner: then nothing was changed, and the
   * account has to stay. The caller has locked the account.
   */
  leaveAll(transaction: Transaction<Tables>, accountId: string): Promise<string | null>
}

export function createTeams(parts: {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
}): Teams {
  const { database, clock, random } = parts
  const memberships = database
    .selectFrom('team_member')
    .innerJoin('team', 'team.id', 'team_member.team_id')
    .select(['team.id', 'team.name', 'team_member.role'])

  async function place(transaction: Transaction<Tables>, teamId: string, wanted: Change): Promise<void> {
    await endingSessionsOfMoved(transaction, wanted.accountId, clock(), () => write(transaction, teamId, wanted))
  }

  async function giveRole(
    teamId: string,
    by: string,
    wanted: { readonly accountId: string; readonly role: TeamRole },
  ): Promise<TeamRefusal | 'unchanged' | null> {
    return await database.transaction().execute(async (transaction) => {
      await lockAccount(transaction, wanted.accountId)
      if (!(await lockTeam(transaction, teamId))) return 'team_not_found'
      const refusal = await refusalOf(transaction, teamId, by, wanted)
      if (refusal !== null) return refusal
      if ((await roleOf(transaction, teamId, wanted.accountId)) === wanted.role) return 'unchanged'
      await place(transaction, teamId, wanted)
      return null
    })
  }

  async function takeOut(teamId: string, by: string, accountId: string): Promise<TeamRefusal | null> {
    return await database.transaction().execute(async (transaction) => {
      const wanted = { accountId, role: null }
      await lockAccount(transaction, accountId)
      if (!(await lockTeam(transaction, teamId))) return 'team_not_found'
      const refusal = await refusalOf(transaction, teamId, by, wanted)
      if (refusal === null) await place(transaction, teamId, wanted)
      return refusal
    })
  }

  return {
    async create(accountId, name) {
      const id = Buffer.from(random(16)).toString('base64url')
      const now = clock()
      return await database.transaction().execute(async (transaction) => {
        // An account that is being deleted leaves no team behind.
        if (!(await lockAccount(transaction, accountId))) return null
        await transaction
          .insertInto('team')
          .values({ id, name, created_at: now, mfa_policy: 'optional', mfa_from: null, mfa_at_least: null })
          .execute()
        await transaction
          .insertInto('team_member')
          .values({ team_id: id, account_id: accountId, role: 'owner', joined_at: now })
          .execute()
        return id
      })
    },

    async of(accountId) {
      return await memberships
        .where('team_member.account_id', '=', accountId)
        .orderBy('team.name')
        .orderBy('team.id')
        .execute()
    },

    async find(teamId, accountId) {
      const found = memberships.where('team.id', '=', teamId).where('team_member.account_id', '=', accountId)
      return (await found.executeTakeFirst()) ?? null
    },

    async members(teamId) {
      return await database
        .selectFrom('team_member')
        .innerJoin('account', 'account.id', 'team_member.account_id')
        .select(['account.id as accountId', 'account.email', 'team_member.role', 'team_member.joined_at as joinedAt'])
        .where('team_member.team_id', '=', teamId)
        .orderBy('team_member.joined_at')
        .orderBy('account.id')
        .execute()
    },

    refusalOf: (teamId, accountId, wanted) => refusalOf(database, teamId, accountId, wanted),

    async changeRole(grant, member) {
      const { accountId, resource } = grant.redeem('team.adjust')
      return await giveRole(resource.team, accountId, member)
    },

    async remove(grant, memberId) {
      const { accountId, resource } = grant.redeem('team.adjust')
      return await takeOut(resource.team, accountId, memberId)
    },

    leave: (teamId, accountId) => takeOut(teamId, accountId, accountId),

    async delete(grant) {
      const { accountId, resource } = grant.redeem('team.delete')
      return await database.transaction().execute(async (transaction) => {
        await lockMembers(transaction, resource.team)
        if (!(await lockTeam(transaction, resource.team))) return 'team_not_found'
        const own = await roleOf(transaction, resource.team, accountId)
        if (own === null) return 'team_not_found'
        if (!mayDeleteTeam(own)) return 'role_insufficient'
        await endSessionsOfManaged(transaction, { teamId: resource.team }, clock())
        await deleteTeam(transaction, resource.team)
        return null
      })
    },

    async leaveAll(transaction, accountId) {
      // In one order, so that two who leave the same teams at once don't wait for each other.
      const teams = await transaction
        .selectFrom('team_member')
        .innerJoin('team', 'team.id', 'team_member.team_id')
        .select(['team.id', 'team.name'])
        .where('team_member.account_id', '=', accountId)
        .orderBy('team.id')
        .execute()
      for (const { id } of teams) await lockTeam(transaction, id)
      const deserted: string[] = []
      for (const { id, name } of teams) {
        if (await isAlone(transaction, id, accountId)) deserted.push(id)
        else if (await isLastOwner(transaction, id, accountId)) return name
      }
      for (const id of deserted) await deleteTeam(transaction, id)
      for (const { id } of teams) await write(transaction, id, { accountId, role: null })
      return null
    },
  }
}

/** What refers to the team goes with it of itself; an identity only names it. */
async function deleteTeam(transaction: Transaction<Tables>, teamId: string): Promise<void> {
  await forgetSsoIdentities(transaction, teamId)
  await transaction.deleteFrom('team').where('id', '=', teamId).execute()
}

/** Whoever goes of their own accord needs no right to. */
async function refusalOf(
  database: Database,
  teamId: string,
  by: string,
  { accountId, role }: Change,
): Promise<TeamRefusal | null> {
  const own = await roleOf(database, teamId, by)
  if (own === null) return 'team_not_found'
  const current = await roleOf(database, teamId, accountId)
  if (current === null) return 'member_not_found'
  const leaves = accountId === by && role === null
  if (!leaves && !(mayManage(own, current) && (role === null || mayManage(own, role)))) return 'role_insufficient'
  const stays = current !== 'owner' || role === 'owner' || !(await isLastOwner(database, teamId, accountId))
  return stays ? null : 'last_owner'
}

async function write(transaction: Transaction<Tables>, teamId: string, { accountId, role }: Change): Promise<void> {
  const ofMember = { team_id: teamId, account_id: accountId }
  if (role === null) {
    await forgetSsoIdentities(transaction, teamId, accountId)
    await transaction
      .deleteFrom('team_member')
      .where(({ and }) => and(ofMember))
      .execute()
  } else
    await transaction
      .updateTable('team_member')
      .set({ role })
      .where(({ and }) => and(ofMember))
      .execute()
  // What they could not make any more is not to be accepted any more.
  const beyond = teamRoles.filter((given) => role === null || !mayManage(role, given))
  if (beyond.length === 0) return
  await transaction
    .deleteFrom('team_invitation')
    .where('team_id', '=', teamId)
    .where('invited_by', '=', accountId)
    .where('role', 'in', beyond)
    .execute()
}

/** Null when the account is not in the team. */
export async function roleOf(database: Database, teamId: string, accountId: string): Promise<TeamRole | null> {
  const found = database
    .selectFrom('team_member')
    .select('role')
    .where('team_id', '=', teamId)
    .where('account_id', '=', accountId)
  return (await found.executeTakeFirst())?.role ?? null
}

async function isAlone(database: Database, teamId: string, accountId: string): Promise<boolean> {
  const others = database
    .selectFrom('team_member')
    .select('account_id')
    .where('team_id', '=', teamId)
    .where('account_id', '!=', accountId)
  return (await others.executeTakeFirst()) === undefined
}

/** Whether the account is an owner and nobody else is who could sign in. */
async function isLastOwner(database: Database, teamId: string, accountId: string): Promise<boolean> {
  const owners = await database
    .selectFrom('team_member')
    .innerJoin('account', 'account.id', 'team_member.account_id')
    .select('account.id')
    .where('team_member.team_id', '=', teamId)
    .where('team_member.role', '=', 'owner')
    .where('account.status', '=', 'active')
    .execute()
  return owners.some(({ id }) => id === accountId) && owners.every(({ id }) => id === accountId)
}
