import { expect, test } from 'vitest'
import { createQueue, QueueFull } from './queue.ts'

test('never more than so many run at once, and all of them run', async () => {
  const queue = createQueue({ atOnce: 2, waiting: 100 })
  let running = 0
  let most = 0
  const work = async (): Promise<void> => {
    running += 1
    most = Math.max(most, running)
    await Promise.resolve()
    running -= 1
  }
  await Promise.all(Array.from({ length: 50 }, () => queue.run(work)))
  expect(most).toBe(2)
  expect(running).toBe(0)
})

test('what fails makes room for the next', async () => {
  const queue = createQueue({ atOnce: 1, waiting: 1 })
  await expect(queue.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await queue.run(() => Promise.resolve('ran'))).toBe('ran')
})

test('beyond the places to wait it refuses at once', async () => {
  const queue = createQueue({ atOnce: 1, waiting: 1 })
  let release = (): void => undefined
  const first = queue.run(() => new Promise<void>((resolve) => (release = resolve)))
  const second = queue.run(() => Promise.resolve())
  await expect(queue.run(() => Promise.resolve())).rejects.toThrow(QueueFull)
  release()
  await Promise.all([first, second])
})
