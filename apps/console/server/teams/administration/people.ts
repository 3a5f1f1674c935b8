import { sql } from 'kysely'
import { strengths } from 'sallyport'
import type { Administration, Clock } from 'sallyport'
import type { Database, TeamPolicy, TeamRole } from '../../database/tables.ts'
import { isInVerifiedDomain, mandateOfTeam } from '../rules.ts'
import type { TeamRules } from '../rules.ts'

/** Someone in the team as its administrators see them. */
export interface PersonView {
  readonly accountId: string
  readonly email: string
  readonly role: TeamRole
  /** Whether the address is in a verified domain of the team: only of such people more is seen than the rest of this. */
  readonly managed: boolean
  /** `sso`: single sign-on decides, whatever is set up here; that of another team meets no rule of this one. */
  readonly mfa: 'on' | 'off' | 'sso'
  /** By the rule of this team and no other. */
  readonly standing: { readonly status: 'free' | 'postponed' | 'required'; readonly from: number | null }
  readonly methods: readonly { readonly method: string; readonly lastUsedAt: number | null }[] | null
  /** Null as well when the account is not locked. */
  readonly lockedUntil: number | null
}

export interface Addressee {
  readonly accountId: string
  readonly email: string
}

export interface ManagedPerson extends Addressee {
  readonly role: TeamRole
}

export interface People {
  /** Those after the person `after`, in the order of their addresses; `next` is whom to go on after. */
  page(teamId: string, after: string | null): Promise<{ people: readonly PersonView[]; next: string | null }>
  /** One of the team's managed people; null for anyone else. */
  findManaged(teamId: string, accountId: string): Promise<ManagedPerson | null>
  /** All of them, in the order of their addresses. */
  allManaged(teamId: string): Promise<readonly Addressee[]>
}

const pageSize = 50

interface Row {
  readonly teamId: string
  readonly accountId: string
  readonly email: string
  readonly role: TeamRole
  readonly managed: 0 | 1
  readonly name: string
  readonly policy: TeamPolicy
  readonly from: number | null
  readonly atLeast: string | null
}

export function createPeople(parts: {
  readonly database: Database
  readonly clock: Clock
  readonly rules: TeamRules
  readonly administration: Pick<Administration, 'state'>
  readonly textMessages: boolean
}): People {
  const { database, clock, rules, administration, textMessages } = parts

  const members = (teamId: string) => sql`
    select
      team.id as "teamId", account.id as "accountId", account.email as "email", member.role as "role",
      case when ${isInVerifiedDomain} then 1 else 0 end as "managed",
      team.name as "name", team.mfa_policy as "policy", team.mfa_from as "from", team.mfa_at_least as "atLeast"
    from team_member member
    join team on team.id = member.team_id
    join account on account.id = member.account_id
    where member.team_id = ${teamId}`

  async function view(row: Row): Promise<PersonView> {
    const { accountId, email, role } = row
    const managed = row.managed === 1
    const [team, state] = await Promise.all([rules.managedBy(accountId), administration.state(accountId)])
    const isOn = state.enabledAt !== null
    const kinds = state.methods.filter(({ backup }) => !backup).map(({ method }) => method)
    return {
      accountId,
      email,
      role,
      managed,
      mfa: team !== null ? 'sso' : isOn ? 'on' : 'off',
      standing: team?.teamId === row.teamId ? free : standingOf(row, isOn && team === null ? kinds : []),
      methods: managed ? state.methods.map(({ method, lastUsedAt }) => ({ method, lastUsedAt })) : null,
      lockedUntil: managed && state.lockedUntil > 0 ? state.lockedUntil : null,
    }
  }

  function standingOf(row: Row, kinds: readonly string[]): PersonView['standing'] {
    const mandate = mandateOfTeam(row, textMessages)
    if (mandate === null || kinds.some((kind) => isAtLeast(kind, mandate.atLeast))) return free
    return {
      status: mandate.from <= clock() ? 'required' : 'postponed',
      from: mandate.from === 0 ? null : mandate.from,
    }
  }

  return {
    async page(teamId, after) {
      const { rows } = await sql<Row>`
        ${members(teamId)} and account.email_key > coalesce((select email_key from account where id = ${after ?? ''}), '')
        order by account.email_key limit ${pageSize + 1}
      `.execute(database)
      const shown = rows.slice(0, pageSize)
      const people = await Promise.all(shown.map(view))
      return { people, next: rows.length > pageSize ? (shown.at(-1)?.accountId ?? null) : null }
    },

    async findManaged(teamId, accountId) {
      const { rows } = await sql<Row>`
        ${members(teamId)} and account.id = ${accountId} and ${isInVerifiedDomain}
      `.execute(database)
      const [row] = rows
      return row === undefined ? null : { accountId, email: row.email, role: row.role }
    },

    async allManaged(teamId) {
      const { rows } = await sql<Row>`
        ${members(teamId)} and ${isInVerifiedDomain} order by account.email_key
      `.execute(database)
      return rows.map(({ accountId, email }) => ({ accountId, email }))
    },
  }
}

const free = { status: 'free', from: null } as const

function isAtLeast(kind: string, floor: string | undefined): boolean {
  const strength: Readonly<Record<string, number>> = strengths
  return floor === undefined || (strength[kind] ?? 0) >= (strength[floor] ?? Number.POSITIVE_INFINITY)
}
