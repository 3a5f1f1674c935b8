import { setImmediate } from 'node:timers/promises'
import type { AuditEntry, AuditFilter, AuditPosition } from '../contract/audit.ts'
import { SallyportError } from '../contract/errors.ts'
import type { Store } from '../contract/store.ts'

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly AuditEntry[]
  /**
   * What the page after this is asked for with; null at the end. With a filter that few entries meet a page may hold fewer than
   * it could, or after a long search none, and others still follow.
   */
  readonly next: string | null
}

/** Who may read whose entries is the host's to decide, before it names their accounts. */
export interface AuditReader {
  /** Default 50 entries, at most 500. Throws `cursor_invalid` for a `before` that is the `next` of no page. */
  read(what: AuditFilter & { readonly before?: string | null | undefined; readonly limit?: number }): Promise<AuditPage>
  /**
   * Newest first, a page at a time, in memory that does not grow with the log. What is written meanwhile is left out, and whoever
   * stops asking stops it.
   */
  export(what: AuditFilter): AsyncIterable<AuditEntry>
}

const usualLimit = 50
const limitAtMost = 500
/** So often the search goes on by itself where a filter has let nothing through yet. */
const emptyAtMost = 9
/** What a store takes at once. */
const accountsAtOnce = 500

/** Reads the log of a store: for a program that does nothing else with it, and has neither keys nor methods. */
export function auditReader(store: Pick<Store, 'readAudit'>): AuditReader {
  return {
    async read({ before = null, limit = usualLimit, ...what }) {
      if (!Number.isInteger(limit) || limit < 1 || limit > limitAtMost) {
        throw new SallyportError('option_invalid', `audit.read: limit must be a whole number of 1 to ${limitAtMost}`)
      }
      let page = await pageOf(store, checked(what), before === null ? null : positionIn(before), limit)
      for (let more = 0; more < emptyAtMost && page.entries.length === 0 && page.next !== null; more += 1) {
        await setImmediate()
        page = await pageOf(store, what, page.next, limit)
      }
      return { entries: page.entries, next: page.next === null ? null : cursorTo(page.next) }
    },

    export: (what) => pages(store, checked(what)),
  }
}

async function* pages(store: Pick<Store, 'readAudit'>, what: AuditFilter): AsyncGenerator<AuditEntry, void> {
  let before: AuditPosition | null = null
  do {
    const page: Awaited<ReturnType<Store['readAudit']>> = await pageOf(store, what, before, limitAtMost)
    yield* page.entries
    before = page.next
    // A store that answers without leaving the thread would let nobody else have it before the end.
    await setImmediate()
  } while (before !== null)
}

/** A page of any number of accounts: of so many as a store takes at once, and then of the next, back to where the page ends. */
async function pageOf(
  store: Pick<Store, 'readAudit'>,
  what: AuditFilter,
  before: AuditPosition | null,
  limit: number,
): ReturnType<Store['readAudit']> {
  const accounts = what.accounts === null ? null : [...new Set(what.accounts)].toSorted()
  if (accounts === null || accounts.length <= accountsAtOnce) {
    return await store.readAudit({ ...what, accounts, before, limit })
  }
  let entries: readonly AuditEntry[] = []
  let next: AuditPosition | null = null
  for (let index = 0; index < accounts.length; index += accountsAtOnce) {
    const some = accounts.slice(index, index + accountsAtOnce)
    // Of one moment, entries stand in the order of their accounts: those that follow have nothing more in the page's last one.
    const from = Math.max(what.from ?? 0, (next?.at ?? -1) + 1)
    const page = await store.readAudit({ ...what, accounts: some, from, before, limit })
    next = page.next ?? next
    const since = next?.at ?? 0
    const found = [...entries, ...page.entries].filter(({ at }) => at >= since)
    entries = found.toSorted((one, other) => other.at - one.at).slice(0, limit)
    const last = entries.at(-1)
    if (found.length > limit && last !== undefined) next = last
    await setImmediate()
  }
  return { entries, next }
}

/** A time that is none would compare with nothing, and leave out what was asked for. */
function checked(what: AuditFilter): AuditFilter {
  for (const name of ['from', 'to'] as const) {
    const time = what[name]
    if (time !== undefined && !Number.isSafeInteger(time)) {
      throw new SallyportError('option_invalid', `audit: ${name} must be a whole number of milliseconds`)
    }
  }
  return what
}

function cursorTo({ at, accountId, id }: AuditPosition): string {
  return Buffer.from(JSON.stringify([at, accountId, id])).toString('base64url')
}

/** It comes from outside. A forged one leads to another place in the same entries, and to no others. */
function positionIn(cursor: string): AuditPosition {
  try {
    const [at, accountId, id]: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const isPosition =
      Number.isSafeInteger(at) &&
      (accountId === null || typeof accountId === 'string') &&
      typeof id === 'string' &&
      /^[\w-]{1,64}$/.test(id)
    if (isPosition) return { at: Number(at), accountId, id }
  } catch {
    // Neither JSON nor a list.
  }
  throw new SallyportError('cursor_invalid')
}
