import type { Migration } from './query.ts'

/**
 * TEXT, INTEGER and BIGINT only, so the same words build the tables on every database. Times are BIGINT milliseconds,
 * yes/no is INTEGER 0/1, hashes and sealed values are base64url TEXT.
 */
export const migrations: readonly Migration[] = [
  {
    name: '001 second factors',
    statements: [
      `CREATE TABLE sallyport_account (
        account_id TEXT PRIMARY KEY,
        mfa_enabled_at BIGINT,
        failures INTEGER NOT NULL DEFAULT 0,
        locks INTEGER NOT NULL DEFAULT 0,
        locked_until BIGINT NOT NULL DEFAULT 0
      )`,
      `CREATE TABLE sallyport_enrollment (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        method TEXT NOT NULL,
        name TEXT NOT NULL,
        hint TEXT NOT NULL,
        sealed TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('pending', 'active')),
        is_backup INTEGER NOT NULL,
        is_primary INTEGER NOT NULL DEFAULT 0,
        last_counter BIGINT NOT NULL DEFAULT -1,
        created_at BIGINT NOT NULL,
        last_used_at BIGINT
      )`,
      `CREATE INDEX sallyport_enrollment_of_account ON sallyport_enrollment (account_id)`,
      `CREATE UNIQUE INDEX sallyport_enrollment_one_primary ON sallyport_enrollment (account_id) WHERE is_primary = 1`,
      `CREATE INDEX sallyport_enrollment_pending ON sallyport_enrollment (created_at) WHERE status = 'pending'`,
      `CREATE TABLE sallyport_code (
        enrollment_id TEXT NOT NULL,
        code_hash TEXT NOT NULL,
        used_at BIGINT,
        PRIMARY KEY (enrollment_id, code_hash)
      )`,
      `CREATE TABLE sallyport_challenge (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        action TEXT NOT NULL,
        resource TEXT NOT NULL,
        purpose TEXT NOT NULL,
        binding_hash TEXT NOT NULL,
        evidence TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('open', 'passed', 'spent', 'failed', 'expired', 'cancelled')),
        tries INTEGER NOT NULL DEFAULT 0,
        max_tries INTEGER NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        only_enrollment_id TEXT,
        prompt_enrollment_id TEXT,
        prompt_state TEXT,
        prompt_destination TEXT,
        prompt_sent_at BIGINT,
        prompt_expires_at BIGINT,
        prompt_resend_at BIGINT,
        prompt_failed INTEGER
      )`,
      `CREATE INDEX sallyport_challenge_of_account ON sallyport_challenge (account_id)`,
      `CREATE INDEX sallyport_challenge_expiry ON sallyport_challenge (expires_at)`,
      `CREATE TABLE sallyport_send (
        id TEXT PRIMARY KEY,
        destination_hash TEXT NOT NULL,
        sent_at BIGINT NOT NULL,
        answered INTEGER NOT NULL DEFAULT 0
      )`,
      `CREATE INDEX sallyport_send_to ON sallyport_send (destination_hash, sent_at)`,
      `CREATE INDEX sallyport_send_age ON sallyport_send (sent_at)`,
      `CREATE TABLE sallyport_destination (
        destination_hash TEXT PRIMARY KEY,
        last_sent_at BIGINT NOT NULL
      )`,
      `CREATE INDEX sallyport_destination_age ON sallyport_destination (last_sent_at)`,
      `CREATE TABLE sallyport_audit (
        id TEXT PRIMARY KEY,
        at BIGINT NOT NULL,
        event TEXT NOT NULL,
        outcome TEXT NOT NULL,
        account_id TEXT,
        action TEXT,
        challenge_id TEXT,
        enrollment_id TEXT,
        method TEXT,
        ip TEXT NOT NULL,
        user_agent TEXT NOT NULL,
        trace_id TEXT,
        detail TEXT NOT NULL
      )`,
      `CREATE INDEX sallyport_audit_of_account ON sallyport_audit (account_id, at)`,
      `CREATE TABLE sallyport_notice (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        channel TEXT NOT NULL,
        at BIGINT NOT NULL,
        ip TEXT NOT NULL,
        user_agent TEXT NOT NULL,
        subject TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        due_at BIGINT NOT NULL
      )`,
      `CREATE INDEX sallyport_notice_due ON sallyport_notice (due_at)`,
    ],
  },
  {
    name: '002 grants',
    statements: [
      `ALTER TABLE sallyport_challenge ADD COLUMN session_hash TEXT NOT NULL DEFAULT ''`,
      `ALTER TABLE sallyport_challenge ADD COLUMN digest TEXT NOT NULL DEFAULT ''`,
      // What an action acts on is an object from now on, and adding a method is confirmed in two steps.
      `UPDATE sallyport_challenge SET resource = '{}'`,
      `UPDATE sallyport_challenge SET status = 'cancelled'
        WHERE action IN ('mfa.method.add', 'mfa.method.remove') AND status IN ('open', 'passed')`,
      `CREATE TABLE sallyport_grant (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        session_hash TEXT NOT NULL,
        digest TEXT NOT NULL,
        action TEXT NOT NULL,
        challenge_id TEXT,
        methods TEXT NOT NULL,
        granted_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        ceiling_at BIGINT NOT NULL
      )`,
      `CREATE INDEX sallyport_grant_of_session ON sallyport_grant (session_hash, digest)`,
      `CREATE INDEX sallyport_grant_of_account ON sallyport_grant (account_id)`,
      `CREATE INDEX sallyport_grant_expiry ON sallyport_grant (expires_at)`,
      `ALTER TABLE sallyport_notice ADD COLUMN addressee TEXT`,
      `ALTER TABLE sallyport_enrollment ADD COLUMN full_strength_from BIGINT NOT NULL DEFAULT 0`,
    ],
  },
  {
    name: '003 ways in',
    statements: [
      `ALTER TABLE sallyport_challenge ADD COLUMN at_least TEXT`,
      `ALTER TABLE sallyport_account ADD COLUMN password_by TEXT`,
      `ALTER TABLE sallyport_account ADD COLUMN password_by_at BIGINT NOT NULL DEFAULT 0`,
    ],
  },
  {
    name: '004 under attack',
    statements: [
      `CREATE TABLE sallyport_trusted_device (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        token_hash TEXT NOT NULL,
        setup_hash TEXT NOT NULL,
        browser TEXT NOT NULL,
        method TEXT NOT NULL,
        challenge_id TEXT NOT NULL,
        trusted_at BIGINT NOT NULL,
        last_used_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        ip TEXT NOT NULL
      )`,
      `CREATE UNIQUE INDEX sallyport_trusted_device_token ON sallyport_trusted_device (token_hash)`,
      `CREATE INDEX sallyport_trusted_device_of_account ON sallyport_trusted_device (account_id)`,
      `CREATE INDEX sallyport_trusted_device_expiry ON sallyport_trusted_device (expires_at)`,
      // Tokens that were rotated away: whoever brings one gives its device away.
      `CREATE TABLE sallyport_rotated_token (
        token_hash TEXT PRIMARY KEY,
        device_id TEXT NOT NULL
      )`,
      `CREATE INDEX sallyport_rotated_token_of_device ON sallyport_rotated_token (device_id)`,
      `CREATE TABLE sallyport_known_browser (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        token_hash TEXT NOT NULL,
        failures INTEGER NOT NULL DEFAULT 0,
        known_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
      )`,
      `CREATE UNIQUE INDEX sallyport_known_browser_token ON sallyport_known_browser (token_hash)`,
      `CREATE INDEX sallyport_known_browser_of_account ON sallyport_known_browser (account_id)`,
      `CREATE INDEX sallyport_known_browser_expiry ON sallyport_known_browser (expires_at)`,
      `CREATE TABLE sallyport_rate (
        name TEXT PRIMARY KEY,
        until BIGINT NOT NULL
      )`,
      `CREATE INDEX sallyport_rate_age ON sallyport_rate (until)`,
      `ALTER TABLE sallyport_challenge ADD COLUMN known_browser_id TEXT`,
      `ALTER TABLE sallyport_challenge ADD COLUMN may_trust INTEGER NOT NULL DEFAULT 0`,
      `ALTER TABLE sallyport_challenge ADD COLUMN prompt_rates TEXT`,
      `ALTER TABLE sallyport_account ADD COLUMN wrong_told_at BIGINT NOT NULL DEFAULT 0`,
      `ALTER TABLE sallyport_enrollment ADD COLUMN failures INTEGER NOT NULL DEFAULT 0`,
      `ALTER TABLE sallyport_enrollment ADD COLUMN disabled_at BIGINT`,
      `DROP INDEX sallyport_audit_of_account`,
      `CREATE INDEX sallyport_audit_of_account ON sallyport_audit (account_id, at, id)`,
      `CREATE INDEX sallyport_audit_age ON sallyport_audit (at, id)`,
    ],
  },
  {
    name: '005 security keys',
    statements: [
      `ALTER TABLE sallyport_enrollment ADD COLUMN credential TEXT`,
      // One key is one account's, and what finds it where nobody has said whose it is.
      `CREATE UNIQUE INDEX sallyport_enrollment_credential ON sallyport_enrollment (credential) WHERE credential IS NOT NULL`,
    ],
  },
]
