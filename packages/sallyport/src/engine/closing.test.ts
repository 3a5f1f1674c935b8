import { expect, test } from 'vitest'
import { ada, client, library } from '../../../../test/support/library.ts'

test('O5 it is ready while the store can be reached, and a store that can’t be is a fault and no error', async () => {
  const { mfa, faults } = await library()
  expect(await mfa.ready()).toBe(true)
  expect(faults).toEqual([])
  await mfa.close()
  expect(await mfa.ready()).toBe(false)
  expect(faults).toMatchObject([{ code: 'store_failed' }])
})

test('O5 closing does not wait for a sender that hangs, and the notice is left for whoever comes next', async () => {
  const cutOff = new AbortController()
  const closed: number[] = []
  const running = await library({
    deadline: () => cutOff.signal,
    sender: {
      name: 'hanging',
      send() {
        queueMicrotask(() => cutOff.abort())
        return new Promise(() => undefined)
      },
    },
    around: (store) => ({
      async close() {
        const later = Number.MAX_SAFE_INTEGER
        closed.push((await store.leaseNotices({ now: later, leasedUntil: later, limit: 9 })).length)
      },
    }),
  })
  await running.mfa.notices.tell({ account: { ...ada, confirmedPhone: null }, kind: 'password.changed' }, client)
  await running.mfa.close()
  expect(closed).toHaveLength(1)
  expect(closed[0]).toBeGreaterThan(0)
})
