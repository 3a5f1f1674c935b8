import type { Client } from '../contract/client.ts'
import type { Rules } from '../contract/account.ts'
import type {
  AccountRow,
  ChallengeSnapshot,
  EnrollmentRow,
  KnownBrowserRow,
  Remember,
  TrustedDeviceRow,
} from '../contract/store.ts'
import { token } from '../crypto/code.ts'
import { floorInForce } from '../policy/mandates.ts'
import { maySkip } from '../policy/may-skip.ts'
import { auditEntry, notices } from './audit.ts'
import { browserOf } from './browser.ts'
import { type Parts, rulesOf, strengthIn } from './parts.ts'
import type { Candidate } from './view.ts'

/**
 * What a browser keeps of the accounts that sign in there, for the host to store in two cookies of their own, as strict as a cookie can
 * be. Each is empty, or up to five tokens of 43 base64url characters, the last used first, separated by dots: people who
 * share a browser don't disturb each other.
 */
export interface BrowserTokens {
  /** Sign in without a second factor. Good once: each use brings another. */
  readonly trusted: string
  /** Answer while strangers are locked out; open nothing. */
  readonly known: string
}

/** A browser that its owner trusts, as they see it. Times are milliseconds since the epoch. */
export interface DeviceView {
  readonly deviceId: string
  /** For example `Firefox on Linux`. */
  readonly browser: string
  /** Where it was last used. */
  readonly ip: string
  readonly trustedAt: number
  readonly lastUsedAt: number
  readonly expiresAt: number
  /** Whether it is the one that brought `tokens`. */
  readonly current: boolean
}

export interface Devices {
  /** The browsers that the account trusts, the last used first. */
  list(accountId: string, tokens?: BrowserTokens): Promise<readonly DeviceView[]>
  /** Ends the trust in one; false when the account has none of this id. */
  revoke(accountId: string, deviceId: string, client: Client): Promise<boolean>
  /** Ends the trust in all, and forgets which browsers were known; how many were trusted. */
  revokeAll(accountId: string, client: Client): Promise<number>
}

export function devicesOf(parts: Parts): Devices {
  return {
    async list(accountId, tokens) {
      const now = parts.clock()
      const hashes = hashesOf(parts, trustedToken, tokensIn(tokens?.trusted))
      const rows = await parts.store.listDevices({ accountId, now })
      // What the limits of today trust no more is not there.
      const trusted = rows.filter((row) => endOf(parts, row) > now)
      return trusted.map((row) => ({
        deviceId: row.id,
        browser: row.browser,
        ip: row.ip,
        trustedAt: row.trustedAt,
        lastUsedAt: row.lastUsedAt,
        expiresAt: endOf(parts, row),
        current: hashes.includes(row.tokenHash),
      }))
    },

    async revoke(accountId, deviceId, client) {
      return (await revoke(parts, accountId, deviceId, client)) === 1
    },

    revokeAll: (accountId, client) => revoke(parts, accountId, null, client),
  }
}

const trustedToken = 'trusted browser'
const knownToken = 'known browser'
const tokenForm = /^[\w-]{43}$/
const accountsAtMost = 5

/** What a challenge or a login is told of the browser it comes from. */
export interface Recognized {
  /** The challenge that a trusted browser was trusted in; null: no second factor was spared. */
  readonly skipped: string | null
  readonly known: KnownBrowserRow | null
  /** What the browser is to keep from now on: without what stands for nothing any more. Null where that has not changed. */
  readonly tokens: BrowserTokens | null
}

