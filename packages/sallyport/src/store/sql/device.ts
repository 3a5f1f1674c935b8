import type { KnownBrowserRow, Remember, Store, TrustedDeviceRow } from '../../contract/store.ts'
import { lockIfKnown, readAccount } from './account.ts'
import { integer, type Row, type Step, sql, text } from './query.ts'
import { recorded } from './record.ts'

type Input<Name extends keyof Store> = Store[Name] extends (input: infer Given) => unknown ? Given : never

const trustedColumns = `id, account_id, token_hash, setup_hash, browser, method, challenge_id, trusted_at, last_used_at,
  expires_at, ip`

/** Whoever's: a browser brings the tokens of all who sign in there. What is another's is good for nothing but being kept. */
const selectTrusted = sql(`SELECT ${trustedColumns} FROM sallyport_trusted_device WHERE token_hash = ?`)

const selectByRotated = sql(`SELECT ${trustedColumns} FROM sallyport_trusted_device
  WHERE id = (SELECT r.device_id FROM sallyport_rotated_token r WHERE r.token_hash = ?)`)

const selectKnown = sql(`SELECT id, account_id, token_hash, failures, known_at, expires_at FROM sallyport_known_browser
  WHERE token_hash = ? AND expires_at > ?`)

const selectFailures = sql(`SELECT k.failures FROM sallyport_challenge c
  JOIN sallyport_known_browser k ON k.id = c.known_browser_id AND k.account_id = c.account_id
  WHERE c.id = ? AND c.account_id = ? AND k.expires_at > ?`)

const selectDevices = sql(`SELECT ${trustedColumns} FROM sallyport_trusted_device
  WHERE account_id = ? AND expires_at > ? ORDER BY last_used_at DESC, id`)

