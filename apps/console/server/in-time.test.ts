import { expect, test } from 'vitest'
import { inTime } from './in-time.ts'

const never = (): Promise<never> => new Promise(() => undefined)

test('what comes in time comes, also a failure', async () => {
  const { signal } = new AbortController()
  expect(await inTime(signal, async () => 'done')).toBe('done')
  await expect(inTime(signal, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
  const atOnce = (): Promise<never> => {
    throw new Error('down')
  }
  await expect(inTime(signal, atOnce)).rejects.toThrow('down')
})

test('DS-03 what hangs is cut off, whether the time is over later or already', async () => {
  const late = new AbortController()
  const waiting = inTime(late.signal, never)
  late.abort()
  await expect(waiting).rejects.toThrow('cut off')
  await expect(inTime(AbortSignal.abort(), never)).rejects.toThrow('cut off')
})
