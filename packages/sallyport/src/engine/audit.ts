import type { AuditEntry, AuditEvent } from '../contract/audit.ts'
import type { Client } from '../contract/client.ts'
import type { Notice, NoticeKind } from '../contract/notice.ts'
import type { ChallengeRow } from '../contract/store.ts'
import { token } from '../crypto/code.ts'
import type { Parts } from './parts.ts'

export interface Happening {
  readonly event: AuditEvent
  readonly outcome?: AuditEntry['outcome']
  readonly accountId?: string | null
  readonly challenge?: Pick<ChallengeRow, 'id' | 'accountId' | 'action'>
  readonly action?: string
  readonly challengeId?: string
  readonly enrollmentId?: string
  readonly method?: string
  readonly detail?: AuditEntry['detail']
}

/** An entry for the audit log, as data: the step that it tells of writes it in its own transaction. */
export function auditEntry(parts: Parts, client: Client, happening: Happening): AuditEntry {
  return {
    id: token(parts.random, 16),
    at: parts.clock(),
    event: happening.event,
    outcome: happening.outcome ?? 'ok',
    accountId: happening.accountId ?? happening.challenge?.accountId ?? null,
    action: happening.challenge?.action ?? happening.action ?? null,
    challengeId: happening.challenge?.id ?? happening.challengeId ?? null,
    enrollmentId: happening.enrollmentId ?? null,
    method: happening.method ?? null,
    ip: inert(client.ip),
    userAgent: inert(client.userAgent),
    traceId: client.traceId === undefined ? null : inert(client.traceId),
    detail: happening.detail ?? {},
  }
}

const endsSessions: ReadonlySet<NoticeKind> = new Set(['mfa.enabled', 'mfa.reset', 'password.reset'])

interface Telling {
  readonly accountId: string
  readonly kind: NoticeKind
  readonly at: number
  readonly subject: string
  readonly addressee?: string
  readonly notBefore?: number
}

/** One notice for each way the owner can be told, plus one that ends the host's sessions where the event calls for it. */
export function notices(parts: Parts, client: Client, what: Telling): readonly Notice[] {
  const channels = [...parts.methods.values()]
    .filter((method) => method.notify !== undefined)
    .map((method) => method.kind)
  if (endsSessions.has(what.kind)) channels.push(sessionsChannel)
  return channels.map((channel) => noticeOn(parts, client, { ...what, channel }))
}

export function noticeOn(parts: Parts, client: Client, what: Telling & { readonly channel: string }): Notice {
  return {
    ...what,
    addressee: what.addressee ?? null,
    id: token(parts.random, 16),
    ip: inert(client.ip),
    userAgent: inert(client.userAgent),
  }
}

/** The channel that asks the host to end the account's sessions, again and again until it has. */
export const sessionsChannel = 'sessions'

/** A purpose, which may name an address or a number, as the audit log may have it: no destination stands there unmasked. */
export function masked(purpose: string): string {
  return inert(purpose)
    .replaceAll(/([^\s@])[^\s@]*@([^\s@])[^\s@]*/gu, '$1***@$2***')
    .replaceAll(/\+\d(?:[\s().-]*\d){6,}|\d{7,}/g, (digits) => `***${digits.replaceAll(/\D/g, '').slice(-2)}`)
}

/** What a client sent, without anything that could forge a line or steer a terminal, at a bounded length. */
function inert(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?').slice(0, 256)
}