/** What the tokens of a browser are good for at a login of the account, and a use of the trust in it, if there is any. */
export async function recognize(
  parts: Parts,
  input: { readonly accountId: string; readonly tokens: BrowserTokens; readonly rules: Rules },
  client: Client,
): Promise<Recognized> {
  const { accountId, tokens, rules } = input
  const held = heldIn(tokens)
  if (held.trusted.length + held.known.length === 0) {
    return { skipped: null, known: null, tokens: unlessSame(tokens, held) }
  }
  const found = await readBrowser(parts, accountId, held)
  const { known, reused, live } = found
  const asked = { skipped: null, known, tokens: unlessSame(tokens, live) }
  if (reused !== null) await giveUp(parts, reused, client)
  const device = found.trusted
  if (device === null || found.account.mfaEnabledAt === null) return asked
  const may = maySkip(
    device,
    {
      now: parts.clock(),
      trustedMs: parts.limits.trustedDeviceSeconds * 1000,
      setupHashes: await setupHashes(parts, found.account, found.enrollments, true),
      browser: browserOf(client.userAgent),
      privileged: rules.privileged,
      floor: floorInForce(rules.mandates, strengthIn(parts), parts.clock()),
      passwordReset: found.account.passwordBy !== null,
    },
    strengthIn(parts),
  )
  if (!may.allowed) {
    const refused = {
      event: 'device.refused',
      outcome: 'refused',
      accountId,
      detail: { device: device.id, reason: may.reason },
    } as const
    await parts.store.appendAudit([auditEntry(parts, client, refused)])
    return asked
  }
  const next = token(parts.random, 32)
  const rotated = await parts.store.rotateDevice({
    device,
    to: parts.keys.hash(trustedToken, next),
    ip: client.ip,
    now: parts.clock(),
    record: (done) => ({
      audit: done
        ? [auditEntry(parts, client, { event: 'sign_in.trusted', accountId, detail: { device: device.id } })]
        : [],
    }),
  })
  if (!rotated) return asked
  const trusted = keep(live.trusted, tokenOf(parts, device, live.trusted), next)
  return { skipped: device.challengeId, known, tokens: written({ ...live, trusted }) }
}

interface Held {
  readonly trusted: readonly string[]
  readonly known: readonly string[]
}

/** What the tokens of a browser stand for at the account, and those of them that stand for anything, whoever's. */
async function readBrowser(parts: Parts, accountId: string, { trusted, known }: Held) {
  const found = await parts.store.readBrowser({
    accountId,
    trusted: hashesOf(parts, trustedToken, trusted),
    known: hashesOf(parts, knownToken, known),
    now: parts.clock(),
  })
  const isLive = (context: string) => (each: string) =>
    hashesOf(parts, context, [each]).some((hash) => found.live.includes(hash))
  const live: Held = { trusted: trusted.filter(isLive(trustedToken)), known: known.filter(isLive(knownToken)) }
  return { ...found, live }
}

/** The browser, if a login of the account was completed in it before. */
export async function knownBrowserId(parts: Parts, accountId: string, tokens: BrowserTokens): Promise<string | null> {
  const held = heldIn(tokens)
  return held.known.length === 0 ? null : ((await readBrowser(parts, accountId, held)).known?.id ?? null)
}

/** A token that was rotated away has come back: it was copied, or the browser has lost an answer. Which one is not for us to say. */
async function giveUp(parts: Parts, device: TrustedDeviceRow, client: Client): Promise<void> {
  const { accountId, id: deviceId, browser } = device
  await parts.store.revokeDevices({
    accountId,
    deviceId,
    record(count) {
      if (count === 0) return { audit: [] }
      const entry = { event: 'device.reused', outcome: 'refused', accountId, detail: { device: deviceId } } as const
      return {
        audit: [auditEntry(parts, client, entry)],
        notices: notices(parts, client, { accountId, kind: 'device.reused', at: parts.clock(), subject: browser }),
      }
    },
  })
  parts.tell()
}

/** What a browser is to keep once a challenge for a login is passed, and what the store is to. */
export interface Keeping {
  readonly remember: Remember
  readonly tokens: BrowserTokens
}

/**
 * What completing a login leaves behind in the browser: that it is known, and, if the person asks for it and may, that it is
 * trusted. Never by a backup, nor by a method that was added with one a while ago (requirement D1).
 */
