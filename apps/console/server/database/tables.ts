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
}

export interface Tables {
  account: AccountTable
  session: SessionTable
}

export type Database = Kysely<Tables>
