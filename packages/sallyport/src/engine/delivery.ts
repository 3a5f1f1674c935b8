import { SallyportError } from '../contract/errors.ts'
import type { NoticeDelivery } from '../contract/method.ts'
import type { DeliveryOutcome } from '../contract/meter.ts'
import type { Parts } from './parts.ts'

/** Has a message sent that a method of this kind has made, and measures how long its provider takes. */
export type Send = (method: string, message: NoticeDelivery) => Promise<void>

/** Resolves with whether `work` was done before the deadline, and what it gave. A late or failed one is not waited for. */
export async function inTime<Done>(
  parts: Parts,
  work: (signal: AbortSignal, send: Send) => Promise<Done>,
): Promise<{ readonly done: true; readonly result: Done } | { readonly done: false; readonly error: unknown }> {
  const signal = parts.deadline(parts.limits.deliverySeconds * 1000)
  const cutOff = new Promise<never>((_, reject) => {
    const cut = (): void => reject(new SallyportError('delivery_failed', 'the sender was cut off'))
    if (signal.aborted) cut()
    signal.addEventListener('abort', cut, { once: true })
  })
  let sent: (outcome: DeliveryOutcome) => void = () => undefined
  const send: Send = async (method, message) => {
    sent = parts.measures.sending(method, message.provider)
    await message.deliver(signal)
  }
  try {
    // A sender may throw before it returns a promise: then too, nobody but this waits for the cut-off.
    const result = await Promise.race([cutOff, Promise.resolve().then(() => work(signal, send))])
    sent('ok')
    return { done: true, result }
  } catch (error) {
    sent('failed')
    return { done: false, error }
  }
}
