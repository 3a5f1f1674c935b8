import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../database/open.ts'
import type { OpenDatabase } from '../database/open.ts'
import type { AccountTable, TeamRole, TeamTable } from '../database/tables.ts'
import { testDatabases } from '../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../test/support/console-database.ts'
import { storedPerson } from '../../../../test/support/people.ts'
import { teamRoles } from './roles.ts'
import { createRules, issuersThatCount } from './rules.ts'
import type { Enforcement } from './rules.ts'

describe.each(testDatabases)('rules on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })

  const rulesWith = (enforcement?: Enforcement, textMessages = true, issuers: readonly string[] | null = null) =>
    createRules({
      database: opened.database,
      textMessages,
      issuers,
      ...(enforcement === undefined ? {} : { enforcement }),
    })
  const id = (): string => randomBytes(16).toString('base64url')
  const newDomain = (): string => `${randomBytes(6).toString('hex')}.example.com`

  async function person(domain = newDomain(), values: Partial<AccountTable> = {}): Promise<string> {
    const address = `p${randomBytes(6).toString('hex')}@${domain}`
    return (await storedPerson(opened.database, { email: address, email_key: address, ...values })).id
  }

  async function team(
    members: Readonly<Record<string, TeamRole>>,
    values: Partial<TeamTable> = {},
  ): Promise<{ readonly id: string }> {
    const row = {
      id: id(),
      name: 'Observatory',
      created_at: 1,
      mfa_policy: 'optional' as const,
      mfa_from: null,
      mfa_at_least: null,
      ...values,
    }
    await opened.database.insertInto('team').values(row).execute()
    for (const [account_id, role] of Object.entries(members)) {
      await opened.database
        .insertInto('team_member')
        .values({ team_id: row.id, account_id, role, joined_at: 1 })
        .execute()
    }
    return row
  }

  const verify = (teamId: string, domain: string, verifiedAt: number | null = 1) =>
    opened.database
      .insertInto('team_domain')
      .values({ team_id: teamId, domain, token: id(), created_at: 1, verified_at: verifiedAt })
      .execute()
  const singleSignOn = (teamId: string, isOn: 0 | 1 = 1) =>
    opened.database
      .insertInto('team_sso')
      .values({
        team_id: teamId,
        issuer: 'https://login.example.com',
        client_id: 'console',
        client_secret_sealed: 'sealed',
        trusted: 0,
        is_on: isOn,
        changed_at: 1,
      })
      .execute()

  test('E1 nobody must who is in no team, unless everyone must', async () => {
    const ada = await person()
    expect(await rulesWith().rules(ada)).toEqual({ managed: false, privileged: false, mandates: [] })
    expect(await rulesWith({ who: 'privileged', from: 7 }).rules(ada)).toEqual({
      managed: false,
      privileged: false,
      mandates: [],
    })
    expect(await rulesWith({ who: 'everyone', from: 7 }).rules(ada)).toEqual({
      managed: false,
      privileged: false,
      mandates: [{ because: 'everyone must', from: 7 }],
    })
    expect((await rulesWith({ who: 'everyone', from: 7 }).rules('nobody')).mandates).toHaveLength(1)
  })

  test('E1 M10 privileged people must where the deployment says so, and e-mail does not count for them', async () => {
    const [ada, grace, alan] = [await person(), await person(), await person()]
    await team({ [ada]: 'admin', [grace]: 'owner', [alan]: 'member' })
    await team({ [ada]: 'owner' }, { name: 'Workshop' })
    const privileged = rulesWith({ who: 'privileged', from: 7 })
    expect((await privileged.rules(ada)).mandates).toEqual([
      { because: 'you are an owner of Workshop', from: 7, atLeast: 'sms' },
    ])
    expect((await privileged.rules(grace)).mandates).toEqual([
      { because: 'you are an owner of Observatory', from: 7, atLeast: 'sms' },
    ])
    expect((await privileged.rules(alan)).mandates).toEqual([])
    const everyone = rulesWith({ who: 'everyone', from: 7 })
    expect((await everyone.rules(grace)).mandates).toEqual([{ because: 'everyone must', from: 7, atLeast: 'sms' }])
    expect((await everyone.rules(alan)).mandates).toEqual([{ because: 'everyone must', from: 7 }])
  })

  test.each([
    { policy: 'optional', atLeast: null, owner: [], admin: [], member: [] },
    { policy: 'privileged', atLeast: null, owner: ['sms'], admin: ['sms'], member: [] },
    { policy: 'privileged', atLeast: 'totp', owner: ['totp'], admin: ['totp'], member: [] },
    { policy: 'everyone', atLeast: null, owner: ['sms'], admin: ['sms'], member: [undefined] },
    { policy: 'everyone', atLeast: 'totp', owner: ['totp'], admin: ['totp'], member: ['totp'] },
    {
      policy: 'everyone',
      atLeast: 'security_key',
      owner: ['security_key'],
      admin: ['security_key'],
      member: ['security_key'],
    },
  ] as const)(
    'E1 a team’s policy binds its owners, admins and members: %o',
    async ({ policy, atLeast, ...expected }) => {
      const reasons = {
        owner: 'you are an owner of Observatory',
        admin: 'you are an admin of Observatory',
        member: 'everyone in Observatory must',
      }
      const people = { owner: await person(), admin: await person(), member: await person() }
      const members = Object.fromEntries(teamRoles.map((role) => [people[role], role]))
      await team(members, { mfa_policy: policy, mfa_at_least: atLeast, mfa_from: 9 })
      for (const role of teamRoles) {
        const mandates = expected[role].map((least) => ({
          because: reasons[role],
          from: 9,
          ...(least === undefined ? {} : { atLeast: least }),
        }))
        expect(await rulesWith().rules(people[role])).toEqual({
          managed: false,
          privileged: role !== 'member',
          mandates,
        })
      }
    },
  )

  test('each team’s policy binds by itself, beside that of the deployment; no date is at once', async () => {
    const ada = await person()
    await team({ [ada]: 'member' }, { name: 'Archive', mfa_policy: 'everyone', mfa_from: 5 })
    await team({ [ada]: 'member' }, { name: 'Bakery', mfa_policy: 'everyone' })
    expect((await rulesWith({ who: 'everyone', from: 3 }).rules(ada)).mandates).toEqual([
      { because: 'everyone must', from: 3 },
      { because: 'everyone in Archive must', from: 5 },
      { because: 'everyone in Bakery must', from: 0 },
    ])
  })

  test('where no text messages are sent, an app is what is asked for in their place', async () => {
    const ada = await person()
    await team({ [ada]: 'owner' }, { mfa_policy: 'privileged' })
    expect((await rulesWith(undefined, false).rules(ada)).mandates).toMatchObject([{ atLeast: 'totp' }])
  })

  test('L4 members with an address in the verified domain are managed, all but the owners, and have no mandates', async () => {
    const domain = newDomain()
    const people = {
      owner: await person(domain),
      admin: await person(domain),
      member: await person(domain),
      outside: await person(),
      subdomain: await person(`mail.${domain}`),
      longer: await person(`x${domain}`),
      unconfirmed: await person(domain, { email_confirmed_at: null }),
    }
    const stranger = await person(domain)
    const { id: teamId } = await team(
      Object.fromEntries(
        Object.entries(people).map(([name, accountId]) => [
          accountId,
          name === 'owner' || name === 'admin' ? name : 'member',
        ]),
      ),
      { mfa_policy: 'everyone' },
    )
    await verify(teamId, domain)
    await singleSignOn(teamId)
    const rules = rulesWith({ who: 'everyone', from: 0 })
    for (const [name, accountId] of Object.entries({ ...people, stranger })) {
      const managed = name === 'admin' || name === 'member'
      const given = await rules.rules(accountId)
      expect([name, given.managed]).toEqual([name, managed])
      expect([name, given.mandates.length > 0]).toEqual([name, !managed])
      expect(await rules.managedBy(accountId)).toEqual(managed ? { teamId, name: 'Observatory' } : null)
    }
  })

  test('L4 nobody is managed while the domain is not verified, single sign-on is off, or the verified domain is another team’s', async () => {
    const [domain, other] = [newDomain(), newDomain()]
    const [ada, grace] = [await person(domain), await person(other)]
    const pending = await team({ [ada]: 'member' })
    await verify(pending.id, domain, null)
    await singleSignOn(pending.id)
    const off = await team({ [grace]: 'member' })
    await verify(off.id, other)
    await singleSignOn(off.id, 0)
    const elsewhere = await team({ [grace]: 'member' })
    await singleSignOn(elsewhere.id)
    const rules = rulesWith()
    expect([await rules.managedBy(ada), await rules.managedBy(grace)]).toEqual([null, null])
    expect([await rules.ssoForDomain(domain), await rules.ssoForDomain(other)]).toEqual([null, null])
  })

  test('single sign-on is found by the verified domain and nothing else', async () => {
    const domain = newDomain()
    const { id: teamId } = await team({})
    await verify(teamId, domain)
    await singleSignOn(teamId)
    expect(await rulesWith().ssoForDomain(domain)).toEqual({
      teamId,
      issuer: 'https://login.example.com',
      clientId: 'console',
      clientSecretSealed: 'sealed',
      trusted: false,
    })
    expect(await rulesWith().ssoForDomain(`mail.${domain}`)).toBeNull()
  })

  test('E1 L4 where issuers are named, single sign-on of others manages nobody and is found by nobody', async () => {
    const domain = newDomain()
    const ada = await person(domain)
    const { id: teamId } = await team({ [ada]: 'member' })
    await verify(teamId, domain)
    await singleSignOn(teamId)
    for (const [issuers, counts] of [
      [null, true],
      [['https://id.example.com', 'https://login.example.com'], true],
      [['https://login.example.com/'], false],
      [[], false],
    ] as const) {
      const rules = rulesWith({ who: 'everyone', from: 1 }, true, issuers)
      expect((await rules.rules(ada)).managed).toBe(counts)
      const found = [await rules.managedBy(ada), await rules.ssoForDomain(domain), await rules.ssoOf(teamId)]
      expect(found.map((each) => each !== null)).toEqual([counts, counts, counts])
    }
  })

  test('E1 only a deployment that asks for a second factor asks for names', () => {
    const named = ['https://id.example.com']
    expect(issuersThatCount(undefined, named)).toBeNull()
    expect(issuersThatCount({ who: 'nobody', from: 0 }, named)).toBeNull()
    expect(issuersThatCount({ who: 'privileged', from: 0 }, named)).toEqual(named)
    expect(issuersThatCount({ who: 'everyone', from: 0 })).toEqual([])
  })

  test('E3 L4 what another team asks of whom single sign-on signs in is known, and that of their own team is no other’s', async () => {
    const domain = newDomain()
    const [ada, grace] = [await person(domain), await person()]
    const own = await team({ [ada]: 'member' }, { mfa_policy: 'everyone' })
    await verify(own.id, domain)
    await singleSignOn(own.id)
    const free = await team({ [ada]: 'member' })
    const strict = await team({ [ada]: 'admin', [grace]: 'admin' }, { mfa_policy: 'privileged', mfa_from: 9 })
    const rules = rulesWith()
    expect(await rules.ssoOfAnother(own.id, ada)).toBeNull()
    expect(await rules.ssoOfAnother(free.id, ada)).toEqual({ mandate: null })
    expect(await rules.ssoOfAnother(strict.id, ada)).toMatchObject({ mandate: { from: 9 } })
    expect(await rules.ssoOfAnother(strict.id, grace)).toBeNull()
    expect(await rules.ssoOfAnother((await team({})).id, ada)).toBeNull()
  })

  test('what changes is in force with the next question', async () => {
    const domain = newDomain()
    const ada = await person(domain)
    const { id: teamId } = await team({ [ada]: 'member' })
    await verify(teamId, domain)
    await singleSignOn(teamId)
    const rules = rulesWith()
    expect((await rules.rules(ada)).managed).toBe(true)
    const { database } = opened
    await database.updateTable('team_sso').set({ is_on: 0 }).where('team_id', '=', teamId).execute()
    expect((await rules.rules(ada)).managed).toBe(false)
    await database.updateTable('team').set({ mfa_policy: 'privileged' }).where('id', '=', teamId).execute()
    expect((await rules.rules(ada)).mandates).toEqual([])
    await database.updateTable('team_member').set({ role: 'admin' }).where('account_id', '=', ada).execute()
    expect((await rules.rules(ada)).mandates).toHaveLength(1)
  })
})
