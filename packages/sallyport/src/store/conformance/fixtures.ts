import { randomBytes } from 'node:crypto'
import type { GrantKey, GrantRow } from '../../contract/grant.ts'
import type { Notice } from '../../contract/notice.ts'
import type {
  IssuePrompt,
  KnownBrowserRow,
  NewChallenge,
  NewEnrollment,
  Rate,
  Remember,
  SettleAttempt,
  Store,
  TrustedDeviceRow,
} from '../../contract/store.ts'

/** How many callers race in the laws about racing. */
export const racers = 16

export const now = 1_800_000_000_000
export const minute = 60_000

/** One law that every store keeps, with the run that shows it. It rejects when the law is broken. */
export interface Law {
  readonly name: string
  run(store: Store): Promise<void>
}

export interface Pending {
  readonly id: string
  readonly accountId: string
  readonly enrollmentId: string
  readonly backupId: string
  readonly backups: readonly NewEnrollment[]
}

export interface Enrolled {
  readonly accountId: string
  readonly ids: readonly string[]
  readonly backupId: string
  readonly codes: readonly string[]
}

export interface OpenFor {
  readonly id: string
  readonly accountId: string
  readonly enrollmentId: string
}

export function newId(): string {
  return randomBytes(12).toString('base64url')
}

export function newChallenge(accountId: string, different: Partial<NewChallenge> = {}): NewChallenge {
  return {
    id: newId(),
    accountId,
    action: 'login',
    resource: {},
    purpose: 'sign in',
    bindingHash: 'binding',
    sessionHash: '',
    digest: '',
    evidence: ['password'],
    atLeast: null,
    maxTries: 5,
    createdAt: now,
    expiresAt: (different.createdAt ?? now) + 10 * minute,
    onlyEnrollmentId: null,
    knownBrowserId: null,
    mayTrust: false,
    ...different,
  }
}

export function newEnrollment(accountId: string, method: string, codes: readonly string[] = []): NewEnrollment {
  const backup = method === 'recovery_code'
  const times = { fullStrengthFrom: 0, createdAt: now }
  return { id: newId(), accountId, method, name: method, hint: '', sealed: 'sealed', backup, ...times, codes }
}

export function newNotice(accountId: string, at: number): Notice {
  const from = { ip: '', userAgent: '' }
  return { id: newId(), accountId, kind: 'method.added', channel: 'email', at, ...from, subject: '', addressee: null }
}

export async function beginEnrollment(
  store: Store,
  accountId: string,
  method: string,
  action = 'mfa.method.confirm',
  createdAt = now,
): Promise<Pending> {
  const enrollment = newEnrollment(accountId, method)
  // A method is set up in a session, as an action is confirmed in one; a contact is not.
  const sessionHash = action === 'mfa.method.confirm' ? 'session' : ''
  const challenge = newChallenge(accountId, { action, createdAt, sessionHash, onlyEnrollmentId: enrollment.id })
  const begun = await store.beginEnrollment({
    enrollment,
    challenge,
    perAccount: 9,
    provedMfa: true,
    record: () => ({ audit: [] }),
  })
  equal(typeof begun === 'object' && begun.enrollments.map((row) => [row.id, row.status]), [[enrollment.id, 'pending']])
  const backup = newEnrollment(accountId, 'recovery_code', [newId(), newId(), newId()])
  return { id: challenge.id, accountId, enrollmentId: enrollment.id, backupId: backup.id, backups: [backup] }
}

export async function enroll(store: Store, accountId: string, method: string) {
  const pending = await beginEnrollment(store, accountId, method)
  const outcome = await settle(store, pending, { counter: 1 })
  equal(outcome.result, 'passed')
  return { pending, outcome }
}

/** An account with these methods, the first of them its primary, and a set of three recovery codes. */
export async function enrolled(store: Store, methods: readonly string[]): Promise<Enrolled> {
  const accountId = newId()
  const pending: Pending[] = []
  for (const method of methods) pending.push((await enroll(store, accountId, method)).pending)
  const first = pending[0] ?? fail()
  return {
    accountId,
    ids: pending.map((each) => each.enrollmentId),
    backupId: first.backupId,
    codes: first.backups[0]?.codes ?? [],
  }
}

