import type { Client } from '../contract/client.ts'
import { SallyportError } from '../contract/errors.ts'
import { token } from '../crypto/code.ts'
import { auditEntry } from './audit.ts'
import { type ChallengeKey, newChallenge, promptFirst } from './challenges.ts'
import { newEnrollment } from './new-enrollment.ts'
import { methodOf, type Parts } from './parts.ts'
import { decoy } from './prompt.ts'
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
}

export interface Contacts {
  /**
   * Sends a one-time code to an address or number that the host wants confirmed. It is answered like any challenge; the
   * proof is for `email.confirm` or `phone.confirm` and its resource is the destination. It signs no one in.
   * Throws `method_unavailable` when nothing could be sent there.
   */
  begin(input: ContactInput, client: Client): Promise<{ challenge: ChallengeView; key: ChallengeKey }>
}

const actionOf = { email: 'email.confirm', sms: 'phone.confirm' } as const

export function contactsOf(parts: Parts): Contacts {
  return {
    async begin({ accountId, method: kind, destination, decoy: pretends = false }, client) {
      const method = methodOf(parts, kind)
      const enrolling = method.enroll({
        account: {
          id: accountId,
          label: destination,
          confirmedEmail: kind === 'email' ? destination : null,
          confirmedPhone: kind === 'sms' ? destination : null,
        },
        now: parts.clock(),
        random: parts.random,
      })
      if (enrolling === null)
        throw new SallyportError('method_unavailable', 'the destination is not one that can be sent to')
      const id = token(parts.random, 16)
      const { challenge, key } = newChallenge(parts, {
        accountId,
        action: actionOf[kind],
        evidence: pretends ? [decoy] : [],
        onlyEnrollmentId: id,
      })
      const snapshot = await parts.store.beginEnrollment({
        enrollment: newEnrollment(parts, method, { accountId, id, name: method.label, enrolling }),
        challenge,
        perAccount: Number.MAX_SAFE_INTEGER,
        // What is only confirmed becomes no second factor.
        provedMfa: true,
        record: () => ({ audit: [auditEntry(parts, client, { challenge, event: 'challenge.opened', method: kind })] }),
      })
      if (snapshot === 'full' || snapshot === 'unproved') throw new SallyportError('method_unavailable')
      return { challenge: await promptFirst(parts, snapshot, client), key }
    },
  }
}
