/** One step of the schema. Never edited once released: what is wrong with it is put right by the next one. */
export interface Migration {
  readonly name: string
  readonly statements: readonly string[]
}

export const migrations: readonly Migration[] = [
  {
    name: '001-accounts',
    statements: [
      `create table account (
        id text primary key,
        email text not null,
        email_key text not null,
        email_confirmed_at bigint,
        phone text,
        phone_confirmed_at bigint,
        password_hash text not null,
        sessions_valid_from bigint not null,
        status text not null check (status in ('active', 'disabled')),
        created_at bigint not null
      )`,
      // Of two registrations of one address the first to be confirmed has it.
      `create unique index account_by_confirmed_email on account (email_key) where email_confirmed_at is not null`,
      `create index account_by_unconfirmed_age on account (created_at) where email_confirmed_at is null`,
    ],
  },
  {
    name: '002-sessions',
    statements: [
      `create table session (
        id_hash text primary key,
        account_id text not null references account (id) on delete cascade,
        created_at bigint not null,
        proved_at bigint not null,
        last_seen_at bigint not null,
        expires_at bigint not null,
        amr text not null,
        challenge_id text,
        ip text not null,
        user_agent text not null
      )`,
      `create index session_by_account on session (account_id)`,
      `create index session_by_expiry on session (expires_at)`,
    ],
  },
]
