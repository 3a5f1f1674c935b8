import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startTwilioServer } from '../../../../test/support/twilio-server.ts'
import { SallyportError } from '../contract/errors.ts'
import type { Sender } from '../contract/sender.ts'
import { failover } from './failover.ts'
import { twilio } from './twilio.ts'

const signal = new AbortController().signal

interface Probe extends Sender<string> {
  readonly taken: string[]
  readonly signals: AbortSignal[]
}

function probe(name: string, send: () => Promise<void> = async () => undefined): Probe {
  const [taken, signals]: [string[], AbortSignal[]] = [[], []]
  return {
    name,
    taken,
    signals,
    send(message, given) {
      taken.push(message)
      signals.push(given)
      return send()
    },
  }
}

const never = (): Promise<void> => new Promise(() => undefined)
const broken = (): Promise<void> => Promise.reject(new Error('down'))

describe('failover', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('asks the first and leaves the others alone when it takes the message', async () => {
    const [a, b] = [probe('a'), probe('b')]
    const sender = failover([a, b])
    await sender.send('hello', signal)
    expect(sender.name).toBe('failover(a,b)')
    expect([a.taken, b.taken]).toEqual([['hello'], []])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('asks the next when one throws, also before it returns a promise', async () => {
    const [a, b, c] = [
      probe('a', broken),
      probe('b', () => {
        throw new Error('at once')
      }),
      probe('c'),
    ]
    await failover([a, b, c]).send('hello', signal)
    expect(c.taken).toEqual(['hello'])
  })

  test('asks the next when the share of one is over, and tells that one to let go', async () => {
    const [a, b] = [probe('a', never), probe('b')]
    const sending = failover([a, b], { eachSeconds: 2 }).send('hello', signal)
    await vi.advanceTimersByTimeAsync(1_999)
    expect([a.signals[0]?.aborted, b.taken]).toEqual([false, []])
    await vi.advanceTimersByTimeAsync(1)
    await sending
    expect([a.signals[0]?.aborted, b.taken]).toEqual([true, ['hello']])
  })

  test('leaves the last one all the time there is', async () => {
    const abort = new AbortController()
    const last = probe('b', never)
    const sending = expect(failover([probe('a', broken), last]).send('hello', abort.signal)).rejects.toMatchObject({
      code: 'delivery_failed',
    })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(last.signals[0]?.aborted).toBe(false)
    abort.abort()
    await sending
    expect(last.signals[0]?.aborted).toBe(true)
  })

  test('asks nobody else once the signal is aborted', async () => {
    const abort = new AbortController()
    const [a, b] = [probe('a', never), probe('b')]
    const sending = expect(failover([a, b]).send('hello', abort.signal)).rejects.toBeInstanceOf(SallyportError)
    abort.abort()
    await sending
    expect(b.taken).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
    await expect(failover([b]).send('hello', abort.signal)).rejects.toBeInstanceOf(SallyportError)
    expect(b.taken).toEqual([])
  })

  test('throws delivery_failed with every failure when none takes it', async () => {
    const error: unknown = await failover([probe('a', broken), probe('b', broken)])
      .send('hello', signal)
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'delivery_failed', message: 'failover(a,b): no provider took the message' })
    const cause = (error as SallyportError).cause as AggregateError
    expect(cause.errors).toEqual([new Error('down'), new Error('down')])
  })

  test.each([0, -1, 61, Number.NaN])('refuses to start with %d seconds each', (eachSeconds) => {
    expect(() => failover([probe('a')], { eachSeconds })).toThrow(expect.objectContaining({ code: 'option_invalid' }))
  })

  test('refuses to start with nobody to ask', () => {
    expect(() => failover([])).toThrow(expect.objectContaining({ code: 'option_invalid' }))
  })
})

test('DS-03 a provider that is down is stepped over, on real connections', async () => {
  const [down, up] = [await startTwilioServer('rate_limit'), await startTwilioServer()]
  const through = (server: typeof up) =>
    twilio({ accountSid: server.accountSid, authToken: server.authToken, from: 'Sallyport', baseUrl: server.baseUrl })
  await failover([through(down), through(up)]).send({ to: '+12025550134', text: 'hello' }, signal)
  expect([down.inbox.all, up.inbox.all.length]).toEqual([[], 1])
  await Promise.all([down.close(), up.close()])
})
