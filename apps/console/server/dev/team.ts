import type { Database, TeamRole } from '../database/tables.ts'

const members: Readonly<Record<string, TeamRole>> = {
  'grace@example.com': 'owner',
  'ada@example.com': 'admin',
  'alan@example.com': 'member',
}

/** Puts the people that were made since `since` into a team. People who are there already keep the teams they have. */
export async function seedTeam(database: Database, since: number): Promise<void> {
  const people = await database
    .selectFrom('account')
    .select(['id', 'email'])
    .where('email', 'in', Object.keys(members))
    .where('email_confirmed_at', 'is not', null)
    .where('created_at', '>=', since)
    .execute()
  if (people.length < Object.keys(members).length) return
  const id = 'observatory'
  const rows = people.map(({ id: accountId, email }) => ({
    team_id: id,
    account_id: accountId,
    role: members[email] ?? 'member',
    joined_at: since,
  }))
  await database.transaction().execute(async (transaction) => {
    const optional = { mfa_policy: 'optional', mfa_from: null, mfa_at_least: null } as const
    const team = transaction.insertInto('team').values({ id, name: 'Observatory', created_at: since, ...optional })
    const made = await team.onConflict((there) => there.doNothing()).executeTakeFirst()
    // Another process that started at the same moment was first.
    if (made.numInsertedOrUpdatedRows !== 1n) return
    await transaction.insertInto('team_member').values(rows).execute()
    // So that its people are managed: their second factors are seen, and can be reset.
    const domain = { team_id: id, domain: 'example.com', token: 'seeded', created_at: since, verified_at: since }
    const verified = transaction.insertInto('team_domain').values(domain)
    await verified.onConflict((there) => there.doNothing()).execute()
  })
}
