import { SallyportError } from '../contract/errors.ts'
import type { Parts } from './parts.ts'

/** Resolves with whether `work` was done before the deadline. A late or failed one is not waited for. */
export async function inTime(
  parts: Parts,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<{ readonly done: true } | { readonly done: false; readonly error: unknown }> {
  const signal = parts.deadline(parts.limits.deliverySeconds * 1000)
  const cutOff = new Promise<never>((_, reject) => {
    const cut = (): void => reject(new SallyportError('delivery_failed', 'the sender was cut off'))
    if (signal.aborted) cut()
    signal.addEventListener('abort', cut, { once: true })
  })
  try {
    // A sender may throw before it returns a promise: then too, nobody but this waits for the cut-off.
    await Promise.race([cutOff, Promise.resolve().then(() => work(signal))])
    return { done: true }
  } catch (error) {
    return { done: false, error }
  }
}
