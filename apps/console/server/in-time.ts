export type Deadline = (milliseconds: number) => AbortSignal

export const systemDeadline: Deadline = (milliseconds) => AbortSignal.timeout(milliseconds)

/** What `work` comes to, or a rejection once `signal` aborts: also for work that does not heed it. */
export async function inTime<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  const cutOff = new Promise<never>((_, reject) => {
    const over = (): void => reject(new Error('it was cut off'))
    if (signal.aborted) over()
    else signal.addEventListener('abort', over, { once: true })
  })
  // It may throw before it returns a promise.
  return await Promise.race([cutOff, Promise.resolve().then(work)])
}
