import { sql } from 'kysely'
import type { Mandate, Rules } from 'sallyport'
import type { Database, TeamPolicy, TeamRole } from '../database/tables.ts'

/** What the whole deployment asks for, whatever the teams say. */
export interface Enforcement {
  /** `privileged`: owners and admins of any team. */
  readonly who: 'nobody' | 'privileged' | 'everyone'
  /** Until then it may be postponed. */
  readonly from: number
}

/** The identity provider that signs in the managed people of a team. */
export interface TeamSso {
  readonly teamId: string
  readonly issuer: string
  readonly clientId: string
  readonly clientSecretSealed: string
  readonly trusted: boolean
}

export interface ManagingTeam {
  readonly teamId: string
  readonly name: string
}

/**
 * Who must have a second factor, and whose sign-in is a team's to manage. Computed anew each time from what the tables
 * say now, and stored nowhere: whatever changes a role, a domain or a policy is in force at the next request.
 *
 * A team's managed people are its members whose confirmed address is in a domain that the team has verified. Where the
 * team has single sign-on on, they sign in through that and nowhere else, all but its owners: somebody has to get in when
 * the team's identity provider does not.
 */
export interface TeamRules {
  /** Asked for every request of a session: one statement, which writes nothing. */
  rules(accountId: string): Promise<Rules>
  /** The team whose single sign-on signs this account in; null when it signs in here. */
  managedBy(accountId: string): Promise<ManagingTeam | null>
  /** What the account meets in this team when another one's single sign-on signs it in; null when none does. */
  ssoOfAnother(teamId: string, accountId: string): Promise<SsoOfAnother | null>
  /** The single sign-on of the team that has verified this domain, if it is on; looks at no account. */
  ssoForDomain(domain: string): Promise<TeamSso | null>
  /** The single sign-on of the team, if it is on. */
  ssoOf(teamId: string): Promise<TeamSso | null>
}

/** Single sign-on counts within the team that runs it: by a team of one's own one could switch off the rules of all others. */
export interface SsoOfAnother {
  /** What this team asks of its member, which single sign-on does not meet; null where it asks for nothing. */
  readonly mandate: Mandate | null
}

interface Row {
  readonly teamId: string
  readonly name: string
  readonly role: TeamRole
  readonly policy: TeamPolicy
  readonly from: number | null
  readonly atLeast: string | null
  readonly managed: 0 | 1
}

export function createRules(parts: {
  readonly database: Database
  readonly enforcement?: Enforcement
  /** The issuers whose single sign-on counts; null, as by default: all. */
  readonly issuers?: readonly string[] | null
  /** Without them, what asks for a text message or better asks for an authenticator app. */
  readonly textMessages: boolean
}): TeamRules {
  const { database, enforcement = { who: 'nobody', from: 0 }, issuers = null, textMessages } = parts
  // No issuer is empty, and no list may be.
  const ssoCounts =
    issuers === null ? sql<boolean>`1 = 1` : sql<boolean>`team_sso.issuer in (${sql.join(['', ...issuers])})`
  const ssoOn = database
    .selectFrom('team_sso')
    .select([
      'team_sso.team_id as teamId',
      'team_sso.issuer',
      'team_sso.client_id as clientId',
      'team_sso.client_secret_sealed as clientSecretSealed',
      'team_sso.trusted',
    ])
    .where('team_sso.is_on', '=', 1)
    .where(ssoCounts)

  async function memberships(accountId: string): Promise<readonly Row[]> {
    const { rows } = await sql<Row>`
      select
        team.id as "teamId", team.name as "name", member.role as "role",
        team.mfa_policy as "policy", team.mfa_from as "from", team.mfa_at_least as "atLeast",
        case when ${isManaged} and exists (
          select 1 from team_sso where team_sso.team_id = member.team_id and ${ssoCounts}
        ) then 1 else 0 end as "managed"
      from team_member member
      join team on team.id = member.team_id
      join account on account.id = member.account_id
      where member.account_id = ${accountId}
      order by team.name, team.id
    `.execute(database)
    return rows
  }

  return {
    async rules(accountId) {
      const rows = await memberships(accountId)
      const privileged = rows.some(isPrivileged)
      if (rows.some(({ managed }) => managed === 1)) return { managed: true, privileged, mandates: [] }
      const ofDeployment = mandateOfDeployment(enforcement, rows, textMessages)
      const ofTeams = rows.map((row) => mandateOfTeam(row, textMessages))
      return { managed: false, privileged, mandates: [ofDeployment, ...ofTeams].filter((each) => each !== null) }
    },

    async managedBy(accountId) {
      const team = (await memberships(accountId)).find(({ managed }) => managed === 1)
      return team === undefined ? null : { teamId: team.teamId, name: team.name }
    },

    async ssoOfAnother(teamId, accountId) {
      const rows = await memberships(accountId)
      const here = rows.find((row) => row.teamId === teamId)
      const isAnothers = rows.some((row) => row.managed === 1 && row.teamId !== teamId)
      return here !== undefined && isAnothers ? { mandate: mandateOfTeam(here, textMessages) } : null
    },

    async ssoForDomain(domain) {
      const found = ssoOn
        .innerJoin('team_domain', 'team_domain.team_id', 'team_sso.team_id')
        .where('team_domain.domain', '=', domain)
        .where('team_domain.verified_at', 'is not', null)
      return ssoIn(await found.executeTakeFirst())
    },

    async ssoOf(teamId) {
      return ssoIn(await ssoOn.where('team_sso.team_id', '=', teamId).executeTakeFirst())
    },
  }
}

