import type { Account } from '../contract/account.ts'
import type { Client } from '../contract/client.ts'
import { SallyportError } from '../contract/errors.ts'
import type { HostNoticeKind } from '../contract/notice.ts'
import type { LeasedNotice } from '../contract/store.ts'
import { auditEntry, noticeOn, notices, sessionsChannel } from './audit.ts'
import { inTime, type Send } from './delivery.ts'
import { asIfConfirmed, follow, type Replacement } from './follow.ts'
import type { Parts } from './parts.ts'

const batch = 20
const firstPauseMs = 30_000
const longestPauseMs = 3_600_000
const triesAtMost = 12

export interface Notices {
  /**
   * Leaves in the outbox what only the host knows: that the password, a contact or the account itself has gone. `account` is who
   * is to be told, at the addresses it has there: the old ones where they change. `subject` is what it is about, if anything.
   */
  tell(
    what: { readonly account: Account; readonly kind: HostNoticeKind; readonly subject?: string },
    client: Client,
  ): Promise<void>
  /** Delivers what is due; how many were delivered, or had no address to go to. Call it on a timer; one run at a time. */
  deliver(): Promise<number>
}

/**
 * The outbox: a notice is in the database before anyone is told, and leaves it only when a provider has taken it, so a
 * crash can make one arrive twice but never get lost.
 */
export function noticesOf(parts: Parts): Notices {
  let running: Promise<number> = Promise.resolve(0)
  return {
    async tell({ account, kind, subject = '' }, client) {
      const { id: accountId } = account
      const addressee = sealAddressee(parts, account)
      const entry = auditEntry(parts, client, { accountId, event: 'owner.told', detail: { kind } })
      const told = notices(parts, client, { accountId, kind, subject, at: parts.clock(), addressee })
      await parts.store.appendAudit([entry], told)
      parts.tell()
    },

    async deliver() {
      running = running.then(
        () => deliverDue(parts),
        () => deliverDue(parts),
      )
      return await running
    },
  }
}

async function deliverDue(parts: Parts): Promise<number> {
  let delivered = 0
  for (;;) {
    const now = parts.clock()
    const leasedUntil = now + batch * parts.limits.deliverySeconds * 1000
    const leased = await parts.store.leaseNotices({ now, leasedUntil, limit: batch })
    // Sessions first: a mail server that hangs must not keep them alive.
    const inOrder = leased.toSorted(
      (a, b) => Number(b.channel === sessionsChannel) - Number(a.channel === sessionsChannel),
    )
    for (const notice of inOrder) if (await deliverOne(parts, notice)) delivered += 1
    if (leased.length < batch) return delivered
  }
}

async function deliverOne(parts: Parts, notice: LeasedNotice): Promise<boolean> {
  const result = await inTime(parts, (_, send) => carry(parts, notice, send))
  if (result.done) {
    await parts.store.settleNotice({ id: notice.id, retryAt: null })
    parts.measures.notice(notice, result.result)
    return true
  }
  parts.onFault(result.error)
  if (notice.attempts >= triesAtMost && notice.channel !== sessionsChannel && notice.channel !== contactChannel) {
    parts.onFault(
      new SallyportError('delivery_failed', `notice ${notice.kind} was given up after ${notice.attempts} tries`),
    )
    await parts.store.settleNotice({ id: notice.id, retryAt: null })
    parts.measures.notice(notice, 'given_up')
    return false
  }
  const pause = Math.min(firstPauseMs * 2 ** (notice.attempts - 1), longestPauseMs)
  await parts.store.settleNotice({ id: notice.id, retryAt: parts.clock() + pause })
  parts.measures.notice(notice, 'retried')
  return false
}

async function carry(parts: Parts, notice: LeasedNotice, send: Send): Promise<'delivered' | 'unaddressed'> {
  if (notice.channel === sessionsChannel) {
    await parts.accounts.endSessions(notice.accountId, notice.at)
    return 'delivered'
  }
  if (notice.channel === contactChannel) {
    await makeGood(parts, notice)
    return 'delivered'
  }
  const { addressee, accountId } = notice
  const account = addressee === null ? await parts.accounts.find(accountId) : openAddressee(parts, accountId, addressee)
  const delivery = account === null ? null : (parts.methods.get(notice.channel)?.notify?.(account, notice) ?? null)
  // No account, or no address of this kind any more: there is no one left to tell this way.
  if (delivery === null) return 'unaddressed'
  await send(notice.channel, delivery)
  return 'delivered'
}

/** The channel that lets a second factor follow to a contact which the host has stored. */
const contactChannel = 'contact'
/** Until then it is for the request that noted it to do, which knows more of who asked. */
const leftAloneMs = 30_000
/** By then the host has stored the contact or never will. */
const storedWithinMs = 600_000

/** Leaves in the outbox that a contact is about to take another one's place; the id to take it out by. */
export async function noteReplacement(parts: Parts, replacement: Replacement, client: Client): Promise<string> {
  const { accountId, kind, destination } = replacement
  const notice = noticeOn(parts, client, {
    accountId,
    channel: contactChannel,
    kind: kind === 'email' ? 'email.changed' : 'phone.changed',
    subject: '',
    at: parts.clock(),
    notBefore: parts.clock() + leftAloneMs,
    addressee: sealAddressee(parts, asIfConfirmed(accountId, kind, destination)),
  })
  await parts.store.appendAudit([], [notice])
  return notice.id
}

async function makeGood(
  parts: Parts,
  { accountId, kind: event, addressee, at, ip, userAgent }: LeasedNotice,
): Promise<void> {
  const account = await parts.accounts.find(accountId)
  if (account === null || addressee === null) return
  const kind = event === 'email.changed' ? 'email' : 'sms'
  const { label: destination } = openAddressee(parts, accountId, addressee)
  const has = kind === 'email' ? account.confirmedEmail : account.confirmedPhone
  if (has === destination) return await follow(parts, { accountId, kind, destination }, { ip, userAgent })
  if (parts.clock() - at < storedWithinMs) {
    throw new SallyportError('delivery_failed', 'the host has not stored the contact yet')
  }
}

function sealAddressee(parts: Parts, account: Account): string {
  return parts.keys.seal(JSON.stringify(account), addresseeOf(account.id), parts.random)
}

function openAddressee(parts: Parts, accountId: string, sealed: string): Account {
  return JSON.parse(parts.keys.open(sealed, addresseeOf(accountId))) as Account
}

/** What an addressee is sealed for: in another account's notice it does not open. */
function addresseeOf(accountId: string): string {
  return JSON.stringify(['addressee', accountId])
}
