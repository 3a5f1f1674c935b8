/** What the owner of an account is told on every confirmed channel. */
export const noticeKinds = [
  'mfa.enabled',
  'mfa.disabled',
  'method.added',
  'method.removed',
  'recovery_code.used',
  'account.locked',
  'contact.taken',
] as const

export type NoticeKind = (typeof noticeKinds)[number]

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
}
