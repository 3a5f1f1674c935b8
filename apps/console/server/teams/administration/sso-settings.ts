import { sql } from 'kysely'
import type { Clock, Grant, Random } from 'sallyport'
import { KeyRing } from 'sallyport'
import type { FieldError } from 'sallyport/http'
import type { Database, TeamSsoTable } from '../../database/tables.ts'
import { isUsableIssuer } from '../../sign-in-providers/issuer.ts'
import { endSessionsOfManaged } from '../managed-sessions.ts'
import { isInVerifiedDomain } from '../rules.ts'
import { mayChangeSignOn } from '../roles.ts'
import { forgetSsoIdentities } from '../sso-identities.ts'
import { type AdministrationRefusal, whileChangingSignOn } from './as-administrator.ts'

/** Where a team's managed people sign in. The client secret goes in and never comes out. */
export interface SsoSettings {
  readonly issuer: string
  readonly clientId: string
  /** What the provider says about how it authenticated someone is believed. */
  readonly trusted: boolean
  readonly on: boolean
}

export interface WantedSso extends SsoSettings {
  /** Null: as it is. Only for the provider that has it already. */
  readonly clientSecret: string | null
}

export type SsoRefusal =
  | AdministrationRefusal
  | 'sso_domain_missing'
  | 'sso_issuer_not_named'
  | 'sso_not_found'
  | 'client_secret_missing'

export type ChangeSso = Grant<'sso.change', WantedSso, { readonly team: string }>
export type RemoveSso = Grant<'sso.change', { readonly removes: 'sso' }, { readonly team: string }>

export interface TeamSsoSettings {
  read(teamId: string): Promise<SsoSettings | null>
  /** Whom it is for, whether or not it is on. */
  whom(teamId: string): Promise<readonly string[]>
  /** What can't be used of what was typed. */
  faultsOf(wanted: WantedSso): readonly FieldError[]
  /** What stands against the change, so that nobody confirms what can't be done; `change` judges anew. */
  refusalTo(teamId: string, wanted: WantedSso): Promise<SsoRefusal | null>
  /**
   * In force at the next request of everyone it concerns. Owners are never managed, so whoever turns it on stays who they
   * are. With another issuer, nobody who was known to the old one is known any more.
   */
  change(grant: ChangeSso): Promise<SsoRefusal | null>
  /** Those it was for sign in as everybody else from here on. */
  remove(grant: RemoveSso): Promise<SsoRefusal | null>
  /** As it is kept: under the console's keys, and good for this team only. */
  sealSecret(teamId: string, clientSecret: string): string
  /** For the sign-in only. */
  openSecret(sso: { readonly teamId: string; readonly clientSecretSealed: string }): string
}

