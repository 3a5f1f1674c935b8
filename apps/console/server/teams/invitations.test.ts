import { randomBytes } from 'node:crypto'
import type { EmailMessage } from 'sallyport'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseEmailAddress } from '../accounts/email-address.ts'
import { openDatabase } from '../database/open.ts'
import type { OpenDatabase } from '../database/open.ts'
import type { AccountTable, TeamRole } from '../database/tables.ts'
import { testDatabases } from '../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../test/support/console-database.ts'
import { grantOf } from '../../../../test/support/grant.ts'
import { storedPerson } from '../../../../test/support/people.ts'
import { createInvitations } from './invitations.ts'
import type { InvitationParts, Invitations } from './invitations.ts'
import { createTeams } from './teams.ts'
import type { Teams } from './teams.ts'

const dayMs = 86_400_000
const newKey = (): string => randomBytes(32).toString('base64url')
const keys = [newKey()]

describe.each(testDatabases)('invitations on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  let parts: InvitationParts
  let teams: Teams
  let invitations: Invitations
  let ada: AccountTable
  let teamId: string
  let now = 1_795_303_885_834
  const sent: EmailMessage[] = []

  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
    parts = {
      database: opened.database,
      clock: () => now,
      random: randomBytes,
      keys,
      app: 'Console',
      origin: 'https://console.example',
      send: async (message) => void sent.push(message),
    }
    teams = createTeams(parts)
    invitations = createInvitations(parts)
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })
  beforeEach(async () => {
    now += 8 * dayMs
    sent.length = 0
    ada = await storedPerson(opened.database)
    teamId = (await teams.create(ada.id, 'Observatory'))!
  })

  const person = (values: Partial<AccountTable> = {}): Promise<AccountTable> => storedPerson(opened.database, values)
  const join = async (role: TeamRole): Promise<AccountTable> => {
    const member = await person()
    await opened.database
      .insertInto('team_member')
      .values({ team_id: teamId, account_id: member.id, role, joined_at: now })
      .execute()
    return member
  }
  const adjusting = (by: string, team = teamId) =>
    grantOf<'team.adjust', unknown, { team: string }>('team.adjust', { accountId: by, resource: { team } })
  const invite = (email: string, role: TeamRole = 'member', by = ada.id, store = invitations) =>
    store.invite(adjusting(by), { email: parseEmailAddress(email)!, role })
  const newestToken = (): string => /#([\w-]{43})/.exec(sent.at(-1)?.text ?? '')?.[1] ?? ''
  const roleOf = async (accountId: string): Promise<TeamRole | undefined> => (await teams.find(teamId, accountId))?.role

  test('the invited person becomes a member by the link, once', async () => {
    const eve = await person()
    const invited = await invite(eve.email.toUpperCase().replace('EXAMPLE.COM', 'example.com'), 'admin')
    expect(invited.ok).toBe(true)
    const token = newestToken()
    expect(await invitations.read(token)).toMatchObject({ team: 'Observatory', role: 'admin', emailKey: eve.email_key })
    expect(await invitations.accept(token, eve)).toEqual({ ok: true, teamId })
    expect(await roleOf(eve.id)).toBe('admin')
    expect(await invitations.read(token)).toBeNull()
    expect(await invitations.accept(token, eve)).toEqual({ ok: false, reason: 'invitation_not_found' })
    expect(await invitations.open(teamId)).toEqual([])
  })

  test('of 16 who use one link at once, one does', async () => {
    const eve = await person()
    await invite(eve.email)
    const outcomes = await Promise.all(Array.from({ length: 16 }, () => invitations.accept(newestToken(), eve)))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
  })

  test('nobody else accepts it, and it stays for whom it is meant', async () => {
    const [eve, mallory] = [await person(), await person()]
    const unconfirmed = await person({ email: eve.email, email_key: eve.email_key, email_confirmed_at: null })
    await invite(eve.email)
    for (const stranger of [mallory, unconfirmed, { ...mallory, email_key: eve.email_key }]) {
      expect(await invitations.accept(newestToken(), stranger)).toEqual({ ok: false, reason: 'invitation_not_yours' })
    }
    expect((await invitations.accept(newestToken(), eve)).ok).toBe(true)
  })

  test('is over after seven days', async () => {
    const eve = await person()
    await invite(eve.email)
    now += 7 * dayMs - 1
    expect(await invitations.read(newestToken())).not.toBeNull()
    now += 1
    expect(await invitations.read(newestToken())).toBeNull()
    expect((await invitations.accept(newestToken(), eve)).ok).toBe(false)
  })

  test('the same address again replaces it', async () => {
    await invite('eve@example.com', 'member')
    const first = newestToken()
    await invite('EVE@example.com', 'admin')
    expect(await invitations.read(first)).toBeNull()
    expect((await invitations.open(teamId)).map(({ role }) => role)).toEqual(['admin'])
  })

  test('a withdrawn one opens nothing', async () => {
    const invited = await invite('eve@example.com')
    if (!invited.ok) throw new Error(invited.reason)
    expect(await invitations.withdraw(adjusting(ada.id), invited.id)).toBeNull()
    expect(await invitations.read(newestToken())).toBeNull()
    expect(await invitations.withdraw(adjusting(ada.id), invited.id)).toBe('invitation_not_found')
  })

  test('XA-06 one of another team is not found, and to a stranger there is no team', async () => {
    const invited = await invite('eve@example.com')
    if (!invited.ok) throw new Error(invited.reason)
    const mallory = await person()
    const other = (await teams.create(mallory.id, 'Other'))!
    expect(await invitations.withdraw(adjusting(mallory.id, other), invited.id)).toBe('invitation_not_found')
    expect(await invitations.withdraw(adjusting(mallory.id), invited.id)).toBe('team_not_found')
    expect(await invite('leo@example.com', 'owner', mallory.id)).toEqual({ ok: false, reason: 'team_not_found' })
    expect(await invitations.open(teamId)).toHaveLength(1)
  })

  test('an admin invites members only, and leaves the invitations of others alone', async () => {
    const grace = await join('admin')
    for (const role of ['owner', 'admin'] as const) {
      expect(await invite('eve@example.com', role, grace.id)).toEqual({ ok: false, reason: 'role_insufficient' })
    }
    expect((await invite('leo@example.com', 'member', grace.id)).ok).toBe(true)
    const invited = await invite('mia@example.com', 'owner')
    if (!invited.ok) throw new Error(invited.reason)
    expect(await invite('mia@example.com', 'member', grace.id)).toEqual({ ok: false, reason: 'role_insufficient' })
    expect(await invitations.withdraw(adjusting(grace.id), invited.id)).toBe('role_insufficient')
    const alan = await join('member')
    expect(await invite('zoe@example.com', 'member', alan.id)).toEqual({ ok: false, reason: 'role_insufficient' })
  })

  test('what someone invited falls with their right to invite', async () => {
    const grace = await join('owner')
    await invite('eve@example.com', 'owner', grace.id)
    await invite('leo@example.com', 'member', grace.id)
    await teams.changeRole(adjusting(ada.id), { accountId: grace.id, role: 'admin' })
    expect((await invitations.open(teamId)).map(({ email }) => email)).toEqual(['leo@example.com'])
    await teams.remove(adjusting(ada.id), grace.id)
    expect(await invitations.open(teamId)).toEqual([])
  })

  test('EO-02 whether an address has an account makes no difference, unless it is in the team', async () => {
    const [eve, alan] = [await person(), await join('member')]
    expect(Object.keys(await invite(eve.email))).toEqual(Object.keys(await invite('nobody@example.com')))
    const [known, unknown] = sent.map(({ text }) => text.replace(/#[\w-]{43}/, ''))
    expect(known).toBe(unknown)
    expect(await invite(alan.email)).toEqual({ ok: false, reason: 'already_member' })
    expect(sent).toHaveLength(2)
  })

  test('a message that can’t be handed over leaves no invitation', async () => {
    const failing = createInvitations({ ...parts, send: async () => Promise.reject(new Error('down')) })
    await expect(invite('eve@example.com', 'member', ada.id, failing)).rejects.toMatchObject({
      code: 'delivery_failed',
    })
    expect(await invitations.open(teamId)).toEqual([])
  })

  test('TF-10 a team has twenty open ones at most, also when they are made at once', async () => {
    const invited = await Promise.all(Array.from({ length: 24 }, (_, n) => invite(`person${n}@example.com`)))
    expect(invited.filter(({ ok }) => ok)).toHaveLength(20)
    expect(invited.find(({ ok }) => !ok)).toEqual({ ok: false, reason: 'invitation_limit' })
    now += 7 * dayMs
    expect((await invite('late@example.com')).ok).toBe(true)
  })

  /** From a new team of theirs. */
  const inviteFlooded = async (by: string) =>
    invitations.invite(adjusting(by, (await teams.create(by, 'Flood'))!), {
      email: parseEmailAddress('flooded@example.com')!,
      role: 'member',
    })

  test('TF-10 one address gets five a day, from whichever team and whomever', async () => {
    for (let n = 0; n < 5; n += 1) expect((await inviteFlooded((await person()).id)).ok).toBe(true)
    expect(await invite('flooded@example.com')).toEqual({ ok: false, reason: 'invitation_send_limit' })
    now += dayMs
    expect((await invite('flooded@example.com')).ok).toBe(true)
  })

  test('TF-10 one person sends an address two a day, and leaves room for what others send it', async () => {
    const tries = await Promise.all(Array.from({ length: 6 }, () => inviteFlooded(ada.id)))
    expect(tries.filter(({ ok }) => ok)).toHaveLength(2)
    expect(tries.find(({ ok }) => !ok)).toEqual({ ok: false, reason: 'invitation_send_limit' })
    expect((await inviteFlooded((await person()).id)).ok).toBe(true)
  })

  test('TF-10 one person sends fifty a day, from however many teams at once', async () => {
    const made = await Promise.all(Array.from({ length: 6 }, (_, n) => teams.create(ada.id, `Team ${n}`)))
    const invited = await Promise.all(
      made.flatMap((team, t) =>
        Array.from({ length: 10 }, (_, n) =>
          invitations.invite(adjusting(ada.id, team!), {
            email: parseEmailAddress(`many${t}-${n}@example.com`)!,
            role: 'member',
          }),
        ),
      ),
    )
    expect(invited.filter(({ ok }) => ok)).toHaveLength(50)
    expect(invited.find(({ ok }) => !ok)).toEqual({ ok: false, reason: 'invitation_send_limit' })
  })

  test('P6 the database holds no token, and a token outlives a rotation of the keys', async () => {
    await invite('eve@example.com')
    const rows = await opened.database.selectFrom('team_invitation').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(newestToken())
    expect(await createInvitations({ ...parts, keys: [newKey(), ...keys] }).read(newestToken())).not.toBeNull()
    expect(await createInvitations({ ...parts, keys: [newKey()] }).read(newestToken())).toBeNull()
    for (const row of rows) expect(await invitations.read(row.token_hash)).toBeNull()
  })

  test('those that have expired are purged in batches, the others stay', async () => {
    await invitations.purge(1_000)
    for (const name of ['a', 'b', 'c']) await invite(`${name}@example.com`)
    now += 7 * dayMs
    await invite('d@example.com')
    expect([await invitations.purge(2), await invitations.purge(2), await invitations.purge(2)]).toEqual([2, 1, 0])
    expect(await invitations.open(teamId)).toHaveLength(1)
    expect(await opened.database.selectFrom('team_invitation_mail').select('id').execute()).toHaveLength(1)
  })
})
