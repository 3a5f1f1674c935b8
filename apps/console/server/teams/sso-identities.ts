import type { Database } from '../database/tables.ts'

/** The provider of an identity that a team's single sign-on vouches for. */
export function ssoProviderId(teamId: string): string {
  return `sso:${teamId}`
}

/** Whether it is such a provider, of whichever team, and not one that people link themselves. */
export function isSsoProviderId(provider: string): boolean {
  return provider.startsWith(ssoProviderId(''))
}

/** Whom the team's single sign-on has known, or this one person, is known by it no more. */
export async function forgetSsoIdentities(database: Database, teamId: string, accountId?: string): Promise<void> {
  const known = database.deleteFrom('identity').where('provider', '=', ssoProviderId(teamId))
  await (accountId === undefined ? known : known.where('account_id', '=', accountId)).execute()
}
