import type { Clock, Grant } from 'sallyport'
import type { FieldError } from 'sallyport/http'
import type { Database, TeamPolicy } from '../../database/tables.ts'
import { mayAdminister } from '../roles.ts'
import { type AdministrationRefusal, whileAdministering } from './as-administrator.ts'

/** Who in a team must have a second factor. */
export type MfaPolicy = {
  readonly who: TeamPolicy
  /** Until then it may be postponed; null is at once. */
  readonly from: number | null
  /** The weakest method that counts; null for any. E-mail never counts for owners and admins. */
  readonly atLeast: Floor | null
}

export const teamPolicies = ['optional', 'privileged', 'everyone'] as const satisfies readonly TeamPolicy[]
/** `security_key` is what policies call phishing-resistant: the one method that a look-alike page gets nothing from. */
export const floors = ['sms', 'totp', 'security_key'] as const
export type Floor = (typeof floors)[number]

export type ChangePolicy = Grant<'policy.change', MfaPolicy, { readonly team: string }>

export interface MfaPolicies {
  read(teamId: string): Promise<MfaPolicy>
  /** What is wrong with the date of a policy that is to replace `current`; null when nothing is. */
  faultOf(wanted: MfaPolicy, current: MfaPolicy): FieldError | null
  /** In force at the next request of everyone in the team. */
  change(grant: ChangePolicy): Promise<AdministrationRefusal | null>
}

const yearMs = 366 * 86_400_000
const optional: MfaPolicy = { who: 'optional', from: null, atLeast: null }

export function createMfaPolicies({
  database,
  clock,
}: {
  readonly database: Database
  readonly clock: Clock
}): MfaPolicies {
  return {
    async read(teamId) {
      const found = await database
        .selectFrom('team')
        .select(['mfa_policy as who', 'mfa_from as from', 'mfa_at_least as atLeast'])
        .where('id', '=', teamId)
        .executeTakeFirst()
      return found === undefined
        ? optional
        : { ...found, atLeast: floors.find((floor) => floor === found.atLeast) ?? null }
    },

    faultOf({ from }, current) {
      // A date that has come stays as it is when something else is changed.
      if (from === null || from === current.from) return null
      const now = clock()
      if (from <= now)
        return {
          field: 'from',
          code: 'from_past',
          message: 'Choose a day that is yet to come, or let it begin at once.',
        }
      if (from > now + yearMs)
        return { field: 'from', code: 'from_late', message: 'Choose a day within a year from now.' }
      return null
    },

    async change(grant) {
      const { accountId, resource, parameters } = grant.redeem('policy.change')
      const by = { teamId: resource.team, accountId }
      return await whileAdministering(database, by, mayAdminister, async (transaction) => {
        await transaction
          .updateTable('team')
          .set({ mfa_policy: parameters.who, mfa_from: parameters.from, mfa_at_least: parameters.atLeast })
          .where('id', '=', resource.team)
          .execute()
        return null
      })
    },
  }
}
