import { afterEach, beforeEach, expect, test } from 'vitest'
import { storedPerson } from '../../../../test/support/people.ts'
import { testConsole } from '../../../../test/support/quiet-console.ts'
import type { TestConsole } from '../../../../test/support/quiet-console.ts'
import { createTeams } from '../teams/teams.ts'
import { seedTeam } from './team.ts'

let home: TestConsole
beforeEach(async () => {
  home = await testConsole()
})
afterEach(() => home.remove())

const database = () => home.database.database
const person = (email: string): Promise<{ id: string }> =>
  storedPerson(database(), { email, email_key: email, created_at: home.clock() })
const memberships = (accountId: string) =>
  createTeams({ database: database(), clock: home.clock, random: () => new Uint8Array() }).of(accountId)

test('U3 there is a team to look at, once, made of people who were just made', async () => {
  const since = home.clock()
  const [grace, ada, alan] = [
    await person('grace@example.com'),
    await person('ada@example.com'),
    await person('alan@example.com'),
  ]
  await Promise.all([seedTeam(database(), since), seedTeam(database(), since)])
  const roles = await Promise.all([grace, ada, alan].map(async ({ id }) => (await memberships(id))[0]?.role))
  expect(roles).toEqual(['owner', 'admin', 'member'])
  const domains = await database().selectFrom('team_domain').select(['domain', 'verified_at']).execute()
  expect(domains).toEqual([{ domain: 'example.com', verified_at: since }])
  // Whoever deletes it is rid of it.
  await database().deleteFrom('team').execute()
  home.clock.advance(1)
  await seedTeam(database(), home.clock())
  expect(await memberships(grace.id)).toEqual([])
})

test('without its people there is none', async () => {
  await person('grace@example.com')
  await seedTeam(database(), home.clock())
  expect(await database().selectFrom('team').selectAll().execute()).toEqual([])
})
