import type { Account } from '../contract/account.ts'
import type { AuditEntry } from '../contract/audit.ts'
import type { Client } from '../contract/client.ts'
import type { Notice } from '../contract/notice.ts'
import { auditEntry, notices } from './audit.ts'
import type { Parts } from './parts.ts'

export interface Recovery {
  /**
   * Has the host store a password that was set anew by whoever reads the account's e-mail. `store` resolves with whether it is
   * stored. What is pending and what was confirmed ends, the owner is told, and it is remembered: an e-mailed code alone
   * completes no login while the account has any other method, until one of those has (requirement L5). Turns nothing off and
   * signs no one in; ending the sessions is part of `store`, and asked for by the outbox as well. Whether it was stored.
   */
  passwordReset(account: Account, store: () => Promise<boolean>, client: Client): Promise<boolean>
}

export function recoveryOf(parts: Parts): Recovery {
  return {
    async passwordReset({ id: accountId }, store, client) {
      const note = (audit: readonly AuditEntry[], told: readonly Notice[]): Promise<void> =>
        parts.store.noteReset({ accountId, by: 'email', now: parts.clock(), record: () => ({ audit, notices: told }) })
      // First, so that no crash leaves a password that came by e-mail and is not known to have.
      await note([], [])
      if (!(await store())) return false
      const told = notices(parts, client, { accountId, kind: 'password.reset', at: parts.clock() + 1, subject: '' })
      // And once more, for what was begun with the old password meanwhile.
      await note([auditEntry(parts, client, { accountId, event: 'password.reset' })], told)
      parts.tell()
      return true
    },
  }
}
