import { expect, test } from 'vitest'
import { untilEmpty } from './purging.ts'

/** Something of which there is so much, in batches of ten. */
function heap(left: number) {
  const state = { left, batches: 0 }
  const batch = (): Promise<number> => {
    const removed = Math.min(10, state.left)
    state.left -= removed
    state.batches += 1
    return Promise.resolve(removed)
  }
  return { state, batch }
}

const options = { of: 10, atMost: 100, isOver: () => false }

test('O4 batch after batch goes, until one is not full', async () => {
  for (const [much, batches] of [
    [0, 1],
    [9, 1],
    [10, 2],
    [95, 10],
  ] as const) {
    const { state, batch } = heap(much)
    await untilEmpty(batch, options)
    expect([much, state]).toEqual([much, { left: 0, batches }])
  }
})

test('O4 it is bounded, and ends when there is something better to do', async () => {
  const long = heap(10_000)
  await untilEmpty(long.batch, options)
  expect(long.state).toEqual({ left: 9_000, batches: 100 })
  const cut = heap(10_000)
  await untilEmpty(cut.batch, { ...options, isOver: () => cut.state.batches === 3 })
  expect(cut.state.batches).toBe(3)
})

test('O4 in between everyone else has a turn', async () => {
  const { state, batch } = heap(1000)
  let turns = 0
  const turn = (): void => {
    turns += 1
    if (state.left > 0) setImmediate(turn)
  }
  setImmediate(turn)
  await untilEmpty(batch, options)
  expect(turns).toBeGreaterThan(50)
})
