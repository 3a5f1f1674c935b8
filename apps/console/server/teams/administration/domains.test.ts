import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../database/open.ts'
import type { OpenDatabase } from '../../database/open.ts'
import type { TeamRole } from '../../database/tables.ts'
import { testDatabases } from '../../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../../test/support/console-database.ts'
import { grantOf } from '../../../../../test/support/grant.ts'
import { storedPerson } from '../../../../../test/support/people.ts'
import { createTeams } from '../teams.ts'
import { createDomains, isDomainOfPeople, tokenIn } from './domains.ts'
import type { DomainRefusal, Domains, TeamDomain } from './domains.ts'

interface Owned {
  readonly teamId: string
  readonly accountId: string
}

describe.each(testDatabases)('domains on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  let domains: Domains
  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
    domains = createDomains({ database: opened.database, clock: () => 5, random: randomBytes })
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })

  const newDomain = (): string => `${randomBytes(6).toString('hex')}.example.com`
  async function team(): Promise<Owned> {
    const accountId = (await storedPerson(opened.database)).id
    const teams = createTeams({ database: opened.database, clock: () => 1, random: randomBytes })
    return { teamId: (await teams.create(accountId, 'Observatory'))!, accountId }
  }
  const recordOf = async ({ teamId }: Owned, domain: string) =>
    (await domains.find(teamId, domain))?.record ?? { name: '', value: '' }
  async function verify(by: Owned, domain: string, record?: TeamDomain['record']): Promise<DomainRefusal | null> {
    const { teamId, accountId } = by
    const parameters = { token: tokenIn(record ?? (await recordOf(by, domain))) }
    return await domains.verify(grantOf('domain.verify', { accountId, resource: { team: teamId, domain }, parameters }))
  }
  const remove = ({ teamId, accountId }: Owned, domain: string): Promise<DomainRefusal | null> =>
    domains.remove(grantOf('sso.change', { accountId, resource: { team: teamId }, parameters: { removes: domain } }))
  const become = async ({ accountId }: Owned, role: TeamRole): Promise<unknown> =>
    await opened.database.updateTable('team_member').set({ role }).where('account_id', '=', accountId).execute()

  test('each team is given a record of its own, and the same one again', async () => {
    const [ours, theirs, domain] = [await team(), await team(), newDomain()]
    const added = await domains.add(ours, domain)
    expect(added).toEqual({
      domain,
      record: { name: `_sallyport.${domain}`, value: expect.stringMatching(/^sallyport-verification=[\w-]{32}$/) },
      verifiedAt: null,
    })
    expect(await domains.add(ours, domain)).toEqual(added)
    expect(await domains.add(theirs, domain)).not.toEqual(added)
    expect(await domains.list(ours.teamId)).toEqual([added])
    expect(await domains.find(ours.teamId, domain)).toEqual(added)
    expect(await domains.find(ours.teamId, newDomain())).toBeNull()
  })

  test('a team has ten, however many are added at once', async () => {
    const ours = await team()
    const outcomes = await Promise.all(Array.from({ length: 14 }, () => domains.add(ours, newDomain())))
    expect(outcomes.filter((outcome) => outcome === 'domain_limit')).toHaveLength(4)
    expect(await domains.list(ours.teamId)).toHaveLength(10)
  })

  test('of teams that verify a domain at once, one has it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const domain = newDomain()
      const rivals = await Promise.all(Array.from({ length: 4 }, team))
      for (const rival of rivals) await domains.add(rival, domain)
      expect(await domains.isVerified(domain)).toBe(false)
      const outcomes = await Promise.all(rivals.map((rival) => verify(rival, domain)))
      expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome === 'domain_taken')).toHaveLength(3)
      expect(await domains.isVerified(domain)).toBe(true)
    }
  })

  test('once it is removed, another team can verify it', async () => {
    const [ours, theirs, domain] = [await team(), await team(), newDomain()]
    await domains.add(ours, domain)
    await domains.add(theirs, domain)
    expect(await verify(ours, domain)).toBeNull()
    expect(await verify(theirs, domain)).toBe('domain_taken')
    expect((await domains.find(ours.teamId, domain))?.verifiedAt).toBe(5)
    expect(await remove(ours, domain)).toBeNull()
    expect(await remove(ours, domain)).toBe('domain_not_found')
    expect(await verify(theirs, domain)).toBeNull()
  })

  test('one that was named anew is verified by its own record only', async () => {
    const [ours, domain] = [await team(), newDomain()]
    await domains.add(ours, domain)
    const before = await recordOf(ours, domain)
    expect(await remove(ours, domain)).toBeNull()
    await domains.add(ours, domain)
    expect(await verify(ours, domain, before)).toBe('domain_not_found')
    expect(await verify(ours, domain)).toBeNull()
  })

  test('what was not added is not verified or removed', async () => {
    const ours = await team()
    expect(await verify(ours, newDomain())).toBe('domain_not_found')
    expect(await remove(ours, newDomain())).toBe('domain_not_found')
  })

  test('admins add, verify and give up what is pending; a verified one goes with an owner, and members do nothing', async () => {
    const [ours, domain, pending] = [await team(), newDomain(), newDomain()]
    await become(ours, 'admin')
    await domains.add(ours, domain)
    await domains.add(ours, pending)
    expect(await verify(ours, domain)).toBeNull()
    expect(await remove(ours, pending)).toBeNull()
    expect(await remove(ours, domain)).toBe('role_insufficient')
    await become(ours, 'member')
    expect(await domains.add(ours, newDomain())).toBe('team_not_found')
    expect(await verify(ours, domain)).toBe('team_not_found')
    expect(await remove(ours, domain)).toBe('team_not_found')
    await become(ours, 'owner')
    expect(await remove(ours, domain)).toBeNull()
  })
})

test.each(['company.com', 'example.com', 'localhost.company.com'])('people may have addresses in %s', (domain) => {
  expect(isDomainOfPeople(domain)).toBe(true)
})

test.each(['printer.local', 'host.localhost', 'db.internal', 'a.invalid', `${'a.'.repeat(121)}com`])(
  'nobody on the internet has an address in %s',
  (domain) => {
    expect(isDomainOfPeople(domain)).toBe(false)
  },
)
