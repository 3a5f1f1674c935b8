import type { AuditEntry, AuditFilter, AuditPosition } from './audit.ts'
import type { GrantKey, GrantRow } from './grant.ts'
import type { Notice } from './notice.ts'
import type { Spend } from './method.ts'

export type ChallengeStatus = 'open' | 'passed' | 'failed' | 'expired' | 'cancelled'

/** One demand that an account prove itself for one action. All times are milliseconds since the epoch. */
export interface ChallengeRow {
  readonly id: string
  readonly accountId: string
  readonly action: string
  /** What the action acts on: the host's ids of each thing named in its purpose. Empty where `purpose` is sealed, which has them. */
  readonly resource: Readonly<Record<string, string>>
  /** Completes "… to <purpose>", as it was shown when the challenge was opened; with a `digest` it is sealed, and so are the ids. */
  readonly purpose: string
  /** Keyed hash of the secret that only the browser or session which opened the challenge holds. */
  readonly bindingHash: string
  /** For a challenge that confirms an action: keyed hash of the session it is for; otherwise empty. */
  readonly sessionHash: string
  /** And of the action with everything that is confirmed by it; otherwise empty. */
  readonly digest: string
  readonly evidence: readonly string[]
  /** The weakest method that the account must answer with, once it has one that strong; null when any will do. */
  readonly atLeast: string | null
  readonly status: ChallengeStatus
  /** Used up so far; for a challenge that confirms an action, by all of its session together. */
  readonly tries: number
  readonly maxTries: number
  readonly createdAt: number
  readonly expiresAt: number
  /** The one enrollment that may answer; null when any active one may. Pending enrollments are confirmed this way. */
  readonly onlyEnrollmentId: string | null
  /** The browser it was opened in, if the account's owner has completed a login there before (requirement D7). */
  readonly knownBrowserId: string | null
  /** Whether the browser may be trusted once this is passed. */
  readonly mayTrust: boolean
  /** The live prompt, replaced by each new one. */
  readonly prompt: PromptRow | null
}

export interface PromptRow {
  readonly enrollmentId: string
  readonly state: string
  readonly destinationHash: string
  readonly sentAt: number
  readonly expiresAt: number
  /** From when the next one may be asked for. */
  readonly resendAt: number
  readonly failed: boolean
}

export interface EnrollmentRow {
  readonly id: string
  readonly accountId: string
  readonly method: string
  readonly name: string
  readonly hint: string
  /** Sealed under the key ring; opens only for this account and this enrollment. */
  readonly sealed: string
  readonly status: 'pending' | 'active'
  readonly backup: boolean
  readonly primary: boolean
  readonly lastCounter: number
  /** Until then its strength does not count: it was added with a backup. */
  readonly fullStrengthFrom: number
  readonly createdAt: number
  readonly lastUsedAt: number | null
  /** It got too many wrong answers in a row: it answers nothing, and counts for nothing, until it is set up anew. */
  readonly disabled: boolean
  /** Codes of the set that are still unused, for methods that store codes. */
  readonly codesLeft: number
}

export interface AccountRow {
  readonly accountId: string
  readonly mfaEnabledAt: number | null
  readonly failures: number
  readonly locks: number
  readonly lockedUntil: number
  /** How the password was come by, as a kind of evidence, when it was reset and nothing else has vouched for it since. */
  readonly passwordBy: string | null
  /** When the owner was last told that a right password was followed by a wrong code; 0 for never. */
  readonly wrongToldAt: number
}

/** A browser that its owner has said is to be trusted: it signs in without a second factor. All times are milliseconds. */
export interface TrustedDeviceRow {
  readonly id: string
  readonly accountId: string
  /** Keyed hash of the token that is good now; each use replaces it. */
  readonly tokenHash: string
  /** Keyed hash of everything that the account is signed in to with: it is trusted for as long as that is the same. */
  readonly setupHash: string
  /** For example `Firefox on Linux`. */
  readonly browser: string
  /** What the login was completed with in which it was trusted. */
  readonly method: string
  readonly challengeId: string
  readonly trustedAt: number
  readonly lastUsedAt: number
  readonly expiresAt: number
  readonly ip: string
}

/** A browser in which the account's owner has completed a login: there, the tries of strangers lock nobody out. */
export interface KnownBrowserRow {
  readonly id: string
  readonly accountId: string
  readonly tokenHash: string
  /** Wrong answers in a row there. */
  readonly failures: number
  readonly knownAt: number
  readonly expiresAt: number
}

