import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser'

/** What the console's HTTP API sends, as the pages read it. All durations are whole seconds from the moment of the response. */

export type MethodKind = 'security_key' | 'totp' | 'email' | 'sms' | 'recovery_code'

export interface Session {
  readonly csrf: string
  readonly development: boolean
  /** Whether a passkey and nothing else signs people in. */
  readonly passkeySignIn: boolean
  readonly account: Account | null
  /** Whether the signed-in account must have a second factor that it has not; null when nobody is signed in. */
  readonly standing: Standing | null
  /** Where people can sign in besides with their password. */
  readonly providers: readonly Provider[]
}

export interface Provider {
  readonly id: string
  readonly name: string
}

export interface Standing {
  /** `required`: nothing but setting one up works. */
  readonly status: 'free' | 'postponed' | 'required'
  readonly from: string | null
  /** Each completes "You need a second factor because …". */
  readonly because: readonly string[]
  /** The weakest method that counts; null for any. */
  readonly atLeast: string | null
}

export interface Account {
  readonly email: string
  readonly phone: { readonly number: string; readonly confirmed: boolean } | null
  readonly mfaEnabled: boolean
  readonly hasPassword: boolean
  /** The team whose single sign-on signs this account in; null for all others. */
  readonly managed: string | null
  /** How it is confirmed that it is still the same person, where no second factor confirms it. */
  readonly ownCheck: 'password' | 'sign_in'
}

export interface ChallengeMethod {
  readonly enrollmentId: string
  readonly method: MethodKind
  readonly name: string
  /** The masked address or number; empty for methods that send nothing. */
  readonly hint: string
  readonly primary: boolean
  readonly sends: boolean
  /** How many digits its codes have; null when they are no plain numbers. */
  readonly digits: number | null
}

/** What the browser is given to ask for a key, good for five minutes. */
export type KeyAsking = PublicKeyCredentialRequestOptionsJSON

/** What the browser is given to set up a key, good for five minutes. */
export type KeySetup = PublicKeyCredentialCreationOptionsJSON

export interface AskedKeys {
  readonly asking: KeyAsking
  /** Of those that `asking` allows, in the same order. */
  readonly enrollmentIds: readonly string[]
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
  /** Kinds of methods that may not answer this time: they would only repeat what was shown already. */
  readonly repeats: readonly string[]
  /** 0 when the account is not locked. */
  readonly lockedForSeconds: number
  /** For how long this browser would be trusted to sign in without a second factor; null where it can't be. */
  readonly trustSeconds: number | null
  /** Primary first, recovery codes last. */
  readonly methods: readonly ChallengeMethod[]
  /** The one a code was sent for, else the primary; null when none may answer. */
  readonly active: string | null
  readonly code: SentCode | null
  /** Of the keys that may answer; absent when none may. */
  readonly devices: { readonly security_key?: AskedKeys }
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
  /** Switched off after too many wrong answers: it answers nothing until it is set up anew. */
  readonly disabled: boolean
  readonly createdAt: string
  readonly lastUsedAt: string | null
  readonly codesLeft: number | null
}

/** All keys of an account, as browsers are told which of them still work. */
export interface AcceptedKeys {
  readonly rpId: string
  readonly userId: string
  readonly allAcceptedCredentialIds: string[]
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
  /** Absent where the account has no keys. */
  readonly accepted: { readonly security_key?: AcceptedKeys }
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
  readonly setup: AuthenticatorSetup | KeySetup | { readonly hint: string }
}

