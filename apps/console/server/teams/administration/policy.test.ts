import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../database/open.ts'
import type { OpenDatabase } from '../../database/open.ts'
import { testDatabases } from '../../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../../test/support/console-database.ts'
import { grantOf } from '../../../../../test/support/grant.ts'
import { storedPerson } from '../../../../../test/support/people.ts'
import { createTeams } from '../teams.ts'
import { createMfaPolicies } from './policy.ts'
import type { MfaPolicies, MfaPolicy } from './policy.ts'

const now = 1_800_000_000_000
const day = 86_400_000
const optional: MfaPolicy = { who: 'optional', from: null, atLeast: null }

describe.each(testDatabases)('the policy of a team on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  let policies: MfaPolicies
  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
    policies = createMfaPolicies({ database: opened.database, clock: () => now })
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })

  async function team(): Promise<{ readonly id: string; readonly owner: string }> {
    const owner = (await storedPerson(opened.database)).id
    const teams = createTeams({ database: opened.database, clock: () => now, random: randomBytes })
    return { id: (await teams.create(owner, 'Observatory'))!, owner }
  }
  const change = (by: string, teamId: string, policy: MfaPolicy) =>
    policies.change(grantOf('policy.change', { accountId: by, resource: { team: teamId }, parameters: policy }))

  test('is optional until it is changed, and then what was confirmed', async () => {
    const { id, owner } = await team()
    expect(await policies.read(id)).toEqual(optional)
    const wanted: MfaPolicy = { who: 'privileged', from: now + day, atLeast: 'totp' }
    expect(await change(owner, id, wanted)).toBeNull()
    expect(await policies.read(id)).toEqual(wanted)
    expect(await change(owner, id, optional)).toBeNull()
    expect(await policies.read(id)).toEqual(optional)
  })

  test('whoever is no owner or admin any more when it is written changes nothing', async () => {
    const { id, owner } = await team()
    const wanted: MfaPolicy = { ...optional, who: 'everyone' }
    const { id: stranger } = await storedPerson(opened.database)
    expect(await change(stranger, id, wanted)).toBe('team_not_found')
    const role = async (given: 'admin' | 'member'): Promise<unknown> =>
      await opened.database.updateTable('team_member').set({ role: given }).where('account_id', '=', owner).execute()
    await role('member')
    expect(await change(owner, id, wanted)).toBe('team_not_found')
    expect(await policies.read(id)).toEqual(optional)
    await role('admin')
    expect(await change(owner, id, wanted)).toBeNull()
    expect(await change(owner, 'nobodys', wanted)).toBe('team_not_found')
  })

  test('begins at once, or on a day that lies ahead and within a year', () => {
    const fault = (from: number | null, current = optional) => policies.faultOf({ ...optional, from }, current)?.code
    expect(fault(null)).toBeUndefined()
    expect(fault(now + 1)).toBeUndefined()
    expect(fault(now + 365 * day)).toBeUndefined()
    expect(fault(now)).toBe('from_past')
    expect(fault(now - day)).toBe('from_past')
    expect(fault(now + 400 * day)).toBe('from_late')
  })

  test('a day that has come can stay when something else is changed', () => {
    expect(policies.faultOf({ ...optional, from: now - day }, { ...optional, from: now - day })).toBeNull()
  })
})
