import type { AuditEntry, AuditFilter, AuditPosition } from '../../contract/audit.ts'
import type { Store } from '../../contract/store.ts'
import { enrolled, equal, fail, type Law, minute, newId, now } from './fixtures.ts'

/** What is read of the log, and what ages out of it. */
export const auditLaws: readonly Law[] = [
  {
    name: 'an entry is read as it was written',
    async run(store) {
      const bare = newEntry(newId(), now)
      const full: AuditEntry = {
        ...newEntry(bare.accountId, now - 1),
        event: 'code.send_failed',
        outcome: 'failed',
        action: 'login',
        challengeId: newId(),
        enrollmentId: newId(),
        method: 'email',
        ip: '2001:db8::1',
        userAgent: 'a browser; “quoted”',
        traceId: newId(),
        detail: { provider: 'smtp', count: 3, last: false },
      }
      await store.appendAudit([full, bare])
      equal(await store.readAudit({ accounts: [bare.accountId ?? ''], before: null, limit: 9 }), {
        entries: [bare, full],
        next: null,
      })
    },
  },
  {
    name: 'the log is read newest first, page by page: each entry once, and of one account only, many of one moment included',
    async run(store) {
      const [mine, other] = [newId(), newId()]
      const times = [0, 0, 0, 0, 0, 1, 2, 2, 2, 5, 5, 5, 5, 5].map((ms) => now + ms)
      const own = times.map((at) => newEntry(mine, at))
      await store.appendAudit([...own, ...times.map((at) => newEntry(other, at)), newEntry(null, now)])
      for (const limit of [1, 2, 3, 5, 14, 500]) expectAll(own, await readThrough(store, { accounts: [mine] }, limit))
      equal(await store.readAudit({ accounts: [], before: null, limit: 5 }), { entries: [], next: null })
      equal(await store.readAudit({ accounts: [newId()], before: null, limit: 5 }), { entries: [], next: null })
    },
  },
  {
    name: 'the log of several accounts is one log: each entry once, whoever has how many of one moment',
    async run(store) {
      const [many, few, one] = [newId(), newId(), newId()]
      const own = [
        ...[0, 0, 0, 1, 1, 2, 3, 3, 3, 3, 9].map((ms) => newEntry(many, now + ms)),
        ...[0, 1, 3, 3].map((ms) => newEntry(few, now + ms)),
        newEntry(one, now + 3),
      ]
      await store.appendAudit([...own, newEntry(newId(), now + 3), newEntry(null, now + 3)])
      const accounts = [one, many, newId(), few, many]
      for (const limit of [1, 2, 3, 4, 15, 16, 17]) expectAll(own, await readThrough(store, { accounts }, limit))
    },
  },
  {
    name: 'the log of everyone has every entry, those of no account too',
    async run(store) {
      const all = [newId(), null, newId(), null].flatMap((of) => [newEntry(of, now), newEntry(of, now + 1)])
      await store.appendAudit(all)
      for (const limit of [1, 3, 8, 9]) expectAll(all, await readThrough(store, { accounts: null }, limit))
    },
  },
  {
    name: 'a filter lets through what meets all of it, and a range what is from its beginning and before its end',
    async run(store) {
      const mine = newId()
      const events = ['challenge.passed', 'action.allowed', 'action.refused'] as const
      const own = events.flatMap((event, index) =>
        [0, 1, 2, 3].map((ms) => ({
          ...newEntry(mine, now + ms),
          event,
          action: ms % 2 === 0 ? 'login' : 'mfa.disable',
          outcome: index === 2 ? ('refused' as const) : ('ok' as const),
        })),
      )
      await store.appendAudit(own)
      const filters: readonly [Omit<AuditFilter, 'accounts'>, (entry: AuditEntry) => boolean][] = [
        [{ event: 'action.allowed' }, ({ event }) => event === 'action.allowed'],
        [{ action: 'login' }, ({ action }) => action === 'login'],
        [{ outcome: 'refused' }, ({ outcome }) => outcome === 'refused'],
        [{ outcome: 'failed' }, () => false],
        [{ from: now + 1, to: now + 3 }, ({ at }) => at === now + 1 || at === now + 2],
        [{ from: now + 3, to: now + 3 }, () => false],
        [
          { outcome: 'refused', action: 'login', to: now + 1 },
          (entry) => entry.outcome === 'refused' && entry.at === now,
        ],
      ]
      for (const [filter, isWanted] of filters)
        for (const accounts of [[mine], null, [newId(), mine]])
          for (const limit of [1, 2, 20])
            expectAll(own.filter(isWanted), await readThrough(store, { ...filter, accounts }, limit))
    },
  },
  {
    name: 'a filter finds each entry that meets it, however many stand between and however many accounts are read together',
    async run(store) {
      const [mine, other] = [newId(), newId()]
      const own = Array.from({ length: 240 }, (_, index) => ({
        ...newEntry(index % 3 === 0 ? other : mine, now + Math.floor(index / 2)),
        ...(index % 80 === 0 ? { action: 'rare' } : {}),
      }))
      await store.appendAudit(own)
      const accounts = [mine, other, ...Array.from({ length: 498 }, newId)]
      const rare = own.filter(({ action }) => action === 'rare')
      expectAll(rare, await readThrough(store, { accounts, action: 'rare' }, 2))
    },
  },
  {
    name: 'what is written while the log is read comes into no later page, and pushes nothing into one twice',
    async run(store) {
      const mine = newId()
      const own = [0, 1, 2, 3].map((ms) => newEntry(mine, now + ms))
      await store.appendAudit(own)
      const late = { meanwhile: () => store.appendAudit([newEntry(mine, now + minute)]) }
      expectAll(own, await readThrough(store, { accounts: [mine] }, 2, late))
    },
  },
  {
    name: 'what the log no longer has to hold goes, the oldest first and a batch at a time, and nothing else goes',
    async run(store) {
      const { accountId } = await enrolled(store, ['totp'])
      const [old, kept] = [newEntry(accountId, now - 2), newEntry(accountId, now)]
      const alone = newEntry(null, now - 1)
      await store.appendAudit([kept, old, alone])
      const left = async () => (await readThrough(store, { accounts: null }, 9)).map(({ id }) => id)
      equal(await store.purgeAudit({ before: now - 2, limit: 9 }), 0)
      equal(await store.purgeAudit({ before: now, limit: 1 }), 1)
      equal(await left(), [kept.id, alone.id])
      equal(
        [await store.purgeAudit({ before: now, limit: 9 }), await store.purgeAudit({ before: now, limit: 9 })],
        [1, 0],
      )
      while ((await store.purge({ before: now + 90 * minute, limit: 100 })) > 0);
      await store.eraseAccount({ accountId, record: () => ({ audit: [] }) })
      equal(await left(), [kept.id])
    },
  },
]

