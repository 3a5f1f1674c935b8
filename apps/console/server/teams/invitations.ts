import { createHmac } from 'node:crypto'
import type { Transaction } from 'kysely'
import { SallyportError } from 'sallyport'
import type { Clock, EmailMessage, Grant, Random } from 'sallyport'
import type { AccountRecord } from '../accounts/accounts.ts'
import type { EmailAddress } from '../accounts/email-address.ts'
import { lockAccount, lockTeam } from '../database/lock.ts'
import type { Database, Tables, TeamRole } from '../database/tables.ts'
import { keysFor } from '../protection/keys.ts'
import { goodForDays, invitationMail } from './invitation-mail.ts'
import { endingSessionsOfMoved } from './managed-sessions.ts'
import { mayManage } from './roles.ts'
import { roleOf } from './teams.ts'

export interface OpenInvitation {
  readonly id: string
  readonly email: string
  readonly role: TeamRole
  readonly expiresAt: number
}

/** Who is to be invited as what. */
export interface Invitee {
  readonly email: EmailAddress
  readonly role: TeamRole
}

/** What someone sees who holds the link. */
export interface ReadInvitation {
  readonly team: string
  readonly role: TeamRole
  readonly email: string
  readonly emailKey: string
}

/** Each is the code of the problem to answer with, but `already_member`, which is about the address entered. */
export type InvitationRefusal =
  | 'team_not_found'
  | 'role_insufficient'
  | 'already_member'
  | 'invitation_limit'
  | 'invitation_send_limit'
export type WithdrawalRefusal = 'team_not_found' | 'role_insufficient' | 'invitation_not_found'
export type Accepted =
  | { readonly ok: true; readonly teamId: string }
  | { readonly ok: false; readonly reason: 'invitation_not_found' | 'invitation_not_yours' }

export interface Invitations {
  open(teamId: string): Promise<readonly OpenInvitation[]>
  /** What stands against inviting, or withdrawing, so that nobody is asked to confirm what can't be done anyway. */
  refusalToInvite(teamId: string, accountId: string, invitee: Invitee): Promise<InvitationRefusal | null>
  refusalToWithdraw(teamId: string, accountId: string, invitationId: string): Promise<WithdrawalRefusal | null>
  /** For an invitation that is yet to be made. */
  newId(): string
  /**
   * Invites an address to the grant's team, in place of an earlier invitation of the same address. Whether the address has
   * an account makes no difference. Throws `delivery_failed` when the message can't be handed over; then no invitation is left.
   */
  invite(
    grant: Grant<'team.adjust'>,
    invitee: Invitee,
    id?: string,
  ): Promise<{ readonly ok: true; readonly id: string } | { readonly ok: false; readonly reason: InvitationRefusal }>
  withdraw(grant: Grant<'team.adjust'>, invitationId: string): Promise<WithdrawalRefusal | null>
  /** Null when the token opens nothing: made up, used, withdrawn, replaced or expired. */
  read(token: string): Promise<ReadInvitation | null>
  /** Makes the account a member, once, when its confirmed address is the invited one. Who is one already keeps the role. */
  accept(token: string, account: AccountRecord): Promise<Accepted>
  /** Removes at most `limit` invitations that have expired, and what is known of mails of more than a day ago. */
  purge(limit: number): Promise<number>
}

export interface InvitationParts {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  /** The console's keys, in base64url: the first hashes new tokens, all find them. */
  readonly keys: readonly string[]
  readonly app: string
  readonly origin: string
  /** Hands the message to a provider in good time, or throws. */
  send(message: EmailMessage): Promise<void>
}

const dayMs = 86_400_000
const lifetimeMs = goodForDays * dayMs
const tokenForm = /^[A-Za-z0-9_-]{43}$/
/** Open ones in a team. */
const openLimit = 20
/** In a day: whatever teams they make and accounts they have, nobody's mailbox is filled (THREATS TF-10). */
const mailsPerAddress = 5
const mailsPerInviter = 50
/** So that nobody uses up by themselves what others may send to an address. */
const mailsPerInviterAndAddress = 2

