import type { Client } from '../contract/client.ts'
import { SallyportError } from '../contract/errors.ts'
import type { BeginCap } from '../contract/store.ts'
import { token } from '../crypto/code.ts'
import { auditEntry } from './audit.ts'
import { type ChallengeKey, newChallenge, promptFirst } from './challenges.ts'
import { asIfConfirmed, follow } from './follow.ts'
import { newEnrollment } from './new-enrollment.ts'
import { noteReplacement } from './notices.ts'
import { methodOf, type Parts } from './parts.ts'
import { decoy, replacing } from './prompt.ts'
import type { Proof, Proven } from './proof.ts'
import { type Granted, wasGranted } from './grant.ts'
import type { ChallengeView } from './view.ts'

export interface ContactInput {
  /** The account the contact is to belong to; it need not exist yet. */
  readonly accountId: string
  readonly method: 'email' | 'sms'
  /** An e-mail address, or a number in E.164. */
  readonly destination: string
  /**
   * For a destination that already belongs to another account, which nobody must learn: does the same and looks the same,
   * but can't be answered, and the message tells the owner that someone tried.
   */
  readonly decoy?: boolean
  /**
   * What the account's owner has confirmed in a session: that the contact is to take the place of the one the account has.
   * Only then does a second factor that sends codes there follow to it.
   */
  readonly confirmedBy?: Granted<'email.change'> | Granted<'phone.change'>
}

/** What was confirmed: the account it is for, and its `resource`, the address or number. */
export type ConfirmedContact = Proven<'email.confirm'> | Proven<'phone.confirm'>

export interface Contacts {
  /**
   * Sends a one-time code to an address or number that the host wants confirmed. It is answered like any challenge; the
   * proof is for `email.confirm` or `phone.confirm` and its resource is the destination. It signs no one in.
   * Throws `send_limit` when the account began too many, `method_unavailable` when nothing could be sent there, `proof_mismatch` when `confirmedBy` is for something else.
   */
  begin(input: ContactInput, client: Client): Promise<{ challenge: ChallengeView; key: ChallengeKey }>
  /**
   * From when the account may begin to confirm another contact, in milliseconds since the epoch; 0 when it may now. Whoever
   * could begin any number of them could have messages sent to any number of strangers.
   */
  retryAt(accountId: string, method: ContactInput['method']): Promise<number>
  /**
   * Has the host store a contact that was confirmed, then lets the account's second factor of that kind, if any, follow to it.
   * `store` resolves with whether the contact is the account's own now; only then does anything else happen.
   */
  apply(
    proof: Proof<'email.confirm'> | Proof<'phone.confirm'>,
    store: (confirmed: ConfirmedContact) => Promise<boolean>,
    client: Client,
  ): Promise<boolean>
}

const actionOf = { email: 'email.confirm', sms: 'phone.confirm' } as const

export function contactsOf(parts: Parts): Contacts {
  return {
    async begin({ accountId, method: kind, destination, decoy: pretends = false, confirmedBy }, client) {
      if (confirmedBy !== undefined) checkConfirmed(confirmedBy, accountId, kind, destination)
      const method = methodOf(parts, kind)
      const enrolling = method.enroll({
        account: asIfConfirmed(accountId, kind, destination),
        now: parts.clock(),
        random: parts.random,
        others: [],
      })
      if (enrolling === null)
        throw new SallyportError('method_unavailable', 'the destination is not one that can be sent to')
      const id = token(parts.random, 16)
      const { challenge, key } = newChallenge(parts, {
        accountId,
        action: actionOf[kind],
        evidence: [...(pretends ? [decoy] : []), ...(typeof confirmedBy?.challengeId === 'string' ? [replacing] : [])],
        onlyEnrollmentId: id,
      })
      const snapshot = await parts.store.beginEnrollment({
        enrollment: newEnrollment(parts, method, { accountId, id, name: method.label, enrolling }),
        challenge,
        perAccount: Number.MAX_SAFE_INTEGER,
        // What is only confirmed becomes no second factor.
        provedMfa: true,
        atMost: capsOf(parts),
        record: (outcome) => ({
          audit: [
            outcome === 'limit'
              ? auditEntry(parts, client, {
                  accountId,
                  action: challenge.action,
                  event: 'code.send_refused',
                  outcome: 'refused',
                  method: kind,
                  detail: { result: outcome },
                })
              : auditEntry(parts, client, { challenge, event: 'challenge.opened', method: kind }),
          ],
        }),
      })
      if (snapshot === 'limit') throw new SallyportError('send_limit')
      if (snapshot === 'full' || snapshot === 'unproved') throw new SallyportError('method_unavailable')
      return { challenge: await promptFirst(parts, snapshot, client), key }
    },

    async retryAt(accountId, kind) {
      const now = parts.clock()
      return await parts.store.beginsAgainAt({ accountId, action: actionOf[kind], now, atMost: capsOf(parts) })
    },

    async apply(proof, store, client) {
      const confirmed = (proof as Proof<'email.confirm' | 'phone.confirm'>).redeem('email.confirm', 'phone.confirm')
      if (!confirmed.replaces) return await store(confirmed)
      const { accountId, resource: destination } = confirmed
      const kind = confirmed.action === 'email.confirm' ? 'email' : 'sms'
      // Noted before the host stores it, so that whatever breaks from here on is made good by the outbox.
      const noted = await noteReplacement(parts, { accountId, kind, destination }, client)
      if (!(await store(confirmed))) {
        await parts.store.settleNotice({ id: noted, retryAt: null })
        return false
      }
      try {
        await follow(parts, { accountId, kind, destination }, client)
        await parts.store.settleNotice({ id: noted, retryAt: null })
      } catch (error) {
        parts.onFault(error)
      }
      return true
    },
  }
}

const hourMs = 3_600_000

function capsOf({ limits }: Parts): readonly BeginCap[] {
  return [
    { count: limits.contactsPerHour, withinMs: hourMs },
    { count: limits.contactsPerDay, withinMs: 24 * hourMs },
  ]
}

function checkConfirmed(
  granted: Granted<'email.change'> | Granted<'phone.change'>,
  accountId: string,
  kind: 'email' | 'sms',
  destination: string,
): void {
  const confirmed = 'email' in granted.resource ? ['email', granted.resource.email] : ['sms', granted.resource.phone]
  if (
    !wasGranted(granted) ||
    (granted.action !== 'email.change' && granted.action !== 'phone.change') ||
    granted.accountId !== accountId ||
    confirmed[0] !== kind ||
    confirmed[1] !== destination
  ) {
    throw new SallyportError('proof_mismatch')
  }
}