/** What a passed login leaves behind in the browser. */
export interface Remember {
  readonly known: KnownBrowserRow | null
  readonly trusted: TrustedDeviceRow | null
  /** What the browser was trusted as until now, if it was: one browser stands in the list once. */
  readonly replaces: string | null
  /** How many of each an account may have. */
  readonly devicesAtMost: number
}

/** So many within so many milliseconds, then one more whenever an even pace allows it. */
export interface Rate {
  readonly name: string
  readonly count: number
  readonly withinMs: number
}

/** A challenge with everything that is needed to judge an answer to it. */
export interface ChallengeSnapshot {
  readonly challenge: ChallengeRow
  readonly account: AccountRow
  /** Active enrollments, and the pending one when the challenge confirms it. */
  readonly enrollments: readonly EnrollmentRow[]
  /** Of the browser that the challenge was opened in, while it is known: how many wrong answers in a row it has given. */
  readonly knownFailures: number | null
}

export interface NewEnrollment {
  readonly id: string
  readonly accountId: string
  readonly method: string
  readonly name: string
  readonly hint: string
  readonly sealed: string
  readonly backup: boolean
  readonly fullStrengthFrom: number
  readonly createdAt: number
  readonly codes: readonly string[]
}

export type NewChallenge = Omit<ChallengeRow, 'status' | 'tries' | 'prompt'>

/** What a step writes about itself, in the same transaction. Pure: it is called inside the transaction, again if that is retried. */
export type Recording<Outcome> = (outcome: Outcome) => {
  readonly audit: readonly AuditEntry[]
  readonly notices?: readonly Notice[]
}

/** So many sends to one destination within so many milliseconds. `answered` sends (a code that was then typed in) do not count where it is false. */
export interface SendCap {
  readonly sends: number
  readonly withinMs: number
  readonly countAnswered: boolean
}

/** So many challenges for one action of an account within so many milliseconds. */
export interface BeginCap {
  readonly count: number
  readonly withinMs: number
}

export interface IssuePrompt {
  readonly challengeId: string
  readonly sendId: string
  readonly prompt: Omit<PromptRow, 'failed' | 'resendAt'>
  readonly now: number
  /** Pause after the first unanswered send; each further one doubles it. */
  readonly cooldownMs: number
  readonly caps: readonly SendCap[]
  /** Each send counts for all of these, until its code is answered. */
  readonly rates: readonly Rate[]
  /** Wrong answers in a row after which a known browser is treated like any other while the account is locked. */
  readonly lockAfterFailures: number
  readonly record: Recording<IssueOutcome>
}

export type IssueOutcome =
  | { readonly result: 'issued'; readonly resendAt: number }
  | { readonly result: 'too_soon'; readonly resendAt: number }
  /** `by`: `destination`, or the name of the rate that is full. */
  | { readonly result: 'limit'; readonly resendAt: number; readonly by: string }
  | { readonly result: 'locked'; readonly lockedUntil: number }
  | { readonly result: 'closed' }

/** What the first answer of an enrollment brought with it. */
export interface RegisteredRow {
  readonly sealed: string
  readonly hint: string
  readonly name: string
  /** Of this there is one: where another enrollment has it, the answer is wrong. */
  readonly credential: string
}

export interface SettleAttempt {
  readonly challengeId: string
  readonly accountId: string
  readonly enrollmentId: string
  readonly now: number
  readonly verdict: { readonly ok: true; readonly spend: Spend } | { readonly ok: false }
  /** Whether passing shows that the password is its owner's again, if it was reset before the challenge was begun. */
  readonly vouches: boolean
  /** The prompt state the answer was judged against; null for methods without a prompt. */
  readonly judgedState: string | null
  readonly lock: { readonly afterFailures: number; readonly firstMs: number; readonly ceilingMs: number }
  /** Of answers from where this one comes that were wrong, or refused. Once it is full nothing is judged. */
  readonly network: Rate
  /** Wrong answers in a row after which the enrollment is disabled; null for never. */
  readonly disableAfter: number | null
  /** How long the owner is not told again of a wrong code after a right password. */
  readonly tellAgainMs: number
  /** What passing does besides: to the pending enrollment that the challenge confirms, or by a grant that it opens. */
  readonly onPass:
    | 'nothing'
    | 'discard_enrollment'
    | { readonly activate: { readonly backups: readonly NewEnrollment[]; readonly registered: RegisteredRow | null } }
    | { readonly grant: GrantRow }
    | { readonly remember: Remember }
  readonly record: Recording<SettleOutcome>
}

