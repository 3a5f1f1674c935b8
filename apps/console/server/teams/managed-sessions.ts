import { sql } from 'kysely'
import type { Transaction } from 'kysely'
import type { Tables } from '../database/tables.ts'
import { isManaged } from './rules.ts'

/*
 * Who is signed in somewhere else from now on signs in anew. The rules alone would only put their sessions to sleep, which
 * would wake once the rules are what they were. So whatever changes where someone signs in ends them as it is made so.
 */

/** Ends the sessions of all whom the team's single sign-on signs in at this moment, or of those with addresses in one domain. */
export async function endSessionsOfManaged(
  transaction: Transaction<Tables>,
  { teamId, domain }: { readonly teamId: string; readonly domain?: string },
  now: number,
): Promise<void> {
  const inDomain = domain === undefined ? sql`` : sql`and account.email_key like ${`%@${domain}`}`
  await sql`
    update account set sessions_valid_from = ${now + 1}
    where sessions_valid_from <= ${now} and exists (
      select 1 from team_member member
      where member.account_id = account.id and member.team_id = ${teamId} and ${isManaged} ${inDomain}
    )
  `.execute(transaction)
}

/**
 * Makes a change to one person, and ends their sessions if it has them sign in somewhere else than before. The caller has
 * locked the account.
 */
export async function endingSessionsOfMoved<Outcome>(
  transaction: Transaction<Tables>,
  accountId: string,
  now: number,
  change: () => Promise<Outcome>,
): Promise<Outcome> {
  const before = await managingTeam(transaction, accountId)
  const outcome = await change()
  if ((await managingTeam(transaction, accountId)) === before) return outcome
  await transaction
    .updateTable('account')
    .set({ sessions_valid_from: now + 1 })
    .where('id', '=', accountId)
    .where('sessions_valid_from', '<=', now)
    .execute()
  return outcome
}

/** One at most: an address is in one domain, and that is verified by one team. */
async function managingTeam(transaction: Transaction<Tables>, accountId: string): Promise<string | null> {
  const { rows } = await sql<{ readonly teamId: string }>`
    select member.team_id as "teamId" from team_member member
    join account on account.id = member.account_id
    where member.account_id = ${accountId} and ${isManaged}
  `.execute(transaction)
  return rows[0]?.teamId ?? null
}
