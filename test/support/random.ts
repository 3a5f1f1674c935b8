import { createHash } from 'node:crypto'
import type { Random } from '../../packages/sallyport/src/contract/clock.ts'

/** The same bytes for the same seed, in every run: SHA-256 in counter mode. */
export function seededRandom(seed: string): Random {
  let counter = 0
  return (size) => {
    const blocks: Buffer[] = []
    for (let length = 0; length < size; length += 32) {
      blocks.push(createHash('sha256').update(`${seed}:${counter}`).digest())
      counter += 1
    }
    return Buffer.concat(blocks).subarray(0, size)
  }
}
