import type { Random } from '../contract/clock.ts'

/** `length` decimal digits, each equally likely: bytes of 250 and above are thrown away, since 256 is no multiple of 10. */
export function digits(random: Random, length: number): string {
  let code = ''
  while (code.length < length) {
    for (const byte of random(length * 2)) {
      if (byte < 250 && code.length < length) code += String(byte % 10)
    }
  }
  return code
}

const crockfordAlphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** `bytes` random bytes in Crockford's base32, which has no letter that looks like a digit: 8 characters for 5 bytes. */
export function crockford(random: Random, bytes: number): string {
  let text = ''
  let buffer = 0
  let bits = 0
  for (const byte of random(bytes)) {
    buffer = (buffer << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += crockfordAlphabet[(buffer >>> bits) & 31]
    }
    buffer &= (1 << bits) - 1
  }
  return text
}

/** A token of `bytes` random bytes in base64url. */
export function token(random: Random, bytes: number): string {
  return Buffer.from(random(bytes)).toString('base64url')
}
