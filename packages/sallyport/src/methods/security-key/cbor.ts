/** RFC 8949 section 3: what the three high bits of an item's first byte say. */
const bytes = 2
const text = 3
const array = 4
const map = 5
const tag = 6
const simple = 7
/** CTAP2 section 8: four levels are the most that an authenticator writes; `attStmt` with certificates is three. */
const deepest = 4

/**
 * Where the one CBOR item that begins at `from` ends; null where it is none of the form that authenticators write: no
 * indefinite length, no tag, no key of a map twice, not deeper than four levels, nothing cut off. A decoder that is lenient
 * with any of it may read something else than what another one reads.
 */
export function endOfItem(data: Uint8Array, from: number, level = 0): number | null {
  const head = headOf(data, from)
  if (head === null || level > deepest) return null
  const { major, value, end } = head
  if (major === tag) return null
  if (major === bytes || major === text) return end + value <= data.length ? end + value : null
  if (major !== array && major !== map) return end
  let at: number | null = end
  const keys = new Set<string>()
  for (let item = 0; item < value; item += 1) {
    if (major === map) {
      const key: number | null = endOfItem(data, at, level + 1)
      if (key === null) return null
      const name = Buffer.from(data.subarray(at, key)).toString('hex')
      if (keys.has(name)) return null
      keys.add(name)
      at = key
    }
    at = endOfItem(data, at, level + 1)
    if (at === null) return null
  }
  return at
}

function headOf(data: Uint8Array, from: number): { major: number; value: number; end: number } | null {
  const first = data[from]
  if (first === undefined) return null
  const [major, short] = [first >> 5, first & 0x1f]
  // Of the simple values false, true and null; no number that is not whole.
  if (major === simple) return short >= 20 && short <= 22 ? { major, value: 0, end: from + 1 } : null
  if (short < 24) return { major, value: short, end: from + 1 }
  const length = [1, 2, 4][short - 24]
  if (length === undefined || from + 1 + length > data.length) return null
  return { major, value: viewOf(data).readUIntBE(from + 1, length), end: from + 1 + length }
}

/** The same bytes: a copy for each item would be work without end. */
function viewOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length)
}
