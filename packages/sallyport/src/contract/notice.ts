/** What the owner of an account is told on every confirmed channel. */
export const noticeKinds = [
  'mfa.enabled',
  'mfa.disabled',
  'mfa.reset',
  'method.added',
  'method.removed',
  'method.disabled',
  'method.copied',
  'recovery_code.used',
  'recovery_codes.renewed',
  'device.trusted',
  'device.reused',
  'sign_in.wrong_code',
  'account.locked',
  'account.unlocked',
  'contact.taken',
  'password.changed',
  'password.reset',
  'email.changing',
  'email.changed',
  'phone.changing',
  'phone.changed',
  'account.deleted',
  'sign_in.managed',
  'sign_in.unmanaged',
  'identity.linked',
  'identity.unlinked',
  'refresh_token.reused',
] as const

export type NoticeKind = (typeof noticeKinds)[number]

/** What only the host knows has happened, and has told with `notices.tell`. */
export type HostNoticeKind = Extract<
  NoticeKind,
  | 'password.changed'
  | `email.${string}`
  | `phone.${string}`
  | 'account.deleted'
  | `identity.${string}`
  | 'sign_in.managed'
  | 'sign_in.unmanaged'
  | 'refresh_token.reused'
>

export interface Notice {
  readonly id: string
  readonly accountId: string
  readonly kind: NoticeKind
  /** The method that carries it, for example `email`; or `sessions`, which asks the host to end the account's sessions. */
  readonly channel: string
  /** Milliseconds since the epoch: when the thing happened, not when the person is told. */
  readonly at: number
  readonly ip: string
  readonly userAgent: string
  /** What the sentence needs beside the kind: the method's name, how many recovery codes are left. */
  readonly subject: string
  /** Sealed: the account as it was, where it is to be told at addresses that it no longer has; null where the host is asked. */
  readonly addressee: string | null
  /** Before then it is not delivered, in milliseconds since the epoch. Default: at once. */
  readonly notBefore?: number
}