/** All but what is right count for the network. `networkFull`: it has no room for another one now. */
export type SettleOutcome =
  | {
      readonly result: 'passed'
      /** MFA went from off to on with this answer; the backups were stored. */
      readonly enabledMfa: boolean
      readonly codesLeft: number
      /** What the enrollment is called now: a name that was taken has been numbered. */
      readonly name: string
    }
  | {
      readonly result: 'wrong'
      readonly attemptsLeft: number
      readonly lockedUntil: number
      readonly challengeFailed: boolean
      /** This answer has disabled the enrollment. */
      readonly disabled: boolean
      /** The owner is to be told. */
      readonly tell: boolean
      readonly networkFull: boolean
    }
  /** Nothing was looked at or counted: too much that was wrong came from the same network. */
  | { readonly result: 'limited'; readonly freeAt: number }
  | { readonly result: 'locked'; readonly lockedUntil: number; readonly networkFull: boolean }
  | { readonly result: 'closed'; readonly status: Exclude<ChallengeStatus, 'open'>; readonly networkFull: boolean }

export interface LeasedNotice extends Notice {
  readonly attempts: number
}

/** Ends with what it takes the grant for being written: by then the account's MFA may have been turned on. */
export type OpenedGrant = 'granted' | 'mfa_on'

/**
 * Whole steps, not rows. Each step is one transaction: it happens entirely or not at all, and its audit entries and
 * notices are part of it. Where two callers race, the documented one wins and the row count decides.
 * A store that cannot be reached throws; it never answers with a guess.
 */
export interface Store {
  /** Brings the tables up to date. Forward only; safe when several processes start at once. */
  migrate(): Promise<void>
  close(): Promise<void>
  /** Reads something trivial of its own tables, so that whoever asks knows that they can be reached. */
  ping(): Promise<void>

  /**
   * Opens a challenge when the account has MFA on, to whose evidence is added how the password was come by, if it was reset and
   * is part of the evidence; otherwise writes nothing but the record and says so.
   * Racing callers each get a challenge of their own.
   */
  beginSignIn(input: {
    readonly challenge: NewChallenge
    readonly record: Recording<'challenge' | 'not_required'>
  }): Promise<ChallengeSnapshot | null>

  /**
   * Opens a challenge that confirms an action. While the session has one open for the very same thing and floor, with a tenth of its time
   * left or more, that one goes on: its code is still good. Null, and nothing is written, while the account has MFA off.
   */
  openChallenge(input: {
    readonly challenge: NewChallenge
    readonly record: Recording<{ readonly resumed: boolean; readonly challenge: ChallengeRow }>
  }): Promise<ChallengeSnapshot | null>

  /** The window that covers this, slid to `slideTo` but never beyond its ceiling; null when there is none that is not over. */
  rideGrant(input: {
    readonly key: GrantKey
    readonly now: number
    /** 0 for a window that does not slide. */
    readonly slideTo: number
    readonly record: Recording<GrantRow>
  }): Promise<GrantRow | null>

  /** Uses a grant up. Of racing callers one gets it, the others null. */
  spendGrant(input: {
    readonly id: string
    readonly key: GrantKey
    readonly now: number
    readonly record: Recording<GrantRow>
  }): Promise<GrantRow | null>

  /** Writes the grant, if any, for an account whose MFA is off or does not matter, and the record. */
  openGrant(input: {
    readonly accountId: string
    readonly evenIfOn: boolean
    readonly grant: GrantRow | null
    readonly record: Recording<'granted'>
  }): Promise<OpenedGrant>

  /** Any grant that is not over, by its id or by what it covers; reading slides nothing. */
  readGrant(which: { readonly id: string } | { readonly key: GrantKey }, now: number): Promise<GrantRow | null>

  /**
   * Ends the account's grants and open challenges that confirm actions, of one session or (null) of all; the number ended.
   */
  endGrants(input: {
    readonly accountId: string
    readonly sessionHash: string | null
    readonly record: Recording<number>
  }): Promise<number>

  /**
   * Stores a pending enrollment and the challenge that confirms it. Earlier ones of this account for the same method and
   * action go, so of racing callers the last one's is left.
   * `full` when the account already has `perAccount` active ones.
   */
  beginEnrollment(input: {
    readonly enrollment: NewEnrollment
    readonly challenge: NewChallenge
    readonly perAccount: number
    /** Whether the session that begins it rests on a second factor; without one it is `unproved` once MFA is on. */
    readonly provedMfa: boolean
    /** How many of the action the account may begin; beyond one it is `limit`. None for what costs no message to strangers. */
    readonly atMost?: readonly BeginCap[]
    readonly record: Recording<'begun' | 'full' | 'unproved' | 'limit'>
  }): Promise<ChallengeSnapshot | 'full' | 'unproved' | 'limit'>