const insertTrusted = sql(`INSERT INTO sallyport_trusted_device (${trustedColumns})
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)

const insertKnown =
  sql(`INSERT INTO sallyport_known_browser (id, account_id, token_hash, failures, known_at, expires_at)
  VALUES (?, ?, ?, ?, ?, ?)`)

/** The row count decides: of two that bring one token, one gets the next. */
const rotate = sql(`UPDATE sallyport_trusted_device SET token_hash = ?, last_used_at = ?, ip = ?
  WHERE id = ? AND account_id = ? AND token_hash = ? AND setup_hash = ? AND expires_at > ?`)

const insertRotated = sql('INSERT INTO sallyport_rotated_token (token_hash, device_id) VALUES (?, ?)')

const surplusTrusted = `SELECT id FROM sallyport_trusted_device WHERE account_id = ? AND id NOT IN
  (SELECT id FROM sallyport_trusted_device WHERE account_id = ? ORDER BY last_used_at DESC, id LIMIT ?)`
const dropSurplusRotated = sql(`DELETE FROM sallyport_rotated_token WHERE device_id IN (${surplusTrusted})`)
const dropSurplusTrusted = sql(`DELETE FROM sallyport_trusted_device WHERE id IN (${surplusTrusted})`)

const dropSurplusKnown = sql(`DELETE FROM sallyport_known_browser WHERE account_id = ? AND id NOT IN
  (SELECT id FROM sallyport_known_browser WHERE account_id = ? ORDER BY known_at DESC, id LIMIT ?)`)

const deleteRotated = sql(`DELETE FROM sallyport_rotated_token WHERE device_id IN
  (SELECT id FROM sallyport_trusted_device WHERE id = ? AND account_id = ?)`)
const deleteTrusted = sql('DELETE FROM sallyport_trusted_device WHERE id = ? AND account_id = ?')
const deleteAllRotated = sql(`DELETE FROM sallyport_rotated_token WHERE device_id IN
  (SELECT id FROM sallyport_trusted_device WHERE account_id = ?)`)
const deleteAllTrusted = sql('DELETE FROM sallyport_trusted_device WHERE account_id = ?')
const deleteAllKnown = sql('DELETE FROM sallyport_known_browser WHERE account_id = ?')

export function* readBrowser(input: Input<'readBrowser'>): Step<Awaited<ReturnType<Store['readBrowser']>>> {
  const { accountId, now } = input
  const { account, enrollments } = yield* readAccount(accountId)
  const live: string[] = []
  let trusted: TrustedDeviceRow | null = null
  let reused: TrustedDeviceRow | null = null
  for (const hash of input.trusted) {
    const current = (yield* selectTrusted(hash)).rows[0]
    const row = current ?? (yield* selectByRotated(hash)).rows[0]
    if (row === undefined) continue
    const device = toTrusted(row)
    const mine = device.accountId === accountId
    if (mine && current !== undefined) trusted ??= device
    if (mine && current === undefined) reused ??= device
    if (device.expiresAt > now) live.push(hash)
  }
  let known: KnownBrowserRow | null = null
  for (const hash of input.known) {
    const row = (yield* selectKnown(hash, now)).rows[0]
    if (row === undefined) continue
    live.push(hash)
    const browser = toKnown(row)
    if (browser.accountId === accountId) known ??= browser
  }
  return { account, enrollments, trusted, reused, known, live }
}

export function* rotateDevice(input: Input<'rotateDevice'>): Step<boolean> {
  const { device, to, now, ip } = input
  yield* lockIfKnown(device.accountId)
  const { id, accountId, tokenHash, setupHash } = device
  const { changes } = yield* rotate(to, now, ip, id, accountId, tokenHash, setupHash, now)
  if (changes === 1) yield* insertRotated(tokenHash, id)
  return yield* recorded(changes === 1, input.record)
}

export function* listDevices({ accountId, now }: Input<'listDevices'>): Step<readonly TrustedDeviceRow[]> {
  return (yield* selectDevices(accountId, now)).rows.map(toTrusted)
}

export function* revokeDevices({ accountId, deviceId, record }: Input<'revokeDevices'>): Step<number> {
  yield* lockIfKnown(accountId)
  if (deviceId !== null) return yield* recorded(yield* endTrustIn(deviceId, accountId), record)
  return yield* recorded(yield* forgetBrowsers(accountId), record)
}

function* endTrustIn(deviceId: string, accountId: string): Step<number> {
  yield* deleteRotated(deviceId, accountId)
  return (yield* deleteTrusted(deviceId, accountId)).changes
}

/** Wrong answers in a row in the browser that the challenge was opened in; null where that is not a known one. */
export function* knownFailures(challengeId: string, accountId: string, now: number): Step<number | null> {
  const row = (yield* selectFailures(challengeId, accountId, now)).rows[0]
  return row === undefined ? null : integer(row, 'failures')
}

/** What a passed login leaves behind for the next ones in this browser. What was there longest makes room. */
export function* rememberBrowser({ known, trusted, replaces, devicesAtMost }: Remember): Step<void> {
  if (trusted !== null) {
    if (replaces !== null) yield* endTrustIn(replaces, trusted.accountId)
    yield* storeTrusted(trusted)
    yield* dropSurplusRotated(trusted.accountId, trusted.accountId, devicesAtMost)
    yield* dropSurplusTrusted(trusted.accountId, trusted.accountId, devicesAtMost)
  }
  if (known === null) return
  const { id, accountId, tokenHash, failures, knownAt, expiresAt } = known
  yield* insertKnown(id, accountId, tokenHash, failures, knownAt, expiresAt)
  yield* dropSurplusKnown(accountId, accountId, devicesAtMost)
}

function* storeTrusted(device: TrustedDeviceRow): Step<void> {
  yield* insertTrusted(
    device.id,
    device.accountId,
    device.tokenHash,
    device.setupHash,
    device.browser,
    device.method,
    device.challengeId,
    device.trustedAt,
    device.lastUsedAt,
    device.expiresAt,
    device.ip,
  )
}

/** What any change of the account's second factors or password does to every browser that was trusted before (requirement D6). */
export function* endTrust(accountId: string): Step<number> {
  yield* deleteAllRotated(accountId)
  return (yield* deleteAllTrusted(accountId)).changes
}

/** The same, and none is known any more; how many were trusted. Purging takes the tables in this order, too. */
export function* forgetBrowsers(accountId: string): Step<number> {
  const trusted = yield* endTrust(accountId)
  yield* deleteAllKnown(accountId)
  return trusted
}

function toTrusted(row: Row): TrustedDeviceRow {
  return {
    id: text(row, 'id'),
    accountId: text(row, 'account_id'),
    tokenHash: text(row, 'token_hash'),
    setupHash: text(row, 'setup_hash'),
    browser: text(row, 'browser'),
    method: text(row, 'method'),
    challengeId: text(row, 'challenge_id'),
    trustedAt: integer(row, 'trusted_at'),
    lastUsedAt: integer(row, 'last_used_at'),
    expiresAt: integer(row, 'expires_at'),
    ip: text(row, 'ip'),
  }
}

function toKnown(row: Row): KnownBrowserRow {
  return {
    id: text(row, 'id'),
    accountId: text(row, 'account_id'),
    tokenHash: text(row, 'token_hash'),
    failures: integer(row, 'failures'),
    knownAt: integer(row, 'known_at'),
    expiresAt: integer(row, 'expires_at'),
  }
}
