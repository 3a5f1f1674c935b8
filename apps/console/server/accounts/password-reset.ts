import { createHmac } from 'node:crypto'
import { setImmediate as afterAnswer } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Client, Clock, EmailMessage, Random, Sallyport } from 'sallyport'
import { lockAccount } from '../database/lock.ts'
import type { Database } from '../database/tables.ts'
import { keysFor } from '../protection/keys.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { toSallyport } from './accounts.ts'
import type { AccountRecord, Accounts } from './accounts.ts'
import type { ContactChanges } from './contact-changes.ts'
import { maskAddress } from './email-address.ts'
import type { EmailAddress } from './email-address.ts'
import { passwordWeakness, wordsOf } from './password-strength.ts'
import type { Passwords } from './passwords.ts'
import { createQueue, QueueFull } from './queue.ts'
import { endResetLinks } from './reset-links.ts'
import { goodForMinutes, resetMail } from './reset-mail.ts'

export type ResetCompleted =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'not_found' }
  /** `message`: what is wrong with the password. The link stays good. */
  | { readonly ok: false; readonly reason: 'weak'; readonly message: string }

/**
 * Another password by a link to the account's address. It signs nobody in and leaves the second factor as it is
 * (requirement L3). A link is good for an hour and once. Up to three stand side by side: whoever has another one sent
 * keeps nobody from using theirs. Using one ends them all, and so does whatever ends the account's sessions or changes its
 * address.
 */
export interface PasswordResets {
  /**
   * Mails a link to the account that has this address. Returns before anyone is looked up, so that an answer tells nothing
   * of whether there is one (THREATS EO-02); `settled` tells when it is done. Throws `QueueFull`.
   */
  begin(address: EmailAddress, client: Client): void
  /** Whose password a link can set; null when it opens nothing. Uses nothing up. */
  read(token: string, client: Client): Promise<AccountRecord | null>
  /** Sets the password, and ends every session, login and challenge that there is. Of racing callers one gets `ok`. */
  complete(token: string, password: string, client: Client): Promise<ResetCompleted>
  /** Resolves once nothing that was begun is under way any more. */
  settled(): Promise<void>
  /** Removes at most `limit` links that are over and count against no further one; how many went. */
  purge(limit: number): Promise<number>
}

export interface PasswordResetParts {
  readonly mfa: Pick<Sallyport, 'recovery'> & { readonly audit: Pick<Sallyport['audit'], 'record'> }
  readonly database: Database
  readonly accounts: Pick<Accounts, 'findByEmail'>
  readonly passwords: Pick<Passwords, 'hash'>
  readonly sessions: Pick<Sessions, 'endAll'>
  readonly contactChanges: Pick<ContactChanges, 'dropAll'>
  /** Whether the account signs in through its team's identity provider: then it has no password to set. */
  readonly isManaged: (accountId: string) => Promise<boolean>
  readonly clock: Clock
  readonly random: Random
  /** The console's keys, in base64url: the first hashes new tokens, all find them. */
  readonly keys: readonly string[]
  readonly app: string
  readonly origin: string
  /** Hands the message to a provider in good time, or throws. */
  readonly send: (message: EmailMessage) => Promise<void>
  readonly onFault: (error: unknown) => void
}

