/** Everything the audit log can say. A new kind of event is added here and in docs/audit.md, or the tests fail. */
export const auditEvents = [
  'sign_in.not_required',
  'sign_in.elsewhere',
  'sign_in.trusted',
  'sign_in.unknown_key',
  'challenge.opened',
  'challenge.resumed',
  'challenge.passed',
  'challenge.failed',
  'challenge.cancelled',
  'attempt.refused',
  'action.allowed',
  'action.refused',
  'grants.ended',
  'code.sent',
  'code.send_failed',
  'code.send_refused',
  'mfa.enabled',
  'mfa.disabled',
  'mfa.reset',
  'method.enrolling',
  'method.added',
  'method.removed',
  'method.renamed',
  'method.primary_changed',
  'method.moved',
  'method.disabled',
  'method.copied',
  'recovery_code.used',
  'recovery_codes.created',
  'recovery_codes.renewed',
  'contact.confirmed',
  'password.refused',
  'password.reset',
  'password.reset_link_sent',
  'device.trusted',
  'device.refused',
  'device.reused',
  'device.revoked',
  'account.locked',
  'account.unlocked',
  'account.erased',
  'owner.told',
  'session.ended',
  'network.limited',
  'request.refused',
] as const

export type AuditEvent = (typeof auditEvents)[number]

export interface AuditEntry {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly event: AuditEvent
  readonly outcome: 'ok' | 'refused' | 'failed'
  readonly accountId: string | null
  readonly action: string | null
  readonly challengeId: string | null
  readonly enrollmentId: string | null
  readonly method: string | null
  readonly ip: string
  readonly userAgent: string
  readonly traceId: string | null
  /** Anything more, as plain values. Never a code, a secret or a token; destinations only masked. */
  readonly detail: Readonly<Record<string, string | number | boolean>>
}

/**
 * Where an entry stands in the log. Of one moment, accounts that are read together stand in the order of their ids, and the
 * entries of one of them in the database's order of theirs.
 */
export interface AuditPosition {
  readonly at: number
  readonly accountId: string | null
  readonly id: string
}

/** Which entries are wanted. What is left out leaves nothing out. */
export interface AuditFilter {
  /** Whose. Null for everyone's, those of no account included. */
  readonly accounts: readonly string[] | null
  readonly event?: AuditEvent | undefined
  readonly action?: string | undefined
  readonly outcome?: AuditEntry['outcome'] | undefined
  /** From this moment on, in milliseconds since the epoch. */
  readonly from?: number | undefined
  /** Before this moment. */
  readonly to?: number | undefined
}