export function createSsoSettings(parts: {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  readonly keys: readonly string[]
  /** The console's own: only a console on this machine may be signed in to by a provider on it. */
  readonly origin: string
  /** The issuers whose single sign-on counts, and so may be on; null, as by default: all. */
  readonly issuers?: readonly string[] | null
}): TeamSsoSettings {
  const { database, clock, random, origin, issuers = null } = parts
  const keys = new KeyRing(parts.keys)
  const boundTo = (teamId: string): string => `team_sso:${teamId}`
  const sealSecret = (teamId: string, clientSecret: string): string => keys.seal(clientSecret, boundTo(teamId), random)

  async function refusalTo(from: Database, teamId: string, wanted: WantedSso): Promise<SsoRefusal | null> {
    const current = await rowOf(from, teamId)
    // A secret is for the provider that gave it: another issuer must not be sent it.
    if (wanted.clientSecret === null && !isSameClient(current, wanted)) return 'client_secret_missing'
    if (wanted.on && issuers !== null && !issuers.includes(wanted.issuer)) return 'sso_issuer_not_named'
    const verified = from
      .selectFrom('team_domain')
      .select('domain')
      .where('team_id', '=', teamId)
      .where('verified_at', 'is not', null)
    return wanted.on && (await verified.executeTakeFirst()) === undefined ? 'sso_domain_missing' : null
  }

  return {
    async read(teamId) {
      const row = await rowOf(database, teamId)
      return row === undefined
        ? null
        : { issuer: row.issuer, clientId: row.client_id, trusted: row.trusted === 1, on: row.is_on === 1 }
    },

    async whom(teamId) {
      const { rows } = await sql<{ readonly id: string }>`
        select account.id as "id" from team_member member join account on account.id = member.account_id
        where member.team_id = ${teamId} and member.role <> 'owner' and ${isInVerifiedDomain}
      `.execute(database)
      return rows.map(({ id }) => id)
    },

    faultsOf({ issuer, clientId, clientSecret }) {
      const faults: FieldError[] = []
      if (!isUsableIssuer(issuer, { origin, by: 'team' })) {
        const message = 'Enter the https address that your identity provider gives as its issuer.'
        faults.push({ field: 'issuer', code: 'issuer_invalid', message })
      }
      if (!isPrintable(clientId)) {
        const message = 'Enter the client id as your identity provider shows it.'
        faults.push({ field: 'clientId', code: 'client_id_invalid', message })
      }
      if (clientSecret !== null && !isPrintable(clientSecret)) {
        const message = 'Enter the client secret as your identity provider shows it.'
        faults.push({ field: 'clientSecret', code: 'client_secret_invalid', message })
      }
      return faults
    },

    refusalTo: (teamId, wanted) => refusalTo(database, teamId, wanted),

    async change(grant) {
      const { accountId, resource, parameters: wanted } = grant.redeem('sso.change')
      const by = { teamId: resource.team, accountId }
      return await whileChangingSignOn(database, by, mayChangeSignOn, async (transaction) => {
        const refusal = await refusalTo(transaction, by.teamId, wanted)
        if (refusal !== null) return refusal
        const current = await rowOf(transaction, by.teamId)
        // A provider may know the same people by other subjects for another client.
        const isSame = isSameClient(current, wanted)
        if (!isSame) await forgetSsoIdentities(transaction, by.teamId)
        const goesOn = current?.is_on === 1 && wanted.on && isSame
        // Those it was for, and below those it is for from now on.
        if (!goesOn) await endSessionsOfManaged(transaction, by, clock())
        const { issuer, clientId: client_id, clientSecret } = wanted
        const settings = {
          issuer,
          client_id,
          trusted: wanted.trusted ? (1 as const) : (0 as const),
          is_on: wanted.on ? (1 as const) : (0 as const),
          changed_at: clock(),
          client_secret_sealed:
            clientSecret === null ? (current?.client_secret_sealed ?? '') : sealSecret(by.teamId, clientSecret),
        }
        await transaction
          .insertInto('team_sso')
          .values({ team_id: by.teamId, ...settings })
          .onConflict((there) => there.column('team_id').doUpdateSet(settings))
          .execute()
        if (!goesOn) await endSessionsOfManaged(transaction, by, clock())
        return null
      })
    },

    async remove(grant) {
      const { accountId, resource } = grant.redeem('sso.change')
      const by = { teamId: resource.team, accountId }
      return await whileChangingSignOn(database, by, mayChangeSignOn, async (transaction) => {
        await endSessionsOfManaged(transaction, by, clock())
        const removed = transaction.deleteFrom('team_sso').where('team_id', '=', by.teamId)
        if ((await removed.executeTakeFirst()).numDeletedRows !== 1n) return 'sso_not_found'
        await forgetSsoIdentities(transaction, by.teamId)
        return null
      })
    },

    sealSecret,
    openSecret: ({ teamId, clientSecretSealed }) => keys.open(clientSecretSealed, boundTo(teamId)),
  }
}

async function rowOf(database: Database, teamId: string): Promise<TeamSsoTable | undefined> {
  return await database.selectFrom('team_sso').selectAll().where('team_id', '=', teamId).executeTakeFirst()
}

function isSameClient(current: TeamSsoTable | undefined, { issuer, clientId }: SsoSettings): boolean {
  return current !== undefined && current.issuer === issuer && current.client_id === clientId
}

/** RFC 6749 appendix A.1 and A.2: printable ASCII. */
function isPrintable(text: string): boolean {
  return /^[\x20-\x7E]+$/.test(text)
}
