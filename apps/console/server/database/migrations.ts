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
  {
    name: '003-account-changes',
    statements: [
      `alter table session add column password_checked_at bigint`,
      `alter table session add column wrong_passwords integer not null default 0`,
      `create table contact_change (
        account_id text not null references account (id) on delete cascade,
        contact text not null check (contact in ('email', 'phone')),
        value text not null,
        value_key text not null,
        hint text not null,
        challenge_id text not null,
        proved_at bigint not null,
        expires_at bigint not null,
        primary key (account_id, contact)
      )`,
      `create index contact_change_by_expiry on contact_change (expires_at)`,
      `create table account_erasure (
        account_id text primary key,
        deleted_at bigint not null,
        email text,
        phone text
      )`,
    ],
  },
  {
    name: '004-teams',
    statements: [
      `create table team (
        id text primary key,
        name text not null,
        created_at bigint not null
      )`,
      `create table team_member (
        team_id text not null references team (id) on delete cascade,
        account_id text not null references account (id) on delete cascade,
        role text not null check (role in ('owner', 'admin', 'member')),
        joined_at bigint not null,
        primary key (team_id, account_id)
      )`,
      `create index team_member_by_account on team_member (account_id)`,
      `create table team_invitation (
        id text primary key,
        team_id text not null references team (id) on delete cascade,
        token_hash text not null unique,
        email text not null,
        email_key text not null,
        role text not null check (role in ('owner', 'admin', 'member')),
        invited_by text not null references account (id) on delete cascade,
        created_at bigint not null,
        expires_at bigint not null,
        unique (team_id, email_key)
      )`,
      `create index team_invitation_by_inviter on team_invitation (invited_by)`,
      `create index team_invitation_by_expiry on team_invitation (expires_at)`,
      `create table team_invitation_mail (
        id text primary key,
        email_key text not null,
        invited_by text references account (id) on delete set null,
        sent_at bigint not null
      )`,
      `create index team_invitation_mail_by_address on team_invitation_mail (email_key, sent_at)`,
      `create index team_invitation_mail_by_inviter on team_invitation_mail (invited_by, sent_at)`,
      `create index team_invitation_mail_by_age on team_invitation_mail (sent_at)`,
    ],
  },
  {
    name: '005-api-keys',
    statements: [
      `create table api_key (
        id text primary key,
        account_id text not null references account (id) on delete cascade,
        name text not null,
        secret_hash text not null unique,
        hint text not null,
        scopes text not null,
        created_at bigint not null,
        expires_at bigint,
        last_used_at bigint,
        unique (account_id, name)
      )`,
      `create index api_key_by_expiry on api_key (expires_at) where expires_at is not null`,
    ],
  },
  {
    name: '006-ways-in',
    statements: [
      `alter table session add column kind text not null default 'browser' check (kind in ('browser', 'tokens'))`,
      `alter table session add column first_factor text not null default 'password'
        check (first_factor in ('password', 'oidc', 'sso'))`,
      `alter table session add column auth_at bigint not null default 0`,
      `update session set auth_at = created_at`,
      `create table refresh_token (
        token_hash text primary key,
        session_id text not null references session (id_hash) on update cascade on delete cascade,
        created_at bigint not null,
        used_at bigint
      )`,
      `create index refresh_token_by_session on refresh_token (session_id)`,
      `create table identity (
        issuer text not null,
        subject text not null,
        account_id text not null references account (id) on delete cascade,
        provider text not null,
        email text not null,
        linked_at bigint not null,
        last_used_at bigint,
        primary key (issuer, subject),
        unique (account_id, provider)
      )`,
      `create table password_reset (
        token_hash text primary key,
        account_id text not null references account (id) on delete cascade,
        created_at bigint not null,
        expires_at bigint not null,
        used_at bigint
      )`,
      `create index password_reset_by_account on password_reset (account_id, created_at)`,
      `create index password_reset_by_expiry on password_reset (expires_at)`,
      `alter table team add column mfa_policy text not null default 'optional'
        check (mfa_policy in ('optional', 'privileged', 'everyone'))`,
      `alter table team add column mfa_from bigint`,
      `alter table team add column mfa_at_least text`,
      `create table team_domain (
        team_id text not null references team (id) on delete cascade,
        domain text not null,
        token text not null,
        created_at bigint not null,
        verified_at bigint,
        primary key (team_id, domain)
      )`,
      // Whoever verifies it first has it.
      `create unique index team_domain_by_verified on team_domain (domain) where verified_at is not null`,
      `create table team_sso (
        team_id text primary key references team (id) on delete cascade,
        issuer text not null,
        client_id text not null,
        client_secret_sealed text not null,
        trusted integer not null,
        is_on integer not null,
        changed_at bigint not null
      )`,
    ],
  },
  {
    name: '007-phone-places',
    statements: [
      `alter table account add column phone_place integer`,
      // Each place of a number is one account's.
      `create unique index account_by_phone_place on account (phone, phone_place)`,
      `update account set phone_place = (
        select count(*) from account other
        where other.phone = account.phone and other.phone_confirmed_at is not null and other.id <= account.id
      ) where phone is not null and phone_confirmed_at is not null`,
    ],
  },
  {
    name: '008-reset-addresses',
    statements: [
      `create table password_reset_asked (
        token_hash text primary key,
        address_hash text not null,
        account_id text references account (id) on delete cascade,
        created_at bigint not null,
        expires_at bigint not null,
        used_at bigint
      )`,
      // Of a link that is there already nobody knows the address any more: it stays good and counts for none.
      `insert into password_reset_asked (token_hash, address_hash, account_id, created_at, expires_at, used_at)
        select token_hash, '', account_id, created_at, expires_at, used_at from password_reset`,
      `drop table password_reset`,
      `alter table password_reset_asked rename to password_reset`,
      `create index password_reset_by_address on password_reset (address_hash, created_at)`,
      `create index password_reset_by_account on password_reset (account_id)`,
      `create index password_reset_by_expiry on password_reset (expires_at)`,
    ],
  },
  {
    name: '009-passkeys',
    statements: [
      // SQLite changes no check but that of a new column.
      `alter table session rename column first_factor to first_factor_before`,
      `alter table session add column first_factor text not null default 'password'
        check (first_factor in ('password', 'oidc', 'sso', 'passkey'))`,
      `update session set first_factor = first_factor_before`,
      `alter table session drop column first_factor_before`,
    ],
  },
]