/** The account and the stored hash of a link that is good. */
interface Found {
  readonly account: AccountRecord
  readonly tokenHash: string
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const lifetimeMs = goodForMinutes * 60_000
const tokenBytes = 32
const tokenForm = /^[A-Za-z0-9_-]{43}$/
/** To one address: nobody's mailbox is filled by whoever knows the address (THREATS TF-10). */
export const mailsPerHour = 3
export const mailsPerDay = 10
const atOnce = 2
const underWayAtMost = 256

export function createPasswordResets(parts: PasswordResetParts): PasswordResets {
  const { mfa, database, clock, onFault } = parts
  const keys = keysFor('password-reset', parts.keys)
  const queue = createQueue({ atOnce, waiting: underWayAtMost })
  const underWay = new Set<Promise<void>>()

  /**
   * The same is read, written and composed for every address: what keeps the process busy after the answer can be measured by
   * a second request.
   */
  async function mailLink(address: EmailAddress, client: Client): Promise<void> {
    await afterAnswer()
    const found = await parts.accounts.findByEmail(address.key)
    const isManaged = await parts.isManaged(found?.id ?? '')
    const account = found?.status === 'active' && !isManaged ? found : null
    const token = Buffer.from(parts.random(tokenBytes)).toString('base64url')
    const hasPassword = account?.password_hash !== ''
    const mail = resetMail({ ...parts, to: account?.email ?? address.address, token, hasPassword })
    const made = await store(address, account, hashOf(token, keys[0]))
    const accountId = found?.id ?? null
    if (made !== 'stored') {
      const refused = { event: 'request.refused', accountId, detail: { reason: made } } as const
      await mfa.audit.record(refused, client)
      return
    }
    // Also when it can't be handed over it counts: a provider that is slow to say so may have sent it all the same.
    await parts.send(mail)
    const detail = { to: maskAddress(mail.to) }
    await mfa.audit.record({ event: 'password.reset_link_sent', accountId, detail }, client)
  }

  /** Counts before it stores, with the account locked: requests that race are counted one by one. */
  async function store(
    address: EmailAddress,
    account: AccountRecord | null,
    tokenHash: string,
  ): Promise<'stored' | 'reset_limit' | 'reset_address'> {
    return await database.transaction().execute(async (transaction) => {
      const isThere = await lockAccount(transaction, account?.id ?? '')
      const now = clock()
      const same = transaction
        .selectFrom('account')
        .select('id')
        .where('id', '=', account?.id ?? '')
        // It may have been changed since it was looked up: then the link would go where the account no longer is.
        .where('email', '=', account?.email ?? '')
        .where('email_confirmed_at', 'is not', null)
      const isSame = (await same.executeTakeFirst()) !== undefined
      const ofAddress = keys.map((key) => hashOf(address.key, key))
      const recent = await transaction
        .selectFrom('password_reset')
        .select('created_at')
        .where('address_hash', 'in', ofAddress)
        .where('created_at', '>', now - dayMs)
        .execute()
      const inLastHour = recent.filter(({ created_at: at }) => at > now - hourMs)
      if (recent.length >= mailsPerDay || inLastHour.length >= mailsPerHour) return 'reset_limit'
      const accountId = isThere && isSame && account !== null ? account.id : null
      await transaction
        .insertInto('password_reset')
        .values({
          token_hash: tokenHash,
          address_hash: hashOf(address.key, keys[0]),
          account_id: accountId,
          created_at: now,
          expires_at: now + lifetimeMs,
          used_at: null,
        })
        .execute()
      return accountId === null ? 'reset_address' : 'stored'
    })
  }

  async function find(token: string): Promise<Found | null> {
    if (!tokenForm.test(token)) return null
    const hashes = keys.map((key) => hashOf(token, key))
    const found = await database
      .selectFrom('password_reset')
      .innerJoin('account', 'account.id', 'password_reset.account_id')
      .selectAll('account')
      .select('password_reset.token_hash')
      .where('password_reset.token_hash', 'in', hashes)
      .where('password_reset.used_at', 'is', null)
      .where('password_reset.expires_at', '>', clock())
      .where('account.status', '=', 'active')
      // Changing the address confirms the new one: the link is in a mailbox that is no longer the account's.
      .whereRef('account.email_confirmed_at', '<=', 'password_reset.created_at')
      .whereRef('account.sessions_valid_from', '<=', 'password_reset.created_at')
      .executeTakeFirst()
    if (found === undefined) return null
    const { token_hash: tokenHash, ...account } = found
    return (await parts.isManaged(account.id)) ? null : { account, tokenHash }
  }

  /** The row count decides: all that made the link good is looked at again, as hashing the password takes its time. */
  async function spend({ account, tokenHash }: Found, passwordHash: string): Promise<boolean> {
    return await database.transaction().execute(async (transaction) => {
      // Its row first, as for a new link, so that the two never wait for each other.
      if (!(await lockAccount(transaction, account.id))) return false
      const now = clock()
      const mark = now + 1
      const spent = await transaction
        .updateTable('password_reset')
        .set({ used_at: now })
        .where('token_hash', '=', tokenHash)
        .where('used_at', 'is', null)
        .where('expires_at', '>', now)
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('account')
              .select('account.id')
              .where('account.id', '=', account.id)
              .where('account.status', '=', 'active')
              // As it was when the link was found good: its owner may have changed either since.
              .where('account.email_key', '=', account.email_key)
              .where('account.password_hash', '=', account.password_hash)
              .whereRef('account.email_confirmed_at', '<=', 'password_reset.created_at')
              // Also when a team has come to sign the account in: that ends its sessions.
              .whereRef('account.sessions_valid_from', '<=', 'password_reset.created_at'),
          ),
        )
        .executeTakeFirst()
      if (spent.numUpdatedRows !== 1n) return false
      await endResetLinks(transaction, account.id, now)
      await transaction
        .updateTable('account')
        .set({
          password_hash: passwordHash,
          // Never lowered, though the clock of another process may be ahead.
          sessions_valid_from: sql`case when sessions_valid_from > ${mark} then sessions_valid_from else ${mark} end`,
        })
        .where('id', '=', account.id)
        .execute()
      return true
    })
  }

  async function recordBadLink(client: Client): Promise<void> {
    const detail = { reason: 'reset_link' }
    await mfa.audit.record({ event: 'request.refused', accountId: null, detail }, client)
  }

  /** Neither is left out because the other broke: the password is another one by now. */
  async function endWhatIsOlder(accountId: string): Promise<void> {
    const done = await Promise.allSettled([
      // Raised once more, now that it is stored: until then a login could still begin with the old one.
      parts.sessions.endAll(accountId, clock() + 1),
      parts.contactChanges.dropAll(accountId),
    ])
    for (const part of done) if (part.status === 'rejected') onFault(part.reason)
  }

  return {
    begin(address, client) {
      if (underWay.size >= underWayAtMost) throw new QueueFull('too many password resets are under way')
      const work = queue
        .run(() => mailLink(address, client))
        .catch(onFault)
        .finally(() => underWay.delete(work))
      underWay.add(work)
    },

    async read(token, client) {
      const found = await find(token)
      if (found === null) await recordBadLink(client)
      return found?.account ?? null
    },

    async complete(token, password, client) {
      const found = await find(token)
      const account = found && toSallyport(found.account)
      if (found === null || account === null) {
        await recordBadLink(client)
        return { ok: false, reason: 'not_found' }
      }
      const weakness = passwordWeakness(password, wordsOf(found.account.email))
      if (weakness !== null) return { ok: false, reason: 'weak', message: weakness }
      const passwordHash = await parts.passwords.hash(password)
      let stored = false
      try {
        // Sallyport notes it before the password is stored, and again after: it may be in another database, and should this
        // end in between, the mailbox that set the password must not be the second factor as well (requirement L5).
        await mfa.recovery.passwordReset(account, async () => (stored = await spend(found, passwordHash)), client)
      } finally {
        if (stored) await endWhatIsOlder(account.id)
      }
      return stored ? { ok: true } : { ok: false, reason: 'not_found' }
    },

    async settled() {
      while (underWay.size > 0) await Promise.all(underWay)
    },

    async purge(limit) {
      const over = database
        .selectFrom('password_reset')
        .select('token_hash')
        // Those of the last day count, used or not.
        .where('expires_at', '<=', clock() - dayMs + lifetimeMs)
        .limit(limit)
      const removed = database.deleteFrom('password_reset').where('token_hash', 'in', over)
      return Number((await removed.executeTakeFirst()).numDeletedRows)
    },
  }
}

/** Keyed, so that whoever can write to the database still can't make a link. */
function hashOf(text: string, key: Buffer): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}
