import type { Deadline } from './in-time.ts'

interface Steps {
  /** Has this process say that it takes no more work; it goes on taking it. */
  drain(): void
  /** Ends what is under way. */
  stop(): Promise<void>
  /** The time in between. */
  readonly drainMs: number
  readonly deadline: Deadline
}

/**
 * What to call whenever the process is asked to end; resolves when it has stopped. Between saying that it is not ready and
 * letting nobody in there is a pause, or a load balancer would never see the one and run into the other. Whoever asks again in
 * the pause does not want to wait for its end.
 */
export function ending({ drain, stop, drainMs, deadline }: Steps): () => Promise<void> {
  const askedAgain = new AbortController()
  let ended: Promise<void> | null = null

  async function end(): Promise<void> {
    drain()
    if (drainMs > 0) await firstOf(deadline(drainMs), askedAgain.signal)
    await stop()
  }

  return () => {
    if (ended === null) ended = end()
    else askedAgain.abort()
    return ended
  }
}

function firstOf(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals) {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    }
  })
}