  /** From when the account may begin one more of the action; 0 when it may now. */
  beginsAgainAt(input: {
    readonly accountId: string
    readonly action: string
    readonly now: number
    readonly atMost: readonly BeginCap[]
  }): Promise<number>

  /** The challenge and all that is needed to judge an answer, in one read. Null when there is none. */
  readChallenge(challengeId: string): Promise<ChallengeSnapshot | null>

  /**
   * Replaces the challenge's prompt and counts the send against its destination. Of racing callers one is `issued`,
   * the others are `too_soon`. The old prompt can't be answered any more the moment this commits.
   */
  issuePrompt(input: IssuePrompt): Promise<IssueOutcome>

  /** Notes whether the provider took the message, if the prompt is still the live one. */
  recordDelivery(input: {
    readonly challengeId: string
    readonly state: string
    readonly failed: boolean
    readonly record: Recording<'recorded'>
  }): Promise<void>

  /**
   * Counts the try, then spends what the verdict names, then closes the challenge, all guarded. A verdict of `ok` whose
   * spend changes no row is a wrong answer. Of racing right answers exactly one is `passed`; tries after the challenge is
   * over are still counted but never judged. The network comes before all that: full, it lets nothing be written.
   */
  settleAttempt(input: SettleAttempt): Promise<SettleOutcome>

  /** Whose the enrollment with this `credential` is; null when there is none that is active. */
  findCredential(
    credential: string,
  ): Promise<{ readonly accountId: string; readonly enrollmentId: string; readonly method: string } | null>

  /**
   * Opens a challenge that is about to be answered at once. Null when there has been one of this id: of racing callers who
   * bring the same, one opens it.
   */
  openOnce(input: {
    readonly challenge: NewChallenge
    readonly record: Recording<'opened'>
  }): Promise<ChallengeSnapshot | null>

  /** Ends an open challenge. False when it was not open. */
  cancelChallenge(input: { readonly challengeId: string; readonly record: Recording<boolean> }): Promise<boolean>

  /** Ends every open challenge and every grant of the account, whose number it is, and the trust in its browsers. */
  cancelChallenges(input: { readonly accountId: string; readonly record: Recording<number> }): Promise<number>

  /** Active enrollments, primary first, backups last, and the account's state. */
  readAccount(
    accountId: string,
  ): Promise<{ readonly account: AccountRow; readonly enrollments: readonly EnrollmentRow[] }>

  /** False when the account has no such active enrollment, or it is a backup. */
  setPrimary(input: {
    readonly accountId: string
    readonly enrollmentId: string
    readonly record: Recording<boolean>
  }): Promise<boolean>

  /** `taken` when another active enrollment of the account has the name. */
  rename(input: {
    readonly accountId: string
    readonly enrollmentId: string
    readonly name: string
    readonly record: Recording<'renamed' | 'taken' | 'absent'>
  }): Promise<'renamed' | 'taken' | 'absent'>

  /**
   * Removes the enrollment. Removing the primary promotes the strongest that is left, by the order of `strongestFirst`;
   * removing the last one that is not a backup turns MFA off, removes the backups and ends what is being set up. Ends the
   * account's grants. Of racing callers one removes. `mayLeave` is pure, and asked under the account's lock: without its
   * consent nothing is removed.
   */
  removeEnrollment(input: {
    readonly accountId: string
    readonly enrollmentId: string
    readonly mayLeave: (left: readonly EnrollmentRow[], of: readonly EnrollmentRow[]) => boolean
    readonly strongestFirst: readonly string[]
    readonly record: Recording<RemoveOutcome>
  }): Promise<RemoveOutcome>

  /**
   * Remembers how the password was come by, until a login that began later is completed by something else, and ends every open challenge and
   * every grant of the account. Of an account that nothing is known of, nothing is remembered.
   */
  noteReset(input: {
    readonly accountId: string
    readonly by: string
    readonly now: number
    readonly record: Recording<'noted'>
  }): Promise<void>

  /**
   * The account, and what the tokens that a browser has brought stand for at it, the first of each that stands for anything. `reused`:
   * whose token was rotated away before. `live`: of all that were brought, those that stand for something that is not
   * over, whoever's; for a trusted browser also one that was rotated away, so that its return is noticed.
   */
  readBrowser(input: {
    readonly accountId: string
    readonly trusted: readonly string[]
    readonly known: readonly string[]
    readonly now: number
  }): Promise<{
    readonly account: AccountRow
    readonly enrollments: readonly EnrollmentRow[]
    readonly trusted: TrustedDeviceRow | null
    readonly reused: TrustedDeviceRow | null
    readonly known: KnownBrowserRow | null
    readonly live: readonly string[]
  }>

