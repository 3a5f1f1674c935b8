import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../database/open.ts'
import type { OpenDatabase } from '../../database/open.ts'
import { testDatabases } from '../../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../../test/support/console-database.ts'
import { grantOf } from '../../../../../test/support/grant.ts'
import { storedPerson } from '../../../../../test/support/people.ts'
import { ssoProviderId } from '../sso-identities.ts'
import { createTeams } from '../teams.ts'
import { createSsoSettings } from './sso-settings.ts'
import type { TeamSsoSettings, WantedSso } from './sso-settings.ts'

const wanted: WantedSso = {
  issuer: 'https://login.company.com',
  clientId: 'console',
  clientSecret: 'correct horse battery staple',
  trusted: false,
  on: true,
}

describe.each(testDatabases)('single sign-on of a team on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  let sso: TeamSsoSettings
  const settings = (origin: string): TeamSsoSettings =>
    createSsoSettings({
      database: opened.database,
      clock: () => 5,
      random: randomBytes,
      keys: [randomBytes(32).toString('base64url')],
      origin,
    })
  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
    sso = settings('https://console.company.com')
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })

  async function team(verifiedAt: number | null = 1) {
    const accountId = (await storedPerson(opened.database)).id
    const teams = createTeams({ database: opened.database, clock: () => 1, random: randomBytes })
    const teamId = (await teams.create(accountId, 'Observatory'))!
    const domain = `${randomBytes(6).toString('hex')}.example.com`
    await opened.database
      .insertInto('team_domain')
      .values({ team_id: teamId, domain, token: 'token', created_at: 1, verified_at: verifiedAt })
      .execute()
    return { teamId, accountId }
  }
  type Team = Awaited<ReturnType<typeof team>>
  const change = ({ teamId, accountId }: Team, what: Partial<WantedSso> = {}) =>
    sso.change(grantOf('sso.change', { accountId, resource: { team: teamId }, parameters: { ...wanted, ...what } }))
  const remove = ({ teamId, accountId }: Team) =>
    sso.remove(grantOf('sso.change', { accountId, resource: { team: teamId }, parameters: { removes: 'sso' } }))
  const stored = ({ teamId }: Team) =>
    opened.database.selectFrom('team_sso').selectAll().where('team_id', '=', teamId).executeTakeFirstOrThrow()
  const opens = async (of: Team, as = of): Promise<string> =>
    sso.openSecret({ teamId: as.teamId, clientSecretSealed: (await stored(of)).client_secret_sealed })

  test('P6 the secret goes in sealed, opens for its own team, and is never read back', async () => {
    const [ours, theirs] = [await team(), await team()]
    expect(await sso.read(ours.teamId)).toBeNull()
    expect(await change(ours)).toBeNull()
    expect(await sso.read(ours.teamId)).toEqual({
      issuer: wanted.issuer,
      clientId: 'console',
      trusted: false,
      on: true,
    })
    expect(JSON.stringify(await stored(ours))).not.toContain(wanted.clientSecret)
    expect(await opens(ours)).toBe(wanted.clientSecret)
    await expect(opens(ours, theirs)).rejects.toThrow('cannot be opened')
  })

  test('the secret stays for the same issuer and client, and is asked for again for any other', async () => {
    const ours = await team()
    expect(await change(ours, { clientSecret: null })).toBe('client_secret_missing')
    await change(ours)
    expect(await change(ours, { clientSecret: null, trusted: true, on: false })).toBeNull()
    expect(await sso.read(ours.teamId)).toMatchObject({ trusted: true, on: false })
    expect(await opens(ours)).toBe(wanted.clientSecret)
    for (const other of [{ issuer: 'https://evil.company.com' }, { clientId: 'other' }]) {
      expect(await sso.refusalTo(ours.teamId, { ...wanted, clientSecret: null, ...other })).toBe(
        'client_secret_missing',
      )
      expect(await change(ours, { clientSecret: null, ...other })).toBe('client_secret_missing')
    }
    expect(await sso.read(ours.teamId)).toMatchObject({ issuer: wanted.issuer, clientId: 'console' })
  })

  test('it can be turned on with a verified domain only', async () => {
    const ours = await team(null)
    expect(await sso.refusalTo(ours.teamId, wanted)).toBe('sso_domain_missing')
    expect(await change(ours)).toBe('sso_domain_missing')
    expect(await change(ours, { on: false })).toBeNull()
    await opened.database.updateTable('team_domain').set({ verified_at: 1 }).execute()
    expect(await change(ours)).toBeNull()
  })

  test('only an owner changes or removes it', async () => {
    const ours = await team()
    for (const role of ['admin', 'member'] as const) {
      await opened.database.updateTable('team_member').set({ role }).where('team_id', '=', ours.teamId).execute()
      const refusal = role === 'admin' ? 'role_insufficient' : 'team_not_found'
      expect([await change(ours), await remove(ours)]).toEqual([refusal, refusal])
    }
    expect(await sso.read(ours.teamId)).toBeNull()
  })

  test('whom another issuer vouched for is not known any more, nor once it is removed', async () => {
    const ours = await team()
    const known = async (issuer: string): Promise<unknown> =>
      await opened.database
        .insertInto('identity')
        .values({
          issuer,
          subject: ours.accountId,
          account_id: ours.accountId,
          provider: ssoProviderId(ours.teamId),
          email: 'ada@example.com',
          linked_at: 1,
          last_used_at: null,
        })
        .execute()
    const identities = () =>
      opened.database.selectFrom('identity').select('issuer').where('account_id', '=', ours.accountId).execute()
    await change(ours)
    await known(wanted.issuer)
    await change(ours, { on: false })
    expect(await identities()).toHaveLength(1)
    await change(ours, { issuer: 'https://other.company.com' })
    expect(await identities()).toEqual([])
    await known('https://other.company.com')
    expect(await remove(ours)).toBeNull()
    expect(await identities()).toEqual([])
    expect(await remove(ours)).toBe('sso_not_found')
  })

  test.each([
    ['issuer', { issuer: 'http://login.company.com' }],
    ['issuer', { issuer: 'https://127.0.0.1' }],
    ['issuer', { issuer: 'https://localhost' }],
    ['issuer', { issuer: 'https://login.company.com/?tenant=1' }],
    ['issuer', { issuer: 'https://user:password@login.company.com' }],
    ['issuer', { issuer: 'login.company.com' }],
    ['clientId', { clientId: 'con\nsole' }],
    ['clientSecret', { clientSecret: 'sécret' }],
  ])('what can’t be used as %s is named with a sentence: %j', (field, what) => {
    const faults = sso.faultsOf({ ...wanted, ...what })
    expect(faults).toEqual([{ field, code: expect.any(String), message: expect.stringMatching(/^[A-Z].*\.$/) }])
  })

  test('a provider on this machine is for a console on this machine', () => {
    const local = { ...wanted, issuer: 'http://localhost:3001' }
    expect(sso.faultsOf(local)).toHaveLength(1)
    expect(settings('http://localhost:3000').faultsOf(local)).toEqual([])
    expect(sso.faultsOf({ ...wanted, issuer: 'https://login.company.com/tenant/' })).toEqual([])
  })
})
