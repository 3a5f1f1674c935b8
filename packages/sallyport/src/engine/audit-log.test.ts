import { describe, expect, test } from 'vitest'
import { client, library } from '../../../../test/support/library.ts'
import type { AuditEntry } from '../contract/audit.ts'
import type { Store } from '../contract/store.ts'
import { auditReader } from './audit-log.ts'

const start = 1_800_000_000_000
const dayMs = 86_400_000
let made = 0

function entry(accountId: string | null, at: number, different: Partial<AuditEntry> = {}): AuditEntry {
  const none = { action: null, challengeId: null, enrollmentId: null, method: null, traceId: null }
  const id = `e${String((made += 1)).padStart(9, '0')}`
  return {
    ...none,
    id,
    at,
    event: 'mfa.enabled',
    outcome: 'ok',
    accountId,
    ip: '',
    userAgent: '',
    detail: {},
    ...different,
  }
}

async function written(entries: readonly AuditEntry[]) {
  const running = await library()
  await running.store.appendAudit(entries)
  return running.mfa
}

async function all<Each>(each: AsyncIterable<Each>): Promise<Each[]> {
  const found: Each[] = []
  for await (const one of each) found.push(one)
  return found
}

async function pages(
  mfa: Awaited<ReturnType<typeof written>>,
  what: Parameters<typeof mfa.audit.read>[0],
): Promise<readonly AuditEntry[]> {
  const found: AuditEntry[] = []
  let before: string | null = null
  do {
    const page: Awaited<ReturnType<typeof mfa.audit.read>> = await mfa.audit.read({ ...what, before })
    found.push(...page.entries)
    before = page.next
  } while (before !== null)
  return found
}

const idsOf = (entries: readonly AuditEntry[]): readonly string[] => entries.map(({ id }) => id).toSorted()

describe('reading the audit log', () => {
  test('page by page and exported it is the same, newest first', async () => {
    const own = Array.from({ length: 120 }, (_, index) => entry('ada', start + Math.floor(index / 4)))
    const mfa = await written([...own, entry('bob', start)])
    const exported = await all(mfa.audit.export({ accounts: ['ada'] }))
    expect(exported.map(({ at }) => at)).toEqual(own.map(({ at }) => at).toReversed())
    expect(idsOf(exported)).toEqual(idsOf(own))
    for (const limit of [1, 7, 120, 500]) expect(await pages(mfa, { accounts: ['ada'], limit })).toEqual(exported)
    expect((await mfa.audit.read({ accounts: ['ada'] })).entries).toHaveLength(50)
    expect(await mfa.audit.read({ accounts: [] })).toEqual({ entries: [], next: null })
  })

  test('what the host records is read as it was recorded', async () => {
    const { mfa } = await library()
    await mfa.audit.record({ event: 'request.refused', accountId: 'ada', detail: { reason: 'origin' } }, client)
    const { entries } = await mfa.audit.read({ accounts: ['ada'] })
    expect(entries).toEqual([
      expect.objectContaining({
        ...client,
        event: 'request.refused',
        outcome: 'refused',
        detail: { reason: 'origin' },
      }),
    ])
  })

  test('of more accounts than a store takes at once it is one log: each entry once', async () => {
    const accounts = Array.from({ length: 1203 }, (_, index) => `account-${index}`)
    const own = Array.from({ length: 90 }, (_, index) =>
      entry(
        accounts[(index * 97) % 1203] ?? '',
        start + Math.floor(index / 9),
        index % 10 === 0 ? { action: 'rare' } : {},
      ),
    )
    const mfa = await written([...own, entry('another', start)])
    for (const limit of [4, 9, 89, 90, 91]) {
      const read = await pages(mfa, { accounts, limit })
      expect(idsOf(read)).toEqual(idsOf(own))
      expect(read.map(({ at }) => at)).toEqual(own.map(({ at }) => at).toReversed())
    }
    const rare = own.filter(({ action }) => action === 'rare')
    expect(idsOf(await pages(mfa, { accounts, action: 'rare', limit: 2 }))).toEqual(idsOf(rare))
    expect(idsOf(await all(mfa.audit.export({ accounts, action: 'rare' })))).toEqual(idsOf(rare))
  })

  test('a cursor that no page has given is a clear error', async () => {
    const mfa = await written([entry('ada', start), entry('ada', start + 1)])
    const { next } = await mfa.audit.read({ accounts: ['ada'], limit: 1 })
    expect(next).toMatch(/^[\w-]+$/)
    const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const wrong = [
      '',
      'x',
      '{}',
      'null',
      `${next}x=`.slice(3),
      encoded(null),
      encoded({}),
      encoded([]),
      encoded('text'),
    ]
    const positions = [
      ['1', 'ada', 'id'],
      [1.5, 'ada', 'id'],
      [1, 7, 'id'],
      [1, 'ada', ''],
      [1, 'ada', '\0'],
      [1, 'ada', 'id '],
      [1, 'ada', ' id'],
      [1, 'ada', 'x'.repeat(65)],
      [1, 'ada'],
    ]
    for (const before of [...wrong, ...positions.map(encoded)]) {
      await expect(mfa.audit.read({ accounts: ['ada'], before })).rejects.toMatchObject({ code: 'cursor_invalid' })
    }
  })

  test('a limit or a time outside its bounds is the host’s mistake, and leaves nothing out in silence', async () => {
    const mfa = await written([entry('ada', start)])
    for (const limit of [0, -1, 501, 1.5, Number.NaN])
      await expect(mfa.audit.read({ accounts: ['ada'], limit })).rejects.toMatchObject({ code: 'option_invalid' })
    for (const time of [Number.NaN, 1.5, Number.POSITIVE_INFINITY])
      for (const name of ['from', 'to']) {
        const what = { accounts: ['ada'], [name]: time }
        await expect(mfa.audit.read(what)).rejects.toMatchObject({ code: 'option_invalid' })
        expect(() => mfa.audit.export(what)).toThrow(name)
      }
  })
})