export async function signIn(
  store: Store,
  account: Enrolled,
  createdAt = now,
  different: Partial<NewChallenge> = {},
): Promise<OpenFor> {
  const challenge = newChallenge(account.accountId, { createdAt, ...different })
  await store.beginSignIn({ challenge, record: () => ({ audit: [] }) })
  return { id: challenge.id, accountId: account.accountId, enrollmentId: account.ids[0] ?? '' }
}

export function settle(
  store: Store,
  challenge: OpenFor | Pending,
  spends: Extract<SettleAttempt['verdict'], { ok: true }>['spend'] | null,
  different: Partial<SettleAttempt> = {},
) {
  return store.settleAttempt({
    challengeId: challenge.id,
    accountId: challenge.accountId,
    enrollmentId: challenge.enrollmentId,
    now,
    verdict: spends === null ? { ok: false } : { ok: true, spend: spends },
    vouches: false,
    judgedState: null,
    lock: { afterFailures: 10, firstMs: 15 * minute, ceilingMs: 24 * 60 * minute },
    network: { name: `try ${challenge.id}`, count: 25, withinMs: 5 * minute },
    disableAfter: 100,
    tellAgainMs: 60 * minute,
    onPass: 'backups' in challenge ? { activate: { backups: challenge.backups, registered: null } } : 'nothing',
    record: () => ({ audit: [] }),
    ...different,
  })
}

export function prompt(
  store: Store,
  challenge: OpenFor,
  state: string,
  at: number,
  different: Partial<IssuePrompt> = {},
) {
  return store.issuePrompt({
    challengeId: challenge.id,
    sendId: newId(),
    prompt: {
      enrollmentId: challenge.enrollmentId,
      state,
      destinationHash: 'destination',
      sentAt: at,
      expiresAt: at + 5 * minute,
    },
    now: at,
    cooldownMs: minute,
    caps: [{ sends: 3, withinMs: 10 * minute, countAnswered: false }],
    rates: [],
    lockAfterFailures: 10,
    record: () => ({ audit: [] }),
    ...different,
  })
}

/** An open challenge of one session that confirms one thing, not stored yet. */
export function newStepUp(accountId: string, different: Partial<NewChallenge> = {}): NewChallenge {
  const bound = { action: 'api_key.revoke', sessionHash: 'session', digest: 'digest', evidence: [] }
  return newChallenge(accountId, { ...bound, ...different })
}

export function open(store: Store, challenge: NewChallenge) {
  return store.openChallenge({ challenge, record: () => ({ audit: [] }) })
}

export function newGrant(accountId: string, different: Partial<GrantRow> = {}): GrantRow {
  return {
    id: newId(),
    accountId,
    sessionHash: 'session',
    digest: 'digest',
    action: 'api_key.revoke',
    challengeId: null,
    methods: ['totp'],
    grantedAt: now,
    expiresAt: now + 2 * minute,
    ceilingAt: now + 2 * minute,
    ...different,
  }
}

/** A challenge of the account's that is passed, and the grant that this opens. */
export async function granted(store: Store, account: Enrolled, different: Partial<GrantRow> = {}): Promise<GrantRow> {
  const { sessionHash = 'session', digest = 'digest' } = different
  const snapshot = (await open(store, newStepUp(account.accountId, { sessionHash, digest }))) ?? fail()
  const { id } = snapshot.challenge
  const by = snapshot.enrollments.find((row) => !row.backup) ?? fail()
  const grant = newGrant(account.accountId, { id, challengeId: id, ...different })
  const answered = { id, accountId: account.accountId, enrollmentId: by.id }
  const outcome = await settle(store, answered, { counter: by.lastCounter + 1 }, { onPass: { grant } })
  equal(outcome.result, 'passed')
  return grant
}

