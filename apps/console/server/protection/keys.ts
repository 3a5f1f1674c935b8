import { hkdfSync } from 'node:crypto'

/** A key for one purpose from each of the console's keys (base64url), in their order: the first makes, all recognise. */
export function keysFor(purpose: string, keys: readonly string[]): readonly [Buffer, ...Buffer[]] {
  const [first, ...others] = keys.map((key) =>
    Buffer.from(hkdfSync('sha256', Buffer.from(key, 'base64url'), '', `console ${purpose}`, 32)),
  )
  if (first === undefined) throw new Error('at least one key is required')
  return [first, ...others]
}