  /**
   * Replaces the token of a trusted browser by the one whose hash is `to`. Of racing callers one gets it; false for the others,
   * and when the device has ended or the account was set up otherwise since it was read.
   */
  rotateDevice(input: {
    readonly device: TrustedDeviceRow
    readonly to: string
    readonly ip: string
    readonly now: number
    readonly record: Recording<boolean>
  }): Promise<boolean>

  /** The browsers that are trusted, the last used first. */
  listDevices(input: { readonly accountId: string; readonly now: number }): Promise<readonly TrustedDeviceRow[]>

  /** Ends the trust in one browser, or (null) in all, and then none is known either; the number that were trusted. */
  revokeDevices(input: {
    readonly accountId: string
    readonly deviceId: string | null
    readonly record: Recording<number>
  }): Promise<number>

  /** From when there is room for one more; 0 when there is now. */
  rateFreeAt(input: { readonly rate: Rate; readonly now: number }): Promise<number>

  /** Counts one. `freeAt` is 0 when it was counted, else from when there is room; `filled` when it was the last for now. */
  countRate(input: {
    readonly rate: Rate
    readonly now: number
    readonly record: Recording<{ readonly freeAt: number; readonly filled: boolean }>
  }): Promise<{ readonly freeAt: number; readonly filled: boolean }>

  /** Lifts a lock and forgets the failures that led to it. False when there was none. */
  unlock(input: {
    readonly accountId: string
    readonly now: number
    readonly record: Recording<boolean>
  }): Promise<boolean>

  /** Removes all enrollments, turns MFA off, ends what is being set up and the account's grants. False when it was off. */
  disableMfa(input: { readonly accountId: string; readonly record: Recording<boolean> }): Promise<boolean>

  /** Replaces the backups by new ones. False, and nothing is changed, while the account has MFA off. */
  replaceBackups(input: {
    readonly accountId: string
    readonly backups: readonly NewEnrollment[]
    readonly record: Recording<boolean>
  }): Promise<boolean>

  /**
   * Gives an active enrollment another secret and hint. Codes that were sent by the old ones can't be answered any more, and the
   * account's grants end. False when there is none whose sealed secret is `from`: of racing callers one moves it.
   */
  moveEnrollment(input: {
    readonly accountId: string
    readonly enrollmentId: string
    readonly from: string
    readonly sealed: string
    readonly hint: string
    readonly record: Recording<boolean>
  }): Promise<boolean>

  /** Removes everything of the account but its audit entries and the notices that are still to be told. */
  eraseAccount(input: { readonly accountId: string; readonly record: Recording<'erased'> }): Promise<void>

  /** Adds entries, and notices, for something that changed nothing else here. */
  appendAudit(entries: readonly AuditEntry[], notices?: readonly Notice[]): Promise<void>

  /**
   * Up to `limit` entries before a position, or the newest, and where to go on from; null at the end. For each account it looks
   * along an index and no further than it must: with a filter that few entries meet it ends early, with what it has found by
   * then, or nothing. Of `accounts` there are at most 500.
   */
  readAudit(
    input: AuditFilter & { readonly before: AuditPosition | null; readonly limit: number },
  ): Promise<{ readonly entries: readonly AuditEntry[]; readonly next: AuditPosition | null }>

  /** Removes the oldest entries that are from before `before`, at most `limit`; how many went. Nothing else removes any. */
  purgeAudit(input: { readonly before: number; readonly limit: number }): Promise<number>

  /** Takes up to `limit` notices that are due, hidden from other takers until `leasedUntil`. */
  leaseNotices(input: {
    readonly now: number
    readonly leasedUntil: number
    readonly limit: number
  }): Promise<readonly LeasedNotice[]>

  /** Removes a delivered notice, or puts it back for `retryAt`. */
  settleNotice(input: { readonly id: string; readonly retryAt: number | null }): Promise<void>

  /** Removes challenges, grants, pending enrollments, sends, rates and remembered browsers that ended before `before`, at most `limit` of each; how many went. */
  purge(input: { readonly before: number; readonly limit: number }): Promise<number>
}

export type RemoveOutcome =
  | { readonly result: 'removed'; readonly disabledMfa: boolean; readonly promoted: string | null }
  | { readonly result: 'absent' | 'kept' }
