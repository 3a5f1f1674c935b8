import { SallyportError } from '../contract/errors.ts'
import type { Sender } from '../contract/sender.ts'

export interface FailoverOptions {
  /** Seconds that each sender but the last gets before the next one is tried: 0.1 to 60, 2 by default. The last one gets what is left. */
  readonly eachSeconds?: number
}

/**
 * Tries `senders` in order: the next one when a sender throws or its share of the time is over. A sender that was given
 * up may still deliver late, so a person can get the same message twice. Throws `delivery_failed` when none took it, with
 * an `AggregateError` of every failure as its cause.
 */
export function failover<Message>(
  senders: readonly Sender<Message>[],
  { eachSeconds = 2 }: FailoverOptions = {},
): Sender<Message> {
  if (senders.length === 0) throw new SallyportError('option_invalid', 'failover: at least one sender is required')
  if (!(eachSeconds >= 0.1 && eachSeconds <= 60)) {
    throw new SallyportError('option_invalid', 'failover: eachSeconds must be 0.1 to 60')
  }
  const name = `failover(${senders.map((sender) => sender.name).join(',')})`
  return {
    name,
    async send(message, signal) {
      const failures: unknown[] = []
      for (const [index, sender] of senders.entries()) {
        if (signal.aborted) break
        const share = index === senders.length - 1 ? null : eachSeconds * 1000
        try {
          return await sendWithin(sender, message, signal, share)
        } catch (error) {
          failures.push(error)
        }
      }
      throw new SallyportError('delivery_failed', `${name}: no provider took the message`, {
        cause: new AggregateError(failures),
      })
    },
  }
}

/** Returns when the sender is done or its time is over, also when the sender itself ignores the signal. */
async function sendWithin<Message>(
  sender: Sender<Message>,
  message: Message,
  signal: AbortSignal,
  share: number | null,
): Promise<void> {
  const attempt = new AbortController()
  const end = (): void => attempt.abort(new SallyportError('delivery_failed', `${sender.name}: out of time`))
  const timer = share === null ? undefined : setTimeout(end, share)
  signal.addEventListener('abort', end, { once: true })
  const ended = new Promise<never>((_resolve, reject) => {
    attempt.signal.addEventListener('abort', () => reject(attempt.signal.reason as Error), { once: true })
  })
  try {
    await Promise.race([sender.send(message, attempt.signal), ended])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}