export function createInvitations(parts: InvitationParts): Invitations {
  const { database, clock, random } = parts
  const keys = keysFor('team invitation', parts.keys)
  const randomText = (bytes: number): string => Buffer.from(random(bytes)).toString('base64url')
  const newId = (): string => randomText(16)

  async function find(token: string) {
    if (!tokenForm.test(token)) return null
    const found = database
      .selectFrom('team_invitation')
      .innerJoin('team', 'team.id', 'team_invitation.team_id')
      .selectAll('team_invitation')
      .select('team.name as team')
      .where(
        'token_hash',
        'in',
        keys.map((key) => hashOf(token, key)),
      )
      .where('expires_at', '>', clock())
    return (await found.executeTakeFirst()) ?? null
  }

  /** Stores the invitation and that it is about to be mailed. */
  async function write(
    transaction: Transaction<Tables>,
    made: { id: string; token: string; teamId: string; by: string; invitee: Invitee },
  ): Promise<void> {
    const { id, token, teamId, by, invitee } = made
    const now = clock()
    const address = { email_key: invitee.email.key, invited_by: by }
    await transaction
      .deleteFrom('team_invitation')
      .where('team_id', '=', teamId)
      .where('email_key', '=', invitee.email.key)
      .execute()
    await transaction
      .insertInto('team_invitation')
      .values({
        ...address,
        id,
        team_id: teamId,
        token_hash: hashOf(token, keys[0]),
        email: invitee.email.address,
        role: invitee.role,
        created_at: now,
        expires_at: now + lifetimeMs,
      })
      .execute()
    await transaction
      .insertInto('team_invitation_mail')
      .values({ ...address, id, sent_at: now })
      .execute()
  }

  return {
    async open(teamId) {
      return await database
        .selectFrom('team_invitation')
        .select(['id', 'email', 'role', 'expires_at as expiresAt'])
        .where('team_id', '=', teamId)
        .where('expires_at', '>', clock())
        .orderBy('created_at')
        .orderBy('id')
        .execute()
    },

    refusalToInvite: (teamId, accountId, invitee) => refusalToInvite(database, clock(), { teamId, accountId, invitee }),
    refusalToWithdraw: (teamId, accountId, invitationId) =>
      refusalToWithdraw(database, clock(), { teamId, accountId, invitationId }),

    newId,

    async invite(grant, invitee, id = newId()) {
      const { accountId, resource } = grant.redeem('team.adjust')
      const teamId = resource.team
      const token = randomText(32)
      const names = await database.transaction().execute(async (transaction) => {
        // The account as well: what one person sends from many teams at once is counted one by one.
        if (!(await lockAccount(transaction, accountId)) || !(await lockTeam(transaction, teamId))) {
          return 'team_not_found' as const
        }
        const refused = await refusalToInvite(transaction, clock(), { teamId, accountId, invitee })
        if (refused !== null) return refused
        await write(transaction, { id, token, teamId, by: accountId, invitee })
        return await namesOf(transaction, teamId, accountId)
      })
      if (typeof names === 'string') return { ok: false, reason: names }
      const { app, origin } = parts
      const letter = { ...names, app, origin, to: invitee.email.address, role: invitee.role, token }
      try {
        await parts.send(invitationMail(letter))
      } catch (cause) {
        await database.deleteFrom('team_invitation').where('id', '=', id).execute()
        throw new SallyportError('delivery_failed', 'an invitation could not be handed over', { cause })
      }
      return { ok: true, id }
    },

    async withdraw(grant, invitationId) {
      const { accountId, resource } = grant.redeem('team.adjust')
      const teamId = resource.team
      return await database.transaction().execute(async (transaction) => {
        if (!(await lockTeam(transaction, teamId))) return 'team_not_found'
        const refused = await refusalToWithdraw(transaction, clock(), { teamId, accountId, invitationId })
        if (refused === null) {
          await transaction.deleteFrom('team_invitation').where('id', '=', invitationId).execute()
        }
        return refused
      })
    },

    async read(token) {
      const found = await find(token)
      return found && { team: found.team, role: found.role, email: found.email, emailKey: found.email_key }
    },

    async accept(token, account) {
      const found = await find(token)
      if (found === null) return { ok: false, reason: 'invitation_not_found' }
      return await database.transaction().execute(async (transaction): Promise<Accepted> => {
        const isThere = await lockAccount(transaction, account.id)
        if (!isThere || !(await hasAddress(transaction, account.id, found.email_key))) {
          return { ok: false, reason: 'invitation_not_yours' }
        }
        await lockTeam(transaction, found.team_id)
        // The row count decides: withdrawn or used in the meantime, it is none.
        const spent = await transaction.deleteFrom('team_invitation').where('id', '=', found.id).executeTakeFirst()
        if (spent.numDeletedRows !== 1n) return { ok: false, reason: 'invitation_not_found' }
        const joined = transaction
          .insertInto('team_member')
          .values({ team_id: found.team_id, account_id: account.id, role: found.role, joined_at: clock() })
          .onConflict((already) => already.doNothing())
        await endingSessionsOfMoved(transaction, account.id, clock(), () => joined.execute())
        return { ok: true, teamId: found.team_id }
      })
    },

    async purge(limit) {
      const expired = database
        .selectFrom('team_invitation')
        .select('id')
        .where('expires_at', '<=', clock())
        .limit(limit)
      const old = database
        .selectFrom('team_invitation_mail')
        .select('id')
        .where('sent_at', '<=', clock() - dayMs)
        .limit(limit)
      await database.deleteFrom('team_invitation_mail').where('id', 'in', old).execute()
      return Number(
        (await database.deleteFrom('team_invitation').where('id', 'in', expired).executeTakeFirst()).numDeletedRows,
      )
    },
  }
}

