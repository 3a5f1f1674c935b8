import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lockAccount } from '../database/lock.ts'
import { openDatabase } from '../database/open.ts'
import type { OpenDatabase } from '../database/open.ts'
import type { TeamRole } from '../database/tables.ts'
import { testDatabases } from '../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../test/support/console-database.ts'
import { grantOf } from '../../../../test/support/grant.ts'
import { storedPerson } from '../../../../test/support/people.ts'
import { ssoProviderId } from './sso-identities.ts'
import { createTeams } from './teams.ts'
import type { TeamRefusal, Teams } from './teams.ts'

describe.each(testDatabases)('teams on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  let teams: Teams

  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
    teams = createTeams({ database: opened.database, clock: () => 1_000, random: randomBytes })
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })

  const person = async (): Promise<string> => (await storedPerson(opened.database)).id

  /** A team of new people with these roles. */
  async function team(...roles: readonly TeamRole[]): Promise<{ id: string; people: readonly string[] }> {
    const people = await Promise.all(roles.map(person))
    const id = (await teams.create(people[0]!, 'Observatory'))!
    for (const [index, role] of roles.entries()) {
      const row = { team_id: id, account_id: people[index]!, role, joined_at: index }
      if (index === 0) await opened.database.updateTable('team_member').set(row).where('team_id', '=', id).execute()
      else await opened.database.insertInto('team_member').values(row).execute()
    }
    return { id, people }
  }

  const adjusting = (by: string, teamId: string) =>
    grantOf<'team.adjust', unknown, { team: string }>('team.adjust', { accountId: by, resource: { team: teamId } })
  const changeRole = (by: string, teamId: string, accountId: string, role: TeamRole) =>
    teams.changeRole(adjusting(by, teamId), { accountId, role })
  const remove = (by: string, teamId: string, accountId: string): Promise<TeamRefusal | null> =>
    teams.remove(adjusting(by, teamId), accountId)
  const deleteTeam = (by: string, teamId: string): Promise<TeamRefusal | null> =>
    teams.delete(grantOf('team.delete', { accountId: by, resource: { team: teamId } }))
  const rolesIn = async (teamId: string): Promise<Record<string, TeamRole>> =>
    Object.fromEntries((await teams.members(teamId)).map(({ accountId, role }) => [accountId, role]))

  test('who makes a team is its owner, and nobody else sees it', async () => {
    const [ada, eve] = [await person(), await person()]
    const id = (await teams.create(ada, 'Observatory'))!
    expect(await teams.find(id, ada)).toEqual({ id, name: 'Observatory', role: 'owner' })
    expect(await teams.of(ada)).toEqual([{ id, name: 'Observatory', role: 'owner' }])
    expect(await teams.find(id, eve)).toBeNull()
    expect(await teams.of(eve)).toEqual([])
    expect(await teams.create('nobody', 'Observatory')).toBeNull()
  })

  test('an owner changes and removes everyone, other owners included', async () => {
    const { id, people } = await team('owner', 'owner', 'member')
    const [ada = '', grace = '', alan = ''] = people
    expect(await changeRole(ada, id, alan, 'admin')).toBeNull()
    expect(await changeRole(ada, id, grace, 'member')).toBeNull()
    expect(await rolesIn(id)).toEqual({ [ada]: 'owner', [grace]: 'member', [alan]: 'admin' })
    expect(await remove(ada, id, grace)).toBeNull()
    expect(await rolesIn(id)).toEqual({ [ada]: 'owner', [alan]: 'admin' })
  })

  test('an admin removes members, and neither raises anybody nor touches admins and owners', async () => {
    const { id, people } = await team('owner', 'admin', 'admin', 'member', 'member')
    const [ada = '', grace = '', alan = '', mia = '', leo = ''] = people
    const before = await rolesIn(id)
    for (const other of [ada, alan]) {
      expect(await changeRole(grace, id, other, 'member')).toBe('role_insufficient')
      expect(await remove(grace, id, other)).toBe('role_insufficient')
    }
    for (const role of ['owner', 'admin'] as const) {
      expect(await changeRole(grace, id, mia, role)).toBe('role_insufficient')
      expect(await changeRole(grace, id, grace, role)).toBe('role_insufficient')
    }
    expect(await rolesIn(id)).toEqual(before)
    expect(await remove(grace, id, leo)).toBeNull()
    expect(Object.keys(await rolesIn(id))).not.toContain(leo)
  })

  test('a member changes nothing but may go', async () => {
    const { id, people } = await team('owner', 'member', 'member')
    const [ada = '', grace = '', alan = ''] = people
    expect(await changeRole(grace, id, grace, 'owner')).toBe('role_insufficient')
    expect(await remove(grace, id, alan)).toBe('role_insufficient')
    expect(await remove(grace, id, ada)).toBe('role_insufficient')
    expect(await deleteTeam(grace, id)).toBe('role_insufficient')
    expect(await teams.leave(id, grace)).toBeNull()
    expect(await teams.find(id, grace)).toBeNull()
  })

  test('XA-12 to someone of another team there is no team', async () => {
    const { id, people } = await team('owner', 'member')
    const [, alan = ''] = people
    const other = await team('owner')
    const [eve = ''] = other.people
    for (const teamId of [id, 'none']) {
      expect(await changeRole(eve, teamId, alan, 'owner')).toBe('team_not_found')
      expect(await remove(eve, teamId, alan)).toBe('team_not_found')
      expect(await teams.leave(teamId, eve)).toBe('team_not_found')
      expect(await deleteTeam(eve, teamId)).toBe('team_not_found')
    }
    // The grant's team is what counts, and this member is not in it.
    expect(await remove(eve, other.id, alan)).toBe('member_not_found')
    expect(Object.keys(await rolesIn(id))).toHaveLength(2)
  })

  test('the last owner can neither go, nor be removed, nor become less', async () => {
    const { id, people } = await team('owner', 'admin', 'member')
    const [ada = ''] = people
    expect(await teams.leave(id, ada)).toBe('last_owner')
    expect(await remove(ada, id, ada)).toBe('last_owner')
    expect(await changeRole(ada, id, ada, 'member')).toBe('last_owner')
    expect(await changeRole(ada, id, ada, 'owner')).toBe('unchanged')
    expect((await rolesIn(id))[ada]).toBe('owner')
  })

  test('an owner who may not sign in is none for this', async () => {
    const { id, people } = await team('owner', 'owner')
    const [ada = '', grace = ''] = people
    await opened.database.updateTable('account').set({ status: 'disabled' }).where('id', '=', grace).execute()
    expect(await teams.leave(id, ada)).toBe('last_owner')
  })

  test('of owners who all go at once, one stays', async () => {
    const { id, people } = await team('owner', 'owner', 'owner', 'owner', 'member')
    const outcomes = await Promise.all(people.slice(0, 4).map((owner) => teams.leave(id, owner)))
    expect(outcomes.filter((outcome) => outcome === 'last_owner')).toHaveLength(1)
    expect(Object.values(await rolesIn(id)).filter((role) => role === 'owner')).toHaveLength(1)
  })

  test('of two owners who remove or lower each other at once, one stays owner', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { id, people } = await team('owner', 'owner')
      const [ada = '', grace = ''] = people
      const outcomes = await Promise.all([
        round % 2 === 0 ? remove(ada, id, grace) : changeRole(ada, id, grace, 'member'),
        round % 2 === 0 ? remove(grace, id, ada) : changeRole(grace, id, ada, 'member'),
      ])
      expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(1)
      expect(Object.values(await rolesIn(id)).filter((role) => role === 'owner')).toHaveLength(1)
    }
  })

  test('a right that is taken at the same moment is gone or was used before, never after', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { id, people } = await team('owner', 'admin', 'member')
      const [ada = '', grace = '', alan = ''] = people
      const [lowered, removed] = await Promise.all([changeRole(ada, id, grace, 'member'), remove(grace, id, alan)])
      expect(lowered).toBeNull()
      const isThere = Object.keys(await rolesIn(id)).includes(alan)
      expect(removed).toBe(isThere ? 'role_insufficient' : null)
    }
  })

  test('owners delete the team, and everything of it goes with it', async () => {
    const { id, people } = await team('owner', 'admin')
    const [ada = '', grace = ''] = people
    expect(await deleteTeam(grace, id)).toBe('role_insufficient')
    expect(await deleteTeam(ada, id)).toBeNull()
    expect(await teams.members(id)).toEqual([])
    expect(await deleteTeam(ada, id)).toBe('team_not_found')
  })

  test('with a team goes whom its single sign-on knows, and nobody else', async () => {
    const [gone, kept, left] = [await team('owner', 'member'), await team('owner'), await team('owner')]
    const [ada = '', grace = ''] = gone.people
    const knows = async (teamId: string, accountId: string): Promise<void> =>
      void (await opened.database
        .insertInto('identity')
        .values({
          issuer: `https://${teamId}.example`,
          subject: accountId,
          account_id: accountId,
          provider: ssoProviderId(teamId),
          email: '',
          linked_at: 1,
          last_used_at: null,
        })
        .execute())
    for (const { id } of [gone, kept, left]) await knows(id, grace)
    const known = async (): Promise<readonly string[]> =>
      (await opened.database.selectFrom('identity').select('provider').where('account_id', '=', grace).execute())
        .map(({ provider }) => provider)
        .toSorted()
    expect(await deleteTeam(grace, gone.id)).toBe('role_insufficient')
    expect(await known()).toHaveLength(3)
    expect(await deleteTeam(ada, gone.id)).toBeNull()
    expect(await known()).toEqual([kept.id, left.id].map(ssoProviderId).toSorted())
    // Also with one that goes because the last person in it does.
    await opened.database.transaction().execute((transaction) => teams.leaveAll(transaction, left.people[0]!))
    expect(await known()).toEqual([ssoProviderId(kept.id)])
  })

  test('a grant adjusts once', async () => {
    const { id, people } = await team('owner', 'member')
    const [ada = '', grace = ''] = people
    const grant = adjusting(ada, id)
    await teams.changeRole(grant, { accountId: grace, role: 'admin' })
    await expect(teams.remove(grant, grace)).rejects.toThrow('spent')
  })

  describe('an account that is deleted', () => {
    const leaveAll = (accountId: string): Promise<string | null> =>
      opened.database.transaction().execute(async (transaction) => {
        await lockAccount(transaction, accountId)
        return await teams.leaveAll(transaction, accountId)
      })

    test('SC-14 leaves its teams, and takes those with it that are its alone', async () => {
      const alone = await team('owner')
      const shared = await team('member', 'owner')
      const [ada = ''] = alone.people
      await opened.database
        .insertInto('team_member')
        .values({ team_id: shared.id, account_id: ada, role: 'owner', joined_at: 1 })
        .execute()
      expect(await leaveAll(ada)).toBeNull()
      expect(await teams.of(ada)).toEqual([])
      const left = await opened.database.selectFrom('team').select('id').execute()
      expect(left.map(({ id }) => id)).toContain(shared.id)
      expect(left.map(({ id }) => id)).not.toContain(alone.id)
    })

    test('stays while it is the only owner of a team with others', async () => {
      const { id, people } = await team('owner', 'member')
      const [ada = ''] = people
      const alone = (await teams.create(ada, 'Alone'))!
      expect(await leaveAll(ada)).toBe('Observatory')
      expect((await teams.of(ada)).map((own) => own.id).toSorted()).toEqual([id, alone].toSorted())
    })

    test('of two owners who are deleted at once, one stays', async () => {
      for (let round = 0; round < 8; round += 1) {
        const { id, people } = await team('owner', 'owner', 'member')
        const outcomes = await Promise.all(people.slice(0, 2).map(leaveAll))
        expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(1)
        expect(Object.values(await rolesIn(id)).filter((role) => role === 'owner')).toHaveLength(1)
      }
    })
  })
})