function ssoIn(row: (Omit<TeamSso, 'trusted'> & { readonly trusted: 0 | 1 }) | undefined): TeamSso | null {
  return row === undefined ? null : { ...row, trusted: row.trusted === 1 }
}

/**
 * While the deployment asks for a second factor, only issuers that whoever runs it has named stand in for one: any team
 * could bring one of its own that asks for nothing. Null: it asks for none, and all do.
 */
export function issuersThatCount(
  enforcement: Enforcement | undefined,
  named: readonly string[] = [],
): readonly string[] | null {
  return enforcement === undefined || enforcement.who === 'nobody' ? null : named
}

/**
 * Of a `member` of a team and their `account`. An address has one @, and neither of the pattern's two signs can stand in
 * a domain.
 */
export const isInVerifiedDomain = sql<boolean>`
  account.email_confirmed_at is not null and exists (
    select 1 from team_domain
    where team_domain.team_id = member.team_id and team_domain.verified_at is not null
      and account.email_key like '%@' || team_domain.domain
  )`

/** The same of whom the team's single sign-on signs in. */
export const isManaged = sql<boolean>`
  member.role <> 'owner' and exists (
    select 1 from team_sso where team_sso.team_id = member.team_id and team_sso.is_on = 1
  ) and ${isInVerifiedDomain}`

/** What a team's policy asks of one of its members; null where it asks for nothing. */
export function mandateOfTeam(
  team: Pick<Row, 'name' | 'role' | 'policy' | 'from' | 'atLeast'>,
  textMessages: boolean,
): Mandate | null {
  const { name, policy, atLeast } = team
  const from = team.from ?? 0
  if (policy === 'optional' || (policy === 'privileged' && !isPrivileged(team))) return null
  return isPrivileged(team)
    ? mandate(becauseOfRole(team), from, atLeast ?? privilegedFloor, textMessages)
    : mandate(`everyone in ${name} must`, from, atLeast, textMessages)
}

function mandateOfDeployment({ who, from }: Enforcement, teams: readonly Row[], textMessages: boolean): Mandate | null {
  const privileged = teams.find(({ role }) => role === 'owner') ?? teams.find(isPrivileged)
  const atLeast = privileged === undefined ? null : privilegedFloor
  if (who === 'everyone') return mandate('everyone must', from, atLeast, textMessages)
  return who === 'privileged' && privileged !== undefined
    ? mandate(becauseOfRole(privileged), from, atLeast, textMessages)
    : null
}

/** E-mail does not count for owners and admins (requirement M10; NIST 800-63B-4 does not accept it). */
const privilegedFloor = 'sms'

function isPrivileged({ role }: Pick<Row, 'role'>): boolean {
  return role !== 'member'
}

/** Completes "You need a second factor because …", as every reason does. */
function becauseOfRole({ role, name }: Pick<Row, 'role' | 'name'>): string {
  return `you are an ${role} of ${name}`
}

function mandate(because: string, from: number, atLeast: string | null, textMessages: boolean): Mandate {
  if (atLeast === null) return { because, from }
  return { because, from, atLeast: atLeast === 'sms' && !textMessages ? 'totp' : atLeast }
}
