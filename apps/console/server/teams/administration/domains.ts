import type { Clock, Grant, Random } from 'sallyport'
import { isUniqueViolation } from '../../database/open.ts'
import type { Database, TeamDomainTable } from '../../database/tables.ts'
import { endSessionsOfManaged } from '../managed-sessions.ts'
import { mayAdminister, mayChangeSignOn } from '../roles.ts'
import { type AdministrationRefusal, whileAdministering, whileChangingSignOn } from './as-administrator.ts'

/** A domain that a team says is its own. */
export interface TeamDomain {
  readonly domain: string
  /** The TXT record that shows it: whoever can publish it has the domain. */
  readonly record: { readonly name: string; readonly value: string }
  readonly verifiedAt: number | null
}

export type DomainRefusal = AdministrationRefusal | 'domain_limit' | 'domain_not_found' | 'domain_taken'

/** `token`: that of the record which was found. One that was named anew meanwhile has another. */
export type VerifyDomain = Grant<
  'domain.verify',
  { readonly token: string },
  { readonly team: string; readonly domain: string }
>
export type RemoveDomain = Grant<'sso.change', { readonly removes: string }, { readonly team: string }>

export interface Domains {
  list(teamId: string): Promise<readonly TeamDomain[]>
  find(teamId: string, domain: string): Promise<TeamDomain | null>
  /** The record to publish. The same again when the team has the domain already. */
  add(by: { readonly teamId: string; readonly accountId: string }, domain: string): Promise<TeamDomain | DomainRefusal>
  /** Whether any team has verified it. */
  isVerified(domain: string): Promise<boolean>
  /** Of teams that verify the same domain at once, one has it. */
  verify(grant: VerifyDomain): Promise<DomainRefusal | null>
  /** Whoever was managed for it is no more. One that is verified is the owners' to remove, as single sign-on is theirs. */
  remove(grant: RemoveDomain): Promise<DomainRefusal | null>
}

const domainsOfTeam = 10
const beforeToken = 'sallyport-verification='
const tokenBytes = 24
/** RFC 1035 section 2.3.4: 255 octets, of which two are no characters. */
const longestName = 253

/** Names that are never anybody's on the internet (RFC 6761), and such that leave no room for the record below them. */
export function isDomainOfPeople(domain: string): boolean {
  return !/\.(?:localhost|local|internal|invalid|onion)$/.test(domain) && recordName(domain).length <= longestName
}

export const recordName = (domain: string): string => `_sallyport.${domain}`
export const recordValue = (token: string): string => `${beforeToken}${token}`
export const tokenIn = ({ value }: TeamDomain['record']): string => value.slice(beforeToken.length)

export function createDomains(parts: {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
}): Domains {
  const { database, clock, random } = parts

  const ofTeam = (from: Database, teamId: string) =>
    from.selectFrom('team_domain').selectAll().where('team_id', '=', teamId).orderBy('domain')

  return {
    list: async (teamId) => (await ofTeam(database, teamId).execute()).map(viewOf),

    async find(teamId, domain) {
      const found = await ofTeam(database, teamId).where('domain', '=', domain).executeTakeFirst()
      return found === undefined ? null : viewOf(found)
    },

    async add(by, domain) {
      return await whileAdministering(database, by, mayAdminister, async (transaction) => {
        const existing = await ofTeam(transaction, by.teamId).execute()
        const same = existing.find((row) => row.domain === domain)
        if (same !== undefined) return viewOf(same)
        if (existing.length >= domainsOfTeam) return 'domain_limit'
        const token = Buffer.from(random(tokenBytes)).toString('base64url')
        const row = { team_id: by.teamId, domain, token, created_at: clock(), verified_at: null }
        await transaction.insertInto('team_domain').values(row).execute()
        return viewOf(row)
      })
    },

    async isVerified(domain) {
      const verified = database
        .selectFrom('team_domain')
        .select('team_id')
        .where('domain', '=', domain)
        .where('verified_at', 'is not', null)
      return (await verified.executeTakeFirst()) !== undefined
    },

    async verify(grant) {
      const { accountId, resource, parameters } = grant.redeem('domain.verify')
      const by = { teamId: resource.team, accountId }
      try {
        return await whileChangingSignOn(database, by, mayAdminister, async (transaction) => {
          const verified = await transaction
            .updateTable('team_domain')
            .set({ verified_at: clock() })
            .where('team_id', '=', resource.team)
            .where('domain', '=', resource.domain)
            .where('token', '=', parameters.token)
            .where('verified_at', 'is', null)
            .executeTakeFirst()
          if (verified.numUpdatedRows !== 1n) return 'domain_not_found'
          await endSessionsOfManaged(transaction, { teamId: by.teamId, domain: resource.domain }, clock())
          return null
        })
      } catch (error) {
        if (isUniqueViolation(error)) return 'domain_taken'
        throw error
      }
    },

    async remove(grant) {
      const { accountId, resource, parameters } = grant.redeem('sso.change')
      const by = { teamId: resource.team, accountId }
      const found = await ofTeam(database, by.teamId).where('domain', '=', parameters.removes).executeTakeFirst()
      if (found === undefined) return 'domain_not_found'
      const may = found.verified_at === null ? mayAdminister : mayChangeSignOn
      return await whileChangingSignOn(database, by, may, async (transaction) => {
        const { teamId } = by
        if (found.verified_at !== null) {
          await endSessionsOfManaged(transaction, { teamId, domain: found.domain }, clock())
        }
        const removed = await transaction
          .deleteFrom('team_domain')
          .where('team_id', '=', teamId)
          .where('domain', '=', parameters.removes)
          // One that was verified meanwhile is another thing to remove.
          .where('verified_at', found.verified_at === null ? 'is' : '=', found.verified_at)
          .executeTakeFirst()
        return removed.numDeletedRows === 1n ? null : 'domain_not_found'
      })
    },
  }
}

function viewOf({ domain, token, verified_at: verifiedAt }: TeamDomainTable): TeamDomain {
  return { domain, record: { name: recordName(domain), value: recordValue(token) }, verifiedAt }
}
