import type { Client, SignInStep } from 'sallyport'
import { toSallyport } from '../accounts/accounts.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { parseEmailAddress } from '../accounts/email-address.ts'
import type { ConsoleErrorCode } from '../protection/problem.ts'
import { live } from '../sessions/live.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { ConsoleMfa } from '../teams/actions.ts'
import type { Identities } from './identities.ts'
import type { Identified, Oidc, OidcClient } from './oidc.ts'
import { clientOf } from './providers.ts'
import type { OidcProvider, Providers } from './providers.ts'
import type { SingleSignOn } from './single-sign-on.ts'
import type { Journey } from './state-cookie.ts'

export interface ReturnParts {
  readonly mfa: ConsoleMfa
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly oidc: Oidc
  readonly providers: Providers
  readonly identities: Identities
  readonly singleSignOn: SingleSignOn
}

/** What became of a journey to a provider. */
export type Returned =
  | { readonly status: 'linked'; readonly provider: string }
  | { readonly status: 'refused'; readonly code: ConsoleErrorCode; readonly accountId: string | null }
  /** `authAt`: when the provider says that it signed the person in. */
  | (Exclude<SignInStep, { readonly status: 'elsewhere' }> & { readonly authAt: number | null })

/** Judges what a browser has brought back: `query` is that of the callback. */
export async function returned(
  parts: ReturnParts,
  { purpose, secrets }: Journey,
  query: string,
  client: Client,
): Promise<Returned> {
  // Before the answer is looked at: a login that is under way while sessions are ended rests on the time before.
  const at = parts.mfa.clock()
  if (purpose.kind === 'sso') {
    const team = await parts.singleSignOn.ofTeam(purpose.team)
    if (team === null) return refused('sso_not_found')
    const identified = await parts.oidc.finish(team.client, secrets, query)
    if (typeof identified === 'string') return refused(identified)
    // It has taken as long as it likes: meanwhile the team may have turned this off, or gone to another provider.
    const now = await parts.singleSignOn.ofTeam(team.teamId)
    if (now === null || !isSameClient(now.client, team.client)) return refused('sso_not_found')
    const accountId = await parts.singleSignOn.accountOf(now.teamId, identified)
    if (accountId === null) return refused('sso_not_managed')
    const amr = now.trusted ? { amr: identified.amr } : {}
    const step = await parts.mfa.signIn.begin({ accountId, evidence: ['sso'], ...amr, at }, client)
    return step.status === 'elsewhere' ? refused('sso_not_managed', accountId) : { ...step, authAt: identified.authAt }
  }
  const provider = parts.providers.find(purpose.provider)
  if (provider === null) return refused('provider_not_found')
  const identified = await parts.oidc.finish(clientOf(provider), secrets, query)
  if (typeof identified === 'string') return refused(identified)
  if (purpose.kind === 'link') return await link(parts, provider, identified, purpose, client)
  const account = await accountOf(parts, provider, identified)
  if (typeof account !== 'string') return account
  const amr = provider.trusted === true ? { amr: identified.amr } : {}
  const step = await parts.mfa.signIn.begin({ accountId: account, evidence: ['oidc'], ...amr, at }, client)
  if (step.status === 'elsewhere') return refused('sso_required', account)
  await parts.identities.use(identified)
  return { ...step, authAt: identified.authAt }
}

/**
 * The account that the identity is linked to, or a new one. An account that merely has the same address is nobody's to
 * take: whoever runs a provider, or gets an address that someone else had, would have it (THREATS OA-02).
 */
async function accountOf(
  { accounts, identities }: ReturnParts,
  { id: provider }: OidcProvider,
  identified: Identified,
): Promise<string | Returned> {
  const identity = await identities.find(identified)
  if (identity?.provider === provider) {
    const account = await accounts.find(identity.account_id)
    if (account?.status !== 'active') return refused('provider_failed', identity.account_id)
    return account.id
  }
  const email = identified.emailVerified ? parseEmailAddress(identified.email ?? '') : null
  if (email === null) return refused('identity_email_unverified')
  const owner = await accounts.findByEmail(email.key)
  if (owner !== null) return refused('identity_not_linked', owner.id)
  return (await identities.createAccount(identified, provider, email)) ?? refused('identity_not_linked')
}

/** In the session in which it was confirmed, if that is still there, and for nobody else. */
async function link(
  { mfa, sessions, identities }: ReturnParts,
  { id, name }: OidcProvider,
  identified: Identified,
  { accountId, session: sessionId }: { readonly accountId: string; readonly session: string },
  client: Client,
): Promise<Returned> {
  const session = await live({ mfa, sessions }, await sessions.findById(sessionId), client)
  // A second factor that was demanded meanwhile comes first, as for everything else.
  if (session?.account.id !== accountId || session.standing.status === 'required') {
    return refused('not_signed_in', accountId)
  }
  if (!(await identities.link(identified, id, accountId))) return refused('identity_taken', accountId)
  const account = toSallyport(session.account)
  if (account !== null) await mfa.notices.tell({ account, kind: 'identity.linked', subject: name }, client)
  return { status: 'linked', provider: id }
}

function isSameClient(one: OidcClient, other: OidcClient): boolean {
  return one.issuer === other.issuer && one.clientId === other.clientId
}

function refused(code: ConsoleErrorCode, accountId: string | null = null): Returned {
  return { status: 'refused', code, accountId }
}
