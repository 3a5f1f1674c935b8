import { afterEach, beforeEach, expect, test } from 'vitest'
import { client, library } from '../../../../test/support/library.ts'

const unhandled: unknown[] = []
const keep = (error: unknown): void => void unhandled.push(error)
beforeEach(() => void process.on('unhandledRejection', keep))
afterEach(() => void process.off('unhandledRejection', keep))

const destination = { accountId: 'x', method: 'email', destination: 'eve@example.com' } as const

test('a sender that throws at once is a failed delivery, and nothing is left unhandled when its time is over', async () => {
  const cutOff = new AbortController()
  const running = await library({
    deadline: () => cutOff.signal,
    sender: {
      name: 'broken',
      send() {
        throw new Error('at once')
      },
    },
  })
  const { challenge } = await running.mfa.contacts.begin(destination, client)
  expect(challenge.code).toMatchObject({ delivered: false })
  cutOff.abort()
  await new Promise(setImmediate)
  expect(unhandled).toEqual([])
})

test('DS-03 · a sender that hangs is cut off, and its signal says so', async () => {
  const cutOff = new AbortController()
  let seen: AbortSignal | undefined
  const running = await library({
    deadline: () => cutOff.signal,
    sender: {
      name: 'hanging',
      send(_, signal) {
        seen = signal
        queueMicrotask(() => cutOff.abort())
        return new Promise(() => undefined)
      },
    },
  })
  const { challenge } = await running.mfa.contacts.begin(destination, client)
  expect(challenge.code).toMatchObject({ delivered: false })
  expect(seen?.aborted).toBe(true)
  expect(running.faults).toMatchObject([{ code: 'delivery_failed', message: 'the sender was cut off' }])
})

test('a fault that can’t be reported does not become another one', async () => {
  const running = await library({
    sender: { name: 'down', send: () => Promise.reject(new Error('down')) },
    onFault() {
      throw new Error('the log is full')
    },
  })
  const { challenge } = await running.mfa.contacts.begin(destination, client)
  expect(challenge.code).toMatchObject({ delivered: false })
})