describe('a long log', () => {
  /** So many pages with one entry each, and as many without any before each of them. */
  function slow(count: number, empty: number): Pick<Store, 'readAudit'> & { reads: number } {
    const store = {
      reads: 0,
      readAudit: async ({ before }: Parameters<Store['readAudit']>[0]) => {
        store.reads += 1
        const at = before === null ? count * (empty + 1) : before.at
        const entries = at % (empty + 1) === 1 || empty === 0 ? [entry('ada', at)] : []
        return { entries, next: at === 1 ? null : { at: at - 1, accountId: 'ada', id: 'id' } }
      },
    }
    return store
  }

  test('is searched on where a filter has let nothing through yet, and not for ever', async () => {
    const near = slow(3, 5)
    expect((await auditReader(near).read({ accounts: ['ada'] })).entries).toHaveLength(1)
    expect(near.reads).toBe(6)
    const far = slow(3, 1000)
    expect(await auditReader(far).read({ accounts: ['ada'] })).toMatchObject({ entries: [], next: expect.any(String) })
    expect(far.reads).toBe(10)
  })

  test('is exported no faster than it is asked for, and no further', async () => {
    const store = slow(1000, 0)
    for await (const { at } of auditReader(store).export({ accounts: ['ada'] })) if (at === 998) break
    expect(store.reads).toBe(3)
  })

  test('leaves the thread to others between its pages, though the store never does', async () => {
    let turns = 0
    const turn = (): void => void ((turns += 1), (next = setImmediate(turn)))
    let next = setImmediate(turn)
    await all(auditReader(slow(50, 0)).export({ accounts: ['ada'] }))
    clearImmediate(next)
    expect(turns).toBeGreaterThanOrEqual(49)
  })
})

describe('retention', () => {
  test('entries stay for as long as the limit says, and go with the purge after that', async () => {
    const { mfa, clock } = await library({ limits: { auditSeconds: 30 * 86_400 } })
    await mfa.audit.record({ event: 'request.refused', accountId: 'ada' }, client)
    clock.advance(dayMs)
    await mfa.audit.record({ event: 'request.refused', accountId: null }, client)
    const left = async (): Promise<number> => (await all(mfa.audit.export({ accounts: null }))).length
    clock.advance(29 * dayMs)
    expect([await mfa.purge(), await left()]).toEqual([0, 2])
    clock.advance(1)
    expect([await mfa.purge(), await left()]).toEqual([1, 1])
  })

  test('AU-06 · no limit keeps them for less than 30 days', async () => {
    for (const auditSeconds of [0, -1, 30 * 86_400 - 1, Number.NaN])
      await expect(library({ limits: { auditSeconds } })).rejects.toMatchObject({ code: 'option_invalid' })
  })
})