export interface OutboxMessage {
  readonly id: string
  readonly at: string | number
  readonly channel: 'email' | 'sms'
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** What the account page shows. */
export interface AccountDetails {
  readonly email: string
  readonly phone: { readonly number: string; readonly confirmed: boolean } | null
  /** New addresses and numbers that wait for their code. */
  readonly changes: readonly PendingChange[]
}

/** Ways to sign in besides the password. */
export interface LinkedProvider extends Provider {
  readonly linked: { readonly email: string; readonly linkedAt: string } | null
}

/** A browser that signs in without a second factor. */
export interface TrustedBrowser {
  readonly deviceId: string
  readonly browser: string
  readonly ip: string
  readonly trustedAt: string
  readonly lastUsedAt: string
  readonly expiresAt: string
  /** It is this one. */
  readonly current: boolean
}

/** Where the account is signed in. */
export interface OpenSession {
  readonly sessionId: string
  readonly current: boolean
  readonly kind: 'browser' | 'app'
  readonly browser: string
  readonly ip: string
  readonly signedInAt: string
  readonly lastSeenAt: string
  readonly secondFactor: boolean
}

/** One thing that happened, as the audit log has it. */
export interface ActivityEntry {
  readonly id: string
  readonly at: string
  readonly event: string
  readonly outcome: ActivityOutcome
  readonly accountId: string | null
  readonly email: string | null
  readonly action: string | null
  readonly method: string | null
  readonly ip: string
  readonly browser: string
  readonly traceId: string | null
  readonly detail: Readonly<Record<string, string | number | boolean>>
}

export type ActivityOutcome = 'ok' | 'refused' | 'failed'

export interface ActivityPage {
  /** Newest first. */
  readonly entries: readonly ActivityEntry[]
  /** What the older ones are asked for with; null when there are none. */
  readonly next: string | null
}

/** The newest of what happened to the people of a team, and what it can be narrowed to. */
export interface TeamActivity extends ActivityPage {
  readonly people: readonly { readonly accountId: string; readonly email: string }[]
  readonly actions: readonly string[]
}

/** What the activity of a team is narrowed to; what is left out is not. */
export interface ActivityFilter {
  readonly person?: string
  readonly action?: string
  readonly outcome?: ActivityOutcome
  readonly from?: string
  readonly to?: string
}

export interface PendingChange {
  readonly contact: Contact
  readonly to: string
  readonly expiresInSeconds: number
}

export interface ApiKey {
  readonly id: string
  readonly name: string
  /** The part of the key by which its owner recognises it. */
  readonly hint: string
  readonly scopes: readonly string[]
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
}

export interface ApiKeysView {
  readonly scopes: readonly { readonly scope: string; readonly about: string }[]
  readonly keys: readonly ApiKey[]
}

export interface NewApiKey {
  readonly name: string
  readonly scopes: readonly string[]
  readonly expiresInDays: number | null
}

export type Role = 'owner' | 'admin' | 'member'

export interface TeamSummary {
  readonly id: string
  readonly name: string
  readonly role: Role
}

export interface Member {
  readonly accountId: string
  readonly email: string
  readonly role: Role
  readonly joinedAt: string
  readonly you: boolean
}

export interface OpenInvitation {
  readonly id: string
  readonly email: string
  readonly role: Role
  readonly expiresAt: string
}

export interface TeamView extends TeamSummary {
  readonly members: readonly Member[]
  readonly invitations: readonly OpenInvitation[]
  /** How long changes to this team need no new confirmation; null when the next one does. */
  readonly window: { readonly expiresInSeconds: number; readonly ceilingInSeconds: number } | null
}

/** Who in a team must have a second factor. */
export interface TeamPolicy {
  readonly who: 'optional' | 'privileged' | 'everyone'
  /** Until then it may be postponed; null is at once. */
  readonly from: string | null
  /** The weakest method that counts; null for any. E-mail never counts for owners and admins. */
  readonly atLeast: 'sms' | 'totp' | 'security_key' | null
}

export interface TeamDomain {
  readonly domain: string
  /** The TXT record that shows whose it is. */
  readonly record: { readonly name: string; readonly value: string }
  readonly verifiedAt: string | null
}

export interface TeamSso {
  readonly issuer: string
  readonly clientId: string
  readonly trusted: boolean
  readonly on: boolean
}

/** What owners and admins of a team decide about its security. */
export interface TeamSecurity {
  readonly policy: TeamPolicy
  readonly domains: readonly TeamDomain[]
  readonly sso: TeamSso | null
  readonly redirectUri: string
}

export interface PersonView {
  readonly accountId: string
  readonly email: string
  readonly role: Role
  /** Has an address in a domain of the team. */
  readonly managed: boolean
  readonly mfa: 'on' | 'off' | 'sso'
  readonly standing: Pick<Standing, 'status' | 'from'>
  readonly meetsRule: boolean
  /** Null for people who are not managed. */
  readonly methods: readonly { readonly method: MethodKind; readonly lastUsedAt: string | null }[] | null
  readonly lockedUntil: string | null
}

export interface PeopleView {
  readonly people: readonly PersonView[]
  /** What the next page is asked for with; null on the last one. */
  readonly next: string | null
}

export interface Invitation {
  readonly team: string
  readonly role: Role
  readonly email: string
  /** The signed-in account has this address. */
  readonly yours: boolean
}