export async function keeping(
  parts: Parts,
  { challenge, account, enrollments, knownFailures }: ChallengeSnapshot,
  { row, method }: Candidate,
  { tokens, trust }: { readonly tokens: BrowserTokens; readonly trust: boolean },
  client: Client,
): Promise<Keeping> {
  const now = parts.clock()
  const { accountId } = challenge
  const { trustedDevices: devicesAtMost } = parts.limits
  const nothing = { remember: { known: null, trusted: null, replaces: null, devicesAtMost }, tokens }
  if (method.backup || row.fullStrengthFrom > now) return nothing
  // A login that did not begin in a page, such as one that comes back from a provider, was told nothing of the browser.
  const { live, ...found } = await readBrowser(parts, accountId, heldIn(tokens))
  const isKnown = knownFailures !== null || found.known !== null
  const [asKnown, asTrusted] = [token(parts.random, 32), token(parts.random, 32)]
  const known: KnownBrowserRow | null = isKnown
    ? null
    : {
        id: token(parts.random, 16),
        accountId,
        tokenHash: parts.keys.hash(knownToken, asKnown),
        failures: 0,
        knownAt: now,
        expiresAt: now + parts.limits.knownBrowserSeconds * 1000,
      }
  const isWanted = trust && challenge.mayTrust && mayTrust(parts, await rulesOf(parts, accountId))
  const [setupHash] = isWanted ? await setupHashes(parts, account, enrollments, false) : []
  const trusted: TrustedDeviceRow | null =
    setupHash === undefined
      ? null
      : {
          id: token(parts.random, 16),
          accountId,
          tokenHash: parts.keys.hash(trustedToken, asTrusted),
          setupHash,
          browser: browserOf(client.userAgent),
          method: row.method,
          challengeId: challenge.id,
          trustedAt: now,
          lastUsedAt: now,
          expiresAt: now + parts.limits.trustedDeviceSeconds * 1000,
          ip: client.ip,
        }
  return {
    remember: { known, trusted, replaces: found.trusted?.id ?? null, devicesAtMost },
    tokens: written({
      trusted:
        trusted === null ? live.trusted : keep(live.trusted, tokenOf(parts, found.trusted, live.trusted), asTrusted),
      known: known === null ? live.known : keep(live.known, null, asKnown),
    }),
  }
}

/** Whether a browser may be trusted at all: without a security stamp nothing would tell that the password was changed. */
export function mayTrust(parts: Parts, rules: Rules): boolean {
  return parts.limits.trustedDeviceSeconds > 0 && parts.accounts.securityStamp !== undefined && !rules.privileged
}

/**
 * Keyed hashes of the account's whole set-up: its password, its enrollments with their secrets, and since when MFA is on. What
 * changes any of it ends all trust, whether or not anyone thought of that. With `everyKey` under all keys, to compare with.
 */
async function setupHashes(
  parts: Parts,
  { accountId, mfaEnabledAt }: AccountRow,
  enrollments: readonly EnrollmentRow[],
  everyKey: boolean,
): Promise<readonly string[]> {
  const stamp = await parts.accounts.securityStamp?.(accountId)
  if (stamp === undefined) return []
  const held = enrollments
    .map(({ id, sealed, disabled }) => [id, sealed, disabled] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
  const value = JSON.stringify([stamp, mfaEnabledAt, held])
  const context = JSON.stringify(['setup', accountId])
  return everyKey ? parts.keys.hashes(context, value) : [parts.keys.hash(context, value)]
}

function revoke(parts: Parts, accountId: string, deviceId: string | null, client: Client): Promise<number> {
  return parts.store.revokeDevices({
    accountId,
    deviceId,
    record: (count) => ({
      audit:
        count === 0
          ? []
          : [
              auditEntry(parts, client, {
                event: 'device.revoked',
                accountId,
                detail: deviceId === null ? { count } : { device: deviceId },
              }),
            ],
    }),
  })
}

function endOf(parts: Parts, { expiresAt, trustedAt }: TrustedDeviceRow): number {
  return Math.min(expiresAt, trustedAt + parts.limits.trustedDeviceSeconds * 1000)
}

function tokensIn(value: string | undefined): readonly string[] {
  return (value ?? '')
    .slice(0, 44 * accountsAtMost)
    .split('.')
    .filter((each) => tokenForm.test(each))
}

function hashesOf(parts: Parts, context: string, tokens: readonly string[]): readonly string[] {
  return tokens.flatMap((each) => parts.keys.hashes(context, each))
}

/** Which of the tokens is the device's. */
function tokenOf(parts: Parts, device: TrustedDeviceRow | null, tokens: readonly string[]): string | null {
  return tokens.find((each) => device !== null && parts.keys.matches(device.tokenHash, trustedToken, each)) ?? null
}

/** The last used first; whoever signed in here longest ago makes room. */
function keep(tokens: readonly string[], replaced: string | null, added: string): readonly string[] {
  return [added, ...tokens.filter((each) => each !== replaced)].slice(0, accountsAtMost)
}

function heldIn({ trusted, known }: BrowserTokens): Held {
  return { trusted: tokensIn(trusted), known: tokensIn(known) }
}

/** What the browser is to keep; null where that is what it has. */
function unlessSame({ trusted, known }: BrowserTokens, held: Held): BrowserTokens | null {
  const kept = written(held)
  return kept.trusted === trusted && kept.known === known ? null : kept
}

function written({ trusted, known }: Held): BrowserTokens {
  return { trusted: trusted.join('.'), known: known.join('.') }
}
