export class QueueFull extends Error {
  override readonly name = 'QueueFull'
}

export interface Queue {
  run<Result>(work: () => Promise<Result>): Promise<Result>
}

/** First come, first served: at most `atOnce` run, at most `waiting` wait, the next one is refused with `QueueFull`. */
export function createQueue(bounds: { readonly atOnce: number; readonly waiting: number }): Queue {
  const waiting: (() => void)[] = []
  let running = 0

  async function enter(): Promise<void> {
    if (running < bounds.atOnce) {
      running += 1
      return
    }
    if (waiting.length >= bounds.waiting) throw new QueueFull('too much is waiting')
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  /** The place goes to the next in line, so nobody who comes between can take it. */
  function leave(): void {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }

  return {
    async run(work) {
      await enter()
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}
