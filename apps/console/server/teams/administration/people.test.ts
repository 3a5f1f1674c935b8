import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountState } from 'sallyport'
import { openDatabase } from '../../database/open.ts'
import type { OpenDatabase } from '../../database/open.ts'
import type { TeamRole, TeamTable } from '../../database/tables.ts'
import { testDatabases } from '../../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../../test/support/console-database.ts'
import { storedPerson } from '../../../../../test/support/people.ts'
import { createRules } from '../rules.ts'
import { createPeople } from './people.ts'
import type { People, PersonView } from './people.ts'

const now = 1_000
const off: AccountState = { enabledAt: null, lockedUntil: 0, methods: [] }
const withMethods = (...kinds: readonly string[]): AccountState => ({
  enabledAt: 1,
  lockedUntil: 0,
  methods: [...kinds, 'recovery_code'].map((method) => ({
    method,
    backup: method === 'recovery_code',
    createdAt: 1,
    lastUsedAt: null,
    codesLeft: method === 'recovery_code' ? 10 : null,
  })),
})

describe.each(testDatabases)('the people of a team on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  let people: People
  const states = new Map<string, AccountState>()
  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
    people = createPeople({
      database: opened.database,
      clock: () => now,
      rules: createRules({ database: opened.database, textMessages: true }),
      administration: { state: async (accountId) => states.get(accountId) ?? off },
      textMessages: true,
    })
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })

  const id = (): string => randomBytes(16).toString('base64url')
  const newDomain = (): string => `${randomBytes(6).toString('hex')}.example.com`

  async function team(values: Partial<TeamTable> = {}, domain: string | null = null): Promise<string> {
    const policy = { mfa_policy: 'optional', mfa_from: null, mfa_at_least: null } as const
    const row = { id: id(), name: 'Observatory', created_at: 1, ...policy, ...values }
    await opened.database.insertInto('team').values(row).execute()
    const verified = { team_id: row.id, token: 'token', created_at: 1, verified_at: 1 }
    if (domain !== null)
      await opened.database
        .insertInto('team_domain')
        .values({ ...verified, domain })
        .execute()
    return row.id
  }

  async function member(teamId: string, address: string, state: AccountState = off, role: TeamRole = 'member') {
    const { id: accountId } = await storedPerson(opened.database, { email: address, email_key: address })
    await opened.database
      .insertInto('team_member')
      .values({ team_id: teamId, account_id: accountId, role, joined_at: 1 })
      .execute()
    states.set(accountId, state)
    return accountId
  }

  const all = async (teamId: string): Promise<readonly PersonView[]> => (await people.page(teamId, null)).people

  test('come by address, fifty at a time, each once', async () => {
    const [teamId, domain] = [await team(), newDomain()]
    const addresses = Array.from({ length: 101 }, (_, index) => `p${String(index).padStart(3, '0')}@${domain}`)
    for (const address of addresses.toReversed()) await member(teamId, address)
    await member(await team(), `p000a@${domain}`)
    const pages: string[][] = []
    let after: string | null = null
    do {
      const page = await people.page(teamId, after)
      pages.push(page.people.map(({ email }) => email))
      after = page.next
    } while (after !== null)
    expect(pages.map((page) => page.length)).toEqual([50, 50, 1])
    expect(pages.flat()).toEqual(addresses)
  })

  test('XA-06 details are seen of managed people only', async () => {
    const domain = newDomain()
    const teamId = await team({}, domain)
    const state = { ...withMethods('totp', 'email'), lockedUntil: now + 5 }
    await member(teamId, `a@${domain}`, state)
    await member(teamId, `b@other.${domain}`, state)
    expect(await all(teamId)).toMatchObject([
      {
        email: `a@${domain}`,
        managed: true,
        mfa: 'on',
        methods: [{ method: 'totp' }, { method: 'email' }, { method: 'recovery_code' }],
        lockedUntil: now + 5,
      },
      { email: `b@other.${domain}`, managed: false, mfa: 'on', methods: null, lockedUntil: null },
    ])
  })

  test.each([
    ['optional', null, 'member', [], 'free'],
    ['privileged', null, 'member', [], 'free'],
    ['privileged', null, 'admin', [], 'required'],
    ['privileged', null, 'admin', ['email'], 'required'],
    ['privileged', null, 'admin', ['sms'], 'free'],
    ['everyone', null, 'member', ['email'], 'free'],
    ['everyone', null, 'member', [], 'required'],
    ['everyone', now, 'member', [], 'required'],
    ['everyone', now + 1, 'member', [], 'postponed'],
    ['everyone', 'totp', 'member', ['sms', 'email'], 'required'],
    ['everyone', 'totp', 'member', ['email', 'totp'], 'free'],
  ] as const)('E1 under %s (%s) a %s with %j is %s', async (policy, what, role, kinds, status) => {
    const domain = newDomain()
    const teamId = await team({
      mfa_policy: policy,
      mfa_from: typeof what === 'number' ? what : null,
      mfa_at_least: what === 'totp' ? what : null,
    })
    await member(teamId, `a@${domain}`, kinds.length === 0 ? off : withMethods(...kinds), role)
    const from = status !== 'free' && typeof what === 'number' ? what : null
    expect((await all(teamId))[0]?.standing).toEqual({ status, from })
  })

  test('recovery codes alone are no second factor', async () => {
    const teamId = await team({ mfa_policy: 'everyone' })
    await member(teamId, `a@${newDomain()}`, withMethods())
    expect((await all(teamId))[0]?.standing.status).toBe('required')
  })

  test('L4 whoever signs in through single sign-on meets the rule with that', async () => {
    const domain = newDomain()
    const teamId = await team({ mfa_policy: 'everyone' }, domain)
    await member(teamId, `a@${domain}`)
    await member(teamId, `b@${domain}`, off, 'owner')
    await opened.database
      .insertInto('team_sso')
      .values({
        team_id: teamId,
        issuer: 'https://login.example.com',
        client_id: 'console',
        client_secret_sealed: 'sealed',
        trusted: 0,
        is_on: 1,
        changed_at: 1,
      })
      .execute()
    const seen = (await all(teamId)).map(({ mfa, standing }) => [mfa, standing.status])
    expect(seen).toEqual([
      ['sso', 'free'],
      ['off', 'required'],
    ])
  })

  test('only a managed person is found', async () => {
    const domain = newDomain()
    const teamId = await team({}, domain)
    const managed = await member(teamId, `a@${domain}`, off, 'admin')
    const other = await member(teamId, `b@${newDomain()}`)
    const stranger = await member(await team(), `c@${domain}`)
    expect(await people.findManaged(teamId, managed)).toEqual({
      accountId: managed,
      email: `a@${domain}`,
      role: 'admin',
    })
    for (const accountId of [other, stranger, 'nobodys']) expect(await people.findManaged(teamId, accountId)).toBeNull()
  })
})
