import type { Kysely } from 'kysely'

/** Times are whole milliseconds since the epoch. */
export interface AccountTable {
  id: string
  /** As the person wrote it, with the domain in ASCII: where messages go. */
  email: string
  /** What makes two spellings the same address; unique among the confirmed ones. */
  email_key: string
  email_confirmed_at: number | null
  /** E.164. */
  phone: string | null
  phone_confirmed_at: number | null
  /** Which of the accounts that may share the number this is, from 1 on; null while it is unconfirmed. */
  phone_place: number | null
  /** Empty where the account has none: it matches nothing. */
  password_hash: string
  /** A session that rests on a proof made before this is over. */
  sessions_valid_from: number
  status: 'active' | 'disabled'
  created_at: number
}

export interface SessionTable {
  /** A keyed hash of the cookie: a copy of the database opens no session. */
  id_hash: string
  account_id: string
  created_at: number
  proved_at: number
  last_seen_at: number
  expires_at: number
  /** RFC 8176 values, separated by spaces. */
  amr: string
  challenge_id: string | null
  ip: string
  user_agent: string
  /** When the password was given again in this session, until that is used for something. */
  password_checked_at: number | null
  /** Passwords tried in this session since the last right one. */
  wrong_passwords: number
  /** What carries it: a cookie, or the access and refresh tokens of an app. */
  kind: SessionKind
  first_factor: FirstFactor
  /** When the person proved who they are; never raised by anything that happens later. */
  auth_at: number
}

export type SessionKind = 'browser' | 'tokens'
export type FirstFactor = 'password' | 'oidc' | 'sso' | 'passkey'

/** All that a session of tokens ever had: one of them is unused, and the use of any other gives it away. */
export interface RefreshTokenTable {
  /** A keyed hash: a copy of the database refreshes nothing. */
  token_hash: string
  session_id: string
  created_at: number
  used_at: number | null
}

/** Someone at an identity provider who is someone here. */
export interface IdentityTable {
  issuer: string
  subject: string
  account_id: string
  /** The id of a configured provider, or `sso:` and the id of the team. */
  provider: string
  /** As the provider said when it was linked; only to be shown. */
  email: string
  linked_at: number
  last_used_at: number | null
}

/** Links that were mailed to set another password. Used ones stay for as long as they count against the next. */
export interface PasswordResetTable {
  /** A keyed hash: a copy of the database resets nothing. */
  token_hash: string
  /** A keyed hash of the address that was asked for, whether or not it is anyone's. */
  address_hash: string
  /** Whose password it sets; null where nobody was to have a link, and then it opens nothing and was mailed to nobody. */
  account_id: string | null
  created_at: number
  expires_at: number
  used_at: number | null
}

/** An address or number that an account is to have once it is confirmed; one of each at a time. */
export interface ContactChangeTable {
  account_id: string
  contact: 'email' | 'phone'
  value: string
  /** For an address as `AccountTable.email_key`; a number is its own. */
  value_key: string
  /** What the account's other contacts are told of it: masked. */
  hint: string
  /** The only challenge that confirms it. */
  challenge_id: string
  /** Of the session that asked for it: the change falls with the sessions that rest on an equally old proof. */
  proved_at: number
  expires_at: number
}

/** An account that was deleted here, until its owner has been told and Sallyport has erased it as well. */
export interface AccountErasureTable {
  account_id: string
  deleted_at: number
  /** Where the owner is told: the confirmed contacts that the account had. Both null once that is done. */
  email: string | null
  phone: string | null
}

export type TeamRole = 'owner' | 'admin' | 'member'

export interface TeamTable {
  id: string
  name: string
  created_at: number
  /** Who in the team must have a second factor. */
  mfa_policy: TeamPolicy
  /** From when; null is at once. */
  mfa_from: number | null
  /** The weakest method that counts; null for any. */
  mfa_at_least: string | null
}

export type TeamPolicy = 'optional' | 'privileged' | 'everyone'

/** A domain that a team says is its own, and since when that is known to be so. */
export interface TeamDomainTable {
  team_id: string
  /** In ASCII and lower case. */
  domain: string
  /** What the domain's TXT record has to hold; no secret. */
  token: string
  created_at: number
  verified_at: number | null
}

/** The identity provider that signs in the managed people of a team. */
export interface TeamSsoTable {
  team_id: string
  issuer: string
  client_id: string
  /** Under the console's key ring. */
  client_secret_sealed: string
  /** 1: what the provider says about how it authenticated someone is believed. */
  trusted: 0 | 1
  is_on: 0 | 1
  changed_at: number
}

export interface TeamMemberTable {
  team_id: string
  account_id: string
  role: TeamRole
  joined_at: number
}

export interface TeamInvitationTable {
  id: string
  team_id: string
  /** A keyed hash of what the link carries: a copy of the database opens no invitation. */
  token_hash: string
  email: string
  /** As `AccountTable.email_key`; one open invitation for each address in a team. */
  email_key: string
  role: TeamRole
  /** It goes with the account that made it. */
  invited_by: string
  created_at: number
  expires_at: number
}

/** One for each invitation that was mailed, kept for a day: by them it is known how many more may be. */
export interface TeamInvitationMailTable {
  id: string
  email_key: string
  invited_by: string | null
  sent_at: number
}

export interface ApiKeyTable {
  id: string
  account_id: string
  name: string
  /** A keyed hash of the key: a copy of the database opens nothing. */
  secret_hash: string
  /** The last characters of the key, by which its owner knows it. */
  hint: string
  /** Separated by spaces. */
  scopes: string
  created_at: number
  expires_at: number | null
  last_used_at: number | null
}

export interface Tables {
  account: AccountTable
  session: SessionTable
  refresh_token: RefreshTokenTable
  identity: IdentityTable
  password_reset: PasswordResetTable
  team_domain: TeamDomainTable
  team_sso: TeamSsoTable
  contact_change: ContactChangeTable
  account_erasure: AccountErasureTable
  team: TeamTable
  team_member: TeamMemberTable
  team_invitation: TeamInvitationTable
  team_invitation_mail: TeamInvitationMailTable
  api_key: ApiKeyTable
}

export type Database = Kysely<Tables>
