import { expect, test } from 'vitest'
import { ending } from './ending.ts'

/** A process that is asked to end, whose pause is over when the test says so. */
function running(drainMs: number) {
  const done: string[] = []
  const pause = new AbortController()
  const asked = ending({
    drain: () => void done.push('drained'),
    stop: () => Promise.resolve(void done.push('stopped')),
    drainMs,
    deadline(milliseconds) {
      done.push(`waits ${milliseconds} ms`)
      return pause.signal
    },
  })
  return { asked, done, endPause: () => pause.abort() }
}

/** Whatever does not wait for something from outside is done by then. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('O5 it says that it is not ready, goes on for as long as it is told to, and only then lets nobody in', async () => {
  const { asked, done, endPause } = running(5000)
  const ended = asked()
  await settled()
  expect(done).toEqual(['drained', 'waits 5000 ms'])
  endPause()
  await ended
  expect(done).toEqual(['drained', 'waits 5000 ms', 'stopped'])
})

test('O5 whoever asks a second time waits for no pause, and everything is done once', async () => {
  const { asked, done, endPause } = running(5000)
  const first = asked()
  await settled()
  await Promise.all([asked(), asked(), first])
  endPause()
  await settled()
  expect(done).toEqual(['drained', 'waits 5000 ms', 'stopped'])
})

test('O5 without a pause it lets nobody in at once', () => {
  const { asked, done } = running(0)
  void asked()
  expect(done).toEqual(['drained', 'stopped'])
})