function newEntry(accountId: string | null, at: number): AuditEntry {
  return {
    id: newId(),
    at,
    event: 'challenge.opened',
    outcome: 'ok',
    accountId,
    action: null,
    challengeId: null,
    enrollmentId: null,
    method: null,
    ip: '',
    userAgent: '',
    traceId: null,
    detail: {},
  }
}

/** All pages together. A page may have fewer entries than its limit, or none, and others after it. */
async function readThrough(
  store: Store,
  filter: AuditFilter,
  limit: number,
  { meanwhile = () => Promise.resolve() }: { readonly meanwhile?: () => Promise<void> } = {},
): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = []
  let before: AuditPosition | null = null
  do {
    const page: Awaited<ReturnType<Store['readAudit']>> = await store.readAudit({ ...filter, before, limit })
    if (page.entries.length > limit) fail()
    entries.push(...page.entries)
    // Or reading on would never end.
    if (JSON.stringify(page.next) === JSON.stringify(before) && page.next !== null) fail()
    before = page.next
    await meanwhile()
  } while (before !== null)
  return entries
}

function expectAll(expected: readonly AuditEntry[], read: readonly AuditEntry[]): void {
  const times = read.map(({ at }) => at)
  equal(
    times,
    [...times].sort((one, other) => other - one),
  )
  const ids = (entries: readonly AuditEntry[]) => entries.map(({ id }) => id).sort()
  equal(ids(read), ids(expected))
}
