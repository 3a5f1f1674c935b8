import type { Random } from 'sallyport'
import type { Database } from '../database/tables.ts'
import type { OidcProvider } from '../sign-in-providers/providers.ts'
import { createSsoSettings } from '../teams/administration/sso-settings.ts'

const owner = 'grace@example.com'
const managed = 'mary@example.org'
/** The team that it is for. */
export const signedOnTeam = 'planetarium'

/**
 * Puts the people that were made since `since` into a team whose members sign in at `provider`, and tells the team the
 * provider's secret, which is another one at each start.
 */
export async function seedSingleSignOn(parts: {
  readonly database: Database
  readonly since: number
  readonly provider: OidcProvider
  readonly keys: readonly string[]
  readonly origin: string
  readonly random: Random
}): Promise<void> {
  const { database, since, provider } = parts
  const clock = (): number => since
  const sealed = createSsoSettings({ ...parts, clock }).sealSecret(signedOnTeam, provider.clientSecret)
  await database
    .updateTable('team_sso')
    .set({ client_secret_sealed: sealed })
    .where('team_id', '=', signedOnTeam)
    .where('issuer', '=', provider.issuer)
    .execute()
  const people = await database
    .selectFrom('account')
    .select(['id', 'email'])
    .where('email', 'in', [owner, managed])
    .where('email_confirmed_at', 'is not', null)
    .where('created_at', '>=', since)
    .execute()
  if (people.length < 2) return
  await database.transaction().execute(async (transaction) => {
    const optional = { mfa_policy: 'optional', mfa_from: null, mfa_at_least: null } as const
    const team = transaction
      .insertInto('team')
      .values({ id: signedOnTeam, name: 'Planetarium', created_at: since, ...optional })
    const made = await team.onConflict((there) => there.doNothing()).executeTakeFirst()
    if (made.numInsertedOrUpdatedRows !== 1n) return
    await transaction
      .insertInto('team_member')
      .values(
        people.map(({ id, email }) => ({
          team_id: signedOnTeam,
          account_id: id,
          role: email === owner ? ('owner' as const) : ('member' as const),
          joined_at: since,
        })),
      )
      .execute()
    const domain = { domain: 'example.org', token: 'seeded', created_at: since, verified_at: since }
    await transaction
      .insertInto('team_domain')
      .values({ team_id: signedOnTeam, ...domain })
      .execute()
    await transaction
      .insertInto('team_sso')
      .values({
        team_id: signedOnTeam,
        issuer: provider.issuer,
        client_id: provider.clientId,
        client_secret_sealed: sealed,
        trusted: 0,
        is_on: 1,
        changed_at: since,
      })
      .execute()
  })
}
