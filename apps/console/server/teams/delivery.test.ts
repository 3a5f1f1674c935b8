import type { EmailMessage, EmailSender } from 'sallyport'
import { expect, test } from 'vitest'
import { inGoodTime } from './delivery.ts'

const message: EmailMessage = { to: 'ada@example.com', subject: '', text: '', html: '' }
const sender = (send: EmailSender['send']): EmailSender => ({ name: 'test', send })

test('DS-03 a sender that hangs is cut off, whether or not it heeds its signal', async () => {
  const late = new AbortController()
  const sending = inGoodTime(
    sender(() => new Promise(() => undefined)),
    () => late.signal,
  )(message)
  late.abort()
  await expect(sending).rejects.toThrow('cut off')
})

test('what a sender throws, at once or later, is told to the caller', async () => {
  const never = (): AbortSignal => new AbortController().signal
  const atOnce = sender(() => {
    throw new Error('down')
  })
  await expect(inGoodTime(atOnce, never)(message)).rejects.toThrow('down')
  await expect(
    inGoodTime(
      sender(async () => Promise.reject(new Error('refused'))),
      never,
    )(message),
  ).rejects.toThrow('refused')
})

test('a sender that is given a deadline already over is not waited for', async () => {
  const sent = inGoodTime(
    sender(() => new Promise(() => undefined)),
    () => AbortSignal.abort(),
  )(message)
  await expect(sent).rejects.toThrow('cut off')
})
