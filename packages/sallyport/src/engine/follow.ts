import type { Account } from '../contract/account.ts'
import type { Client } from '../contract/client.ts'
import { SallyportError } from '../contract/errors.ts'
import { auditEntry } from './audit.ts'
import { methodOf, type Parts } from './parts.ts'
import { boundTo, openEnrollment } from './secret.ts'

/** A contact that takes the place of another one, and is confirmed. */
export interface Replacement {
  readonly accountId: string
  readonly kind: 'email' | 'sms'
  readonly destination: string
}

/** A second factor that sends codes to the old contact sends them to the new one from here on. May be called again. */
export async function follow(
  parts: Parts,
  { accountId, kind, destination }: Replacement,
  client: Client,
): Promise<void> {
  const elsewhere = async () => {
    const { enrollments } = await parts.store.readAccount(accountId)
    const rows = enrollments.filter(({ method }) => method === kind)
    const there = rows.filter((row) => openEnrollment(parts, row).secret === destination)
    return rows.length > 0 && there.length === rows.length ? null : rows.filter((row) => !there.includes(row))
  }
  if ((await elsewhere()) === null) return
  // One that is being set up would send to the old one. Whatever was confirmed until then is moved.
  await parts.store.endGrants({ accountId, sessionHash: null, record: () => ({ audit: [] }) })
  for (const row of (await elsewhere()) ?? []) {
    const account = asIfConfirmed(accountId, kind, destination)
    const enrolling = methodOf(parts, kind).enroll({ account, now: parts.clock(), random: parts.random, others: [] })
    if (enrolling === null) throw new SallyportError('method_unavailable', 'the destination is not one to send to')
    const moved = await parts.store.moveEnrollment({
      accountId,
      enrollmentId: row.id,
      from: row.sealed,
      sealed: parts.keys.seal(enrolling.secret, boundTo(accountId, row.id), parts.random),
      hint: enrolling.hint,
      record: (done) => ({
        audit: done
          ? [
              auditEntry(parts, client, {
                accountId,
                enrollmentId: row.id,
                method: kind,
                event: 'method.moved',
                detail: { from: row.hint, to: enrolling.hint },
              }),
            ]
          : [],
      }),
    })
    // It was moved or removed in this very moment: the outbox looks again.
    if (!moved) throw new SallyportError('store_failed', 'another change of the contact came between')
  }
}

export function asIfConfirmed(accountId: string, kind: 'email' | 'sms', destination: string): Account {
  return {
    id: accountId,
    label: destination,
    confirmedEmail: kind === 'email' ? destination : null,
    confirmedPhone: kind === 'sms' ? destination : null,
  }
}