async function refusalToInvite(
  database: Database,
  now: number,
  { teamId, accountId, invitee }: { teamId: string; accountId: string; invitee: Invitee },
): Promise<InvitationRefusal | null> {
  const own = await roleOf(database, teamId, accountId)
  if (own === null) return 'team_not_found'
  if (!mayManage(own, invitee.role)) return 'role_insufficient'
  if (await isMember(database, teamId, invitee.email.key)) return 'already_member'
  const open = await database
    .selectFrom('team_invitation')
    .select(['email_key', 'role'])
    .where('team_id', '=', teamId)
    .where('expires_at', '>', now)
    .execute()
  const earlier = open.find(({ email_key }) => email_key === invitee.email.key)
  // An admin must not turn an owner's invitation into a lesser one.
  if (earlier !== undefined && !mayManage(own, earlier.role)) return 'role_insufficient'
  if (earlier === undefined && open.length >= openLimit) return 'invitation_limit'
  return (await isMailedOut(database, now, { by: accountId, to: invitee.email.key })) ? 'invitation_send_limit' : null
}

async function refusalToWithdraw(
  database: Database,
  now: number,
  { teamId, accountId, invitationId }: { teamId: string; accountId: string; invitationId: string },
): Promise<WithdrawalRefusal | null> {
  const own = await roleOf(database, teamId, accountId)
  if (own === null) return 'team_not_found'
  const found = await database
    .selectFrom('team_invitation')
    .select('role')
    .where('id', '=', invitationId)
    .where('team_id', '=', teamId)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  if (found === undefined) return 'invitation_not_found'
  return mayManage(own, found.role) ? null : 'role_insufficient'
}

/** A team and one of its members, by the names they go by. */
async function namesOf(database: Database, teamId: string, accountId: string) {
  return await database
    .selectFrom('team_member')
    .innerJoin('team', 'team.id', 'team_member.team_id')
    .innerJoin('account', 'account.id', 'team_member.account_id')
    .select(['team.name as team', 'account.email as inviter'])
    .where('team_member.team_id', '=', teamId)
    .where('team_member.account_id', '=', accountId)
    .executeTakeFirstOrThrow()
}

async function isMember(database: Database, teamId: string, emailKey: string): Promise<boolean> {
  const member = database
    .selectFrom('team_member')
    .innerJoin('account', 'account.id', 'team_member.account_id')
    .select('account.id')
    .where('team_member.team_id', '=', teamId)
    .where('account.email_key', '=', emailKey)
    .where('account.email_confirmed_at', 'is not', null)
  return (await member.executeTakeFirst()) !== undefined
}

async function hasAddress(database: Database, accountId: string, emailKey: string): Promise<boolean> {
  const owner = database
    .selectFrom('account')
    .select('id')
    .where('id', '=', accountId)
    .where('email_key', '=', emailKey)
    .where('email_confirmed_at', 'is not', null)
  return (await owner.executeTakeFirst()) !== undefined
}

/** Whether as many went out in the last day as may, to this address or from this account. */
async function isMailedOut(
  database: Database,
  now: number,
  { by, to }: { readonly by: string; readonly to: string },
): Promise<boolean> {
  const reached = async (sent: { email_key?: string; invited_by?: string }, limit: number): Promise<boolean> => {
    const mails = database
      .selectFrom('team_invitation_mail')
      .select('id')
      .where(({ and }) => and(sent))
      .where('sent_at', '>', now - dayMs)
      .limit(limit)
    return (await mails.execute()).length >= limit
  }
  return (
    (await reached({ email_key: to, invited_by: by }, mailsPerInviterAndAddress)) ||
    (await reached({ email_key: to }, mailsPerAddress)) ||
    (await reached({ invited_by: by }, mailsPerInviter))
  )
}

/** Keyed, so that whoever can write to the database still can't make an invitation. */
function hashOf(token: string, key: Buffer): string {
  return createHmac('sha256', key).update(token).digest('base64url')
}
