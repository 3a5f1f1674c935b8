import { timingSafeEqual } from 'node:crypto'

/** Whether two strings are equal, in a time that depends on their lengths only. */
export function equal(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
