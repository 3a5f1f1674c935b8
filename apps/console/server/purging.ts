import { setImmediate as others } from 'node:timers/promises'

/**
 * Removes batch after batch until one is not full, so that a flood is gone within one run, and not at a batch a minute. SQLite
 * removes without leaving the thread: in between everyone else has a turn.
 */
export async function untilEmpty(
  batch: () => Promise<number>,
  { of, atMost, isOver }: { readonly of: number; readonly atMost: number; readonly isOver: () => boolean },
): Promise<void> {
  for (let batches = 0; batches < atMost && !isOver(); batches += 1) {
    if ((await batch()) < of) return
    await others()
  }
}
