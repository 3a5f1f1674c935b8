import { Buffer } from 'node:buffer'

/** What the writer knows of RFC 8949. An object is a map with text keys; a `Map` may have numbers for keys, as COSE has. */
export type CborValue =
  | number
  | boolean
  | string
  | Uint8Array
  | CborValue[]
  | Map<number | string, CborValue>
  | { [key: string]: CborValue }

/** Whole numbers, lengths and counts in their shortest form, below 2^32. Keys stand in the order they are given. */
export function cbor(value: CborValue): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'boolean') return Buffer.of(value ? 0xf5 : 0xf4)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)])
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return Buffer.concat([head(5, entries.length), ...entries.flatMap(([key, held]) => [cbor(key), cbor(held)])])
}

/** RFC 8949 section 3: the major type in three bits, then a number in the other five or in the 1, 2 or 4 bytes that follow. */
function head(major: number, count: number): Buffer {
  const type = major << 5
  if (count < 24) return Buffer.of(type | count)
  const [size, code] = count < 0x100 ? [1, 24] : count < 0x10000 ? [2, 25] : [4, 26]
  const bytes = Buffer.alloc(1 + size, type | code)
  bytes.writeUIntBE(count, 1, size)
  return bytes
}
