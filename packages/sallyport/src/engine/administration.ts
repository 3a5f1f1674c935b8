import type { Client } from '../contract/client.ts'
import { auditEntry, masked, notices } from './audit.ts'
import { inTime } from './delivery.ts'
import type { Grant } from './grant.ts'
import type { Parts } from './parts.ts'

/** What an administrator sees of someone's second factors: nothing that could be used, and no destination. */
export interface AccountState {
  /** Since when the account has MFA on, in milliseconds since the epoch; null while it is off. */
  readonly enabledAt: number | null
  /** Until when no answer is judged, in milliseconds since the epoch; 0 when the account is not locked. */
  readonly lockedUntil: number
  /** Primary first, backups last. */
  readonly methods: readonly {
    readonly method: string
    readonly backup: boolean
    readonly createdAt: number
    readonly lastUsedAt: number | null
    /** Unused codes of a backup; null for other methods. */
    readonly codesLeft: number | null
  }[]
}

/** Who may administer whom is the host's to decide, before it asks for the grant. */
export interface Administration {
  state(accountId: string): Promise<AccountState>
  /**
   * Removes every second factor of the account that the grant names, ends its sessions, and tells its owner on every channel.
   * False when MFA was off. Nothing is chosen for the owner and nothing secret is shown (requirement R2).
   */
  reset(grant: Grant<'mfa.reset', { readonly reason: string }>, client: Client): Promise<boolean>
  /** Lifts the lock of the account that the grant names. False when it was not locked. */
  unlock(grant: Grant<'account.unlock'>, client: Client): Promise<boolean>
}

export function administrationOf(parts: Parts): Administration {
  return {
    async state(accountId) {
      const { account, enrollments } = await parts.store.readAccount(accountId)
      return {
        enabledAt: account.mfaEnabledAt,
        lockedUntil: account.lockedUntil > parts.clock() ? account.lockedUntil : 0,
        methods: enrollments.map(({ method, backup, createdAt, lastUsedAt, codesLeft }) => ({
          method,
          backup,
          createdAt,
          lastUsedAt,
          codesLeft: backup ? codesLeft : null,
        })),
      }
    },

    async reset(grant, client) {
      const { accountId: by, resource, parameters, challengeId } = grant.redeem('mfa.reset')
      const accountId = resource.account
      const before = parts.clock() + 1
      const was = await parts.store.disableMfa({
        accountId,
        record: (wasOn) => {
          if (!wasOn) return { audit: [] }
          const detail = { by, reason: masked(parameters.reason) }
          const about = { accountId, action: 'mfa.reset', detail, ...(challengeId === null ? {} : { challengeId }) }
          return {
            audit: [auditEntry(parts, client, { ...about, event: 'mfa.reset' })],
            notices: notices(parts, client, { accountId, kind: 'mfa.reset', at: before, subject: '' }),
          }
        },
      })
      if (!was) return false
      // Or the codes of a stranger would keep its owner from setting up a new one.
      await parts.store.unlock({ accountId, now: parts.clock(), record: () => ({ audit: [] }) })
      // The outbox asks again until the host has done it.
      const ended = await inTime(parts, () => parts.accounts.endSessions(accountId, before))
      if (!ended.done) parts.onFault(ended.error)
      parts.tell()
      return true
    },

    async unlock(grant, client) {
      const { accountId: by, resource, challengeId } = grant.redeem('account.unlock')
      const accountId = resource.account
      const lifted = await parts.store.unlock({
        accountId,
        now: parts.clock(),
        record: (was) => {
          if (!was) return { audit: [] }
          const about = { accountId, detail: { by }, ...(challengeId === null ? {} : { challengeId }) }
          return {
            audit: [auditEntry(parts, client, { ...about, event: 'account.unlocked' })],
            notices: notices(parts, client, { accountId, kind: 'account.unlocked', at: parts.clock(), subject: '' }),
          }
        },
      })
      parts.tell()
      return lifted
    },
  }
}
