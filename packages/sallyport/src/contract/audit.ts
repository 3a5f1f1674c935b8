/** Everything the audit log can say. A new kind of event is added here and in docs/audit.md, or the tests fail. */
export const auditEvents = [
  'sign_in.not_required',
  'sign_in.elsewhere',
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
  'recovery_code.used',
  'recovery_codes.created',
  'recovery_codes.renewed',
  'contact.confirmed',
  'password.reset',
  'password.reset_link_sent',
  'account.locked',
  'account.unlocked',
  'account.erased',
  'owner.told',
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
