import { isIPv6 } from 'node:net'
import type { AuditEntry } from '../contract/audit.ts'
import type { Client } from '../contract/client.ts'
import type { Rate } from '../contract/store.ts'
import { auditEntry, type Happening } from './audit.ts'
import type { Parts } from './parts.ts'

export type Guessed =
  | { readonly status: 'right' | 'wrong' }
  /** Nothing was checked, or nothing is said about it. `retryAt`: milliseconds since the epoch. */
  | { readonly status: 'limited'; readonly retryAt: number }

export interface Network {
  /**
   * Runs the host's own check of a password, unless too much that was wrong has come from the client's address: at sign-in, and
   * wherever it is asked for again. `verify` must take as long for an account that does not exist, whose `accountId` is null.
   * What is wrong is counted and audited.
   */
  guess(accountId: string | null, verify: () => Promise<boolean>, client: Client): Promise<Guessed>
  /**
   * Counts a message that the host itself is about to send for whoever asks, with the codes that are sent: `limit` when as many as
   * may be were asked for from the client's address.
   */
  send(
    client: Client,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: 'limit'; readonly retryAt: number }>
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

export function networkOf(parts: Parts): Network {
  return {
    async guess(accountId, verify, client) {
      const rate = triesOf(parts, client)
      const { store, clock } = parts
      const before = await store.rateFreeAt({ rate, now: clock() })
      if (before > 0) return { status: 'limited', retryAt: before }
      if (await verify()) {
        // Many at once would otherwise all be let through by the look before, and those that were right be told so.
        const after = await store.rateFreeAt({ rate, now: clock() })
        return after > 0 ? { status: 'limited', retryAt: after } : { status: 'right' }
      }
      const freeAt = await countRefused(parts, client, { event: 'password.refused', outcome: 'refused', accountId })
      return freeAt > 0 ? { status: 'limited', retryAt: freeAt } : { status: 'wrong' }
    },

    async send(client) {
      const rate = sendsFrom(parts, client)
      const { freeAt } = await parts.store.countRate({
        rate,
        now: parts.clock(),
        record: ({ filled }) => ({ audit: limitReached(parts, client, filled) }),
      })
      return freeAt > 0 ? { ok: false, reason: 'limit', retryAt: freeAt } : { ok: true }
    },
  }
}

/** Wrong passwords, and answers that were wrong or refused, from where the client is. */
export function triesOf({ limits }: Parts, client: Client): Rate {
  return { name: `try ${networkName(client.ip)}`, count: limits.triesPerNetwork, withinMs: 5 * minuteMs }
}

/** What was sent for whoever is where the client is. */
export function sendsFrom({ limits }: Parts, client: Client): Rate {
  return { name: `send network ${networkName(client.ip)}`, count: limits.sendsPerNetwork, withinMs: hourMs }
}

/**
 * All that one more code counts for besides its destination. A `range` is counted apart where the number is yet to be confirmed: a
 * stranger who gives the neighbours of someone's number as their own uses up none of the codes that its owner is sent at sign-in.
 */
export function sendRates(
  parts: Parts,
  client: Client,
  accountId: string,
  range: { readonly dialCode: string; readonly numbers: string; readonly confirmed: boolean } | null,
): readonly Rate[] {
  const { sendsPerAccount, sendsPerDialCode, sendsPerRange } = parts.limits
  const rates = [
    sendsFrom(parts, client),
    { name: `send account ${accountId}`, count: sendsPerAccount, withinMs: hourMs },
  ]
  if (range === null) return rates
  const apart = range.confirmed ? '' : 'unconfirmed '
  const numbers = parts.keys.hash(`${apart}range`, range.numbers)
  return [
    ...rates,
    { name: `send dial ${apart}${range.dialCode}`, count: sendsPerDialCode, withinMs: hourMs },
    { name: `send range ${numbers}`, count: sendsPerRange, withinMs: hourMs },
  ]
}

/**
 * Counts what is refused as a try from where the client is, and writes it down. From when there is room for another try, where there
 * was none: then nothing is written, or whoever goes on would fill the log. Otherwise 0.
 */
export async function countRefused(parts: Parts, client: Client, refused: Happening): Promise<number> {
  const { freeAt } = await parts.store.countRate({
    rate: triesOf(parts, client),
    now: parts.clock(),
    record: ({ freeAt: full, filled }) => ({
      audit: full > 0 ? [] : [auditEntry(parts, client, refused), ...limitReached(parts, client, filled)],
    }),
  })
  return freeAt
}

/** Once, when the limit is reached: what comes after it would fill the log. */
export function limitReached(parts: Parts, client: Client, reached: boolean): readonly AuditEntry[] {
  return reached ? [auditEntry(parts, client, { event: 'network.limited', outcome: 'refused' })] : []
}

/**
 * What counts as one place: an IPv4 address, or the /64 of an IPv6 address, which is what one connection is given. An address that is
 * neither is its own.
 */
export function networkName(ip: string): string {
  const [address = ''] = ip.split('%')
  if (!isIPv6(address)) return address === '' ? 'unknown' : address
  // In one form, whichever it was written in; a tail in dots becomes two groups.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const [first, last] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean)) as [string[], string[]]
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => '0')
  const groups = [...first, ...zeros, ...last]
  // An IPv4 address, as a socket for both kinds gives it (RFC 4291 section 2.5.5.2).
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') {
    const bytes = groups.slice(6).map((group) => Number.parseInt(group, 16))
    return bytes.flatMap((pair) => [pair >> 8, pair & 255]).join('.')
  }
  return `${groups.slice(0, 4).join(':')}::/64`
}
