import { SallyportError } from '../contract/errors.ts'
import type { LeasedNotice } from '../contract/store.ts'
import { sessionsChannel } from './audit.ts'
import { inTime } from './delivery.ts'
import type { Parts } from './parts.ts'

const batch = 20
const firstPauseMs = 30_000
const longestPauseMs = 3_600_000
const triesAtMost = 12

export interface Notices {
  /** Delivers what is due and resolves with how many notices left the outbox. Call it on a timer; one run at a time. */
  deliver(): Promise<number>
}

/**
 * The outbox: a notice is in the database before anyone is told, and leaves it only when a provider has taken it, so a
 * crash can make one arrive twice but never get lost.
 */
export function noticesOf(parts: Parts): Notices {
  let running: Promise<number> = Promise.resolve(0)
  return {
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
  const result = await inTime(parts, (signal) => carry(parts, notice, signal))
  if (result.done) {
    await parts.store.settleNotice({ id: notice.id, retryAt: null })
    return true
  }
  parts.onFault(result.error)
  if (notice.attempts >= triesAtMost && notice.channel !== sessionsChannel) {
    parts.onFault(
      new SallyportError('delivery_failed', `notice ${notice.kind} was given up after ${notice.attempts} tries`),
    )
    await parts.store.settleNotice({ id: notice.id, retryAt: null })
    return false
  }
  const pause = Math.min(firstPauseMs * 2 ** (notice.attempts - 1), longestPauseMs)
  await parts.store.settleNotice({ id: notice.id, retryAt: parts.clock() + pause })
  return false
}

async function carry(parts: Parts, notice: LeasedNotice, signal: AbortSignal): Promise<void> {
  if (notice.channel === sessionsChannel) {
    await parts.accounts.endSessions(notice.accountId, notice.at)
    return
  }
  const account = await parts.accounts.find(notice.accountId)
  const delivery = account === null ? null : parts.methods.get(notice.channel)?.notify?.(account, notice)
  // No account, or no address of this kind any more: there is no one left to tell this way.
  await delivery?.deliver(signal)
}
