/** What the console's HTTP API sends, as the pages read it. All durations are whole seconds from the moment of the response. */

export type MethodKind = 'totp' | 'email' | 'sms' | 'recovery_code'

export interface Session {
  readonly csrf: string
  readonly development: boolean
  readonly account: Account | null
}

export interface Account {
  readonly email: string
  readonly phone: { readonly number: string; readonly confirmed: boolean } | null
  readonly mfaEnabled: boolean
}

export interface ChallengeMethod {
  readonly enrollmentId: string
  readonly method: MethodKind
  readonly name: string
  /** The masked address or number; empty for methods that send nothing. */
  readonly hint: string
  readonly primary: boolean
  readonly sends: boolean
}

export interface SentCode {
  readonly enrollmentId: string
  readonly delivered: boolean
  readonly expiresInSeconds: number
  readonly resendInSeconds: number
}

export interface ChallengeView {
  readonly id: string
  readonly action: string
  /** Completes "Confirm it's you to …". */
  readonly purpose: string
  readonly expiresInSeconds: number
  readonly attemptsLeft: number
  /** 0 when the account is not locked. */
  readonly lockedForSeconds: number
  /** Primary first, recovery codes last. */
  readonly methods: readonly ChallengeMethod[]
  /** The one a code was sent for, else the primary; null when none may answer. */
  readonly active: string | null
  readonly code: SentCode | null
  /** Why no code was sent when the challenge was opened. */
  readonly refused: {
    readonly enrollmentId: string
    readonly reason: 'too_soon' | 'limit' | 'locked'
    readonly retryInSeconds: number
  } | null
}

export type SignInStep =
  | { readonly status: 'signed_in' }
  | { readonly status: 'challenge'; readonly challenge: ChallengeView }

export type Contact = 'email' | 'phone'

export interface Confirmation {
  readonly contact: Contact
  readonly challenge: ChallengeView
}

export interface EnrolledMethod {
  readonly enrollmentId: string
  readonly method: MethodKind
  readonly name: string
  readonly hint: string
  readonly primary: boolean
  readonly backup: boolean
  readonly createdAt: string
  readonly lastUsedAt: string | null
  readonly codesLeft: number | null
}

export interface AvailableMethod {
  readonly method: MethodKind
  readonly label: string
  /** False when the account has no confirmed address or number for it, or has it as often as allowed. */
  readonly ready: boolean
}

export interface MethodsView {
  readonly enabledAt: string | null
  readonly methods: readonly EnrolledMethod[]
  readonly available: readonly AvailableMethod[]
}

export interface AuthenticatorSetup {
  readonly uri: string
  /** Base32, as a person types it into an authenticator app. */
  readonly secret: string
}

export interface BegunEnrollment {
  readonly enrollmentId: string
  readonly challenge: ChallengeView
  readonly setup: AuthenticatorSetup | { readonly hint: string }
}

export interface OutboxMessage {
  readonly id: string
  readonly at: string | number
  readonly channel: 'email' | 'sms'
  readonly to: string
  readonly subject: string
  readonly text: string
}
