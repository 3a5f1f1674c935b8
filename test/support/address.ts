import { randomBytes } from 'node:crypto'

/** Nobody else's. Letters only: a run of digits would look like a code to whoever reads the messages. */
export function newAddress(domain = 'example.com'): string {
  return `${[...randomBytes(12)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('')}@${domain}`
}