export function ride(store: Store, key: GrantKey, at: number, slideTo = 0) {
  return store.rideGrant({ key: keyOf(key), now: at, slideTo, record: () => ({ audit: [] }) })
}

export function spend(store: Store, grant: Pick<GrantRow, 'id'> & GrantKey, at = now) {
  return store.spendGrant({ id: grant.id, key: keyOf(grant), now: at, record: () => ({ audit: [] }) })
}

function keyOf({ accountId, sessionHash, digest }: GrantKey): GrantKey {
  return { accountId, sessionHash, digest }
}

export function newDevice(accountId: string, different: Partial<TrustedDeviceRow> = {}): TrustedDeviceRow {
  return {
    id: newId(),
    accountId,
    tokenHash: newId(),
    setupHash: 'setup',
    browser: 'Firefox on Linux',
    method: 'totp',
    challengeId: 'challenge',
    trustedAt: now,
    lastUsedAt: now,
    expiresAt: now + 60 * minute,
    ip: '192.0.2.7',
    ...different,
  }
}

export function newKnown(accountId: string, different: Partial<KnownBrowserRow> = {}): KnownBrowserRow {
  const times = { knownAt: now, expiresAt: now + 60 * minute }
  return { id: newId(), accountId, tokenHash: newId(), failures: 0, ...times, ...different }
}

/** Completes a login of the account by its first method, which leaves behind what is to be remembered. */
export async function remember(
  store: Store,
  account: Enrolled,
  left: { readonly known?: KnownBrowserRow; readonly trusted?: TrustedDeviceRow },
  different: Partial<Remember> = {},
): Promise<void> {
  const { known = null, trusted = null } = left
  const { enrollments } = await store.readAccount(account.accountId)
  const by = enrollments.find(({ id }) => id === account.ids[0]) ?? fail()
  const onPass = { remember: { known, trusted, replaces: null, devicesAtMost: 10, ...different } }
  const outcome = await settle(store, await signIn(store, account), { counter: by.lastCounter + 1 }, { onPass })
  equal(outcome.result, 'passed')
}

/** What the tokens with these hashes stand for, at a login of the account. */
export function bring(
  store: Store,
  accountId: string,
  hashes: { readonly trusted?: readonly string[]; readonly known?: readonly string[] },
  at = now,
) {
  return store.readBrowser({ accountId, trusted: hashes.trusted ?? [], known: hashes.known ?? [], now: at })
}

/** How many are counted of `attempts` that come at once. */
export async function counted(store: Store, rate: Rate, attempts: number, at = now): Promise<number> {
  let counts = 0
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if ((await store.countRate({ rate, now: at, record: () => ({ audit: [] }) })).freeAt === 0) counts += 1
  }
  return counts
}

export function remove(store: Store, accountId: string, enrollmentId: string, keeps = 0) {
  const strongestFirst = ['security_key', 'totp', 'sms', 'email']
  const mayLeave = (left: readonly { readonly backup: boolean }[]): boolean =>
    left.filter(({ backup }) => !backup).length >= keeps
  return store.removeEnrollment({ accountId, enrollmentId, strongestFirst, mayLeave, record: () => ({ audit: [] }) })
}

export function lease(store: Store, at: number) {
  return store.leaseNotices({ now: at, leasedUntil: at + minute, limit: 10 })
}

export function race<Outcome>(run: (racer: number) => Promise<Outcome>): Promise<Outcome[]> {
  return Promise.all(Array.from({ length: racers }, (_, racer) => run(racer)))
}

export function count(outcomes: readonly { readonly result: string }[], result: string): number {
  return outcomes.filter((outcome) => outcome.result === result).length
}

export function equal(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (left !== right) throw new Error(`expected ${right}, got ${left}`)
}

export function notEqual(actual: unknown, unexpected: unknown): void {
  if (JSON.stringify(actual) === JSON.stringify(unexpected)) throw new Error(`did not expect ${JSON.stringify(actual)}`)
}

export function fail(): never {
  throw new Error('the law itself is broken')
}
