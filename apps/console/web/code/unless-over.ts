import { isOver } from '../api/problem.ts'

/** Does something to a challenge; where that is over by now, whatever was tried, only `onOver` is left to do. */
export async function unlessOver(work: () => Promise<void>, onOver: () => void): Promise<void> {
  try {
    await work()
  } catch (reason) {
    if (!isOver(reason)) throw reason
    onOver()
  }
}
