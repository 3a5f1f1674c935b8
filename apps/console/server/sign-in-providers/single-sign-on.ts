import type { Accounts } from '../accounts/accounts.ts'
import { parseEmailAddress } from '../accounts/email-address.ts'
import type { TeamSsoSettings } from '../teams/administration/sso-settings.ts'
import type { TeamRules, TeamSso } from '../teams/rules.ts'
import { isSsoProviderId, ssoProviderId } from '../teams/sso-identities.ts'
import { ssoCallbackId } from './callback-address.ts'
import type { Identities } from './identities.ts'
import type { Identified, OidcClient } from './oidc.ts'

export interface TeamProvider {
  readonly teamId: string
  readonly client: OidcClient
  readonly trusted: boolean
}

export interface SingleSignOn {
  /** Where people with an address in this domain sign in; looks at no account (THREATS EO-01). */
  forDomain(domain: string): Promise<TeamProvider | null>
  /** The team's single sign-on as it is now; null when it has none, or it is off. */
  ofTeam(teamId: string): Promise<TeamProvider | null>
  /** Whose account this is: that of one of the team's managed people, or nobody's. */
  accountOf(teamId: string, identified: Identified): Promise<string | null>
  /** Whether the account has signed in through the team that manages it since then; true of one that no team manages. */
  hasSignedIn(accountId: string, since: number): Promise<boolean>
}

export function createSingleSignOn(parts: {
  readonly accounts: Pick<Accounts, 'findByEmail'>
  readonly identities: Identities
  readonly rules: Pick<TeamRules, 'managedBy' | 'ssoForDomain' | 'ssoOf'>
  readonly sso: Pick<TeamSsoSettings, 'openSecret'>
}): SingleSignOn {
  const { accounts, identities, rules, sso } = parts

  const provided = (found: TeamSso): TeamProvider => ({
    teamId: found.teamId,
    client: {
      id: ssoCallbackId(found.teamId),
      issuer: found.issuer,
      clientId: found.clientId,
      clientSecret: sso.openSecret(found),
      by: 'team',
    },
    trusted: found.trusted,
  })

  const isManagedBy = async (teamId: string, accountId: string): Promise<boolean> =>
    (await rules.managedBy(accountId))?.teamId === teamId

  /** An address counts only the first time, and only if the provider has confirmed it: from then on the subject does. */
  async function firstTime(teamId: string, identified: Identified): Promise<string | null> {
    const address = identified.emailVerified ? parseEmailAddress(identified.email ?? '') : null
    const account = address === null ? null : await accounts.findByEmail(address.key)
    if (account === null || !(await isManagedBy(teamId, account.id))) return null
    const known = await identities.find(identified)
    if (known === null || isSsoProviderId(known.provider)) {
      return (await identities.link(identified, ssoProviderId(teamId), account.id)) ? account.id : null
    }
    // The person has linked it themself, with another client of the same provider: it stays theirs, and as it is.
    if (known.account_id !== account.id) return null
    await identities.use(known)
    return account.id
  }

  return {
    async forDomain(domain) {
      const found = await rules.ssoForDomain(domain)
      return found && provided(found)
    },

    async ofTeam(teamId) {
      const found = await rules.ssoOf(teamId)
      return found && provided(found)
    },

    async accountOf(teamId, identified) {
      const identity = await identities.find(identified)
      if (identity?.provider !== ssoProviderId(teamId)) return await firstTime(teamId, identified)
      if (!(await isManagedBy(teamId, identity.account_id))) return null
      await identities.use(identity)
      return identity.account_id
    },

    async hasSignedIn(accountId, since) {
      const team = await rules.managedBy(accountId)
      if (team === null) return true
      const found = await rules.ssoOf(team.teamId)
      const own = ssoProviderId(team.teamId)
      return (await identities.of(accountId)).some(({ provider, issuer, linked_at: linkedAt, last_used_at: usedAt }) =>
        provider === own
          ? (usedAt ?? linkedAt) >= since
          : // One that the person linked and that serves for this as well: having linked it is no sign-in.
            issuer === found?.issuer && !isSsoProviderId(provider) && usedAt !== null && usedAt >= since,
      )
    },
  }
}
