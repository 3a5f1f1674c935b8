import { hash, hashRaw, verify } from '@node-rs/argon2'
import type { Random } from 'sallyport'
import { createQueue } from './queue.ts'

export interface Passwords {
  hash(password: string): Promise<string>
  /** `hash` null is an account that does not exist, '' one without a password: the same work is done, and the answer is no. */
  verify(hash: string | null, password: string): Promise<boolean>
  /** The same for the same password and salt, and as slow to guess as a hash. To compare with, not to store. */
  fingerprint(password: string, salt: Buffer): Promise<string>
}

/** Argon2id, 19 MiB, two passes, one lane: the OWASP minimum. 64 kB of waiting request bodies is all a queue slot holds. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** The hash of a password that nobody knows, made with `cost`. */
export const nobodysHash =
  '$argon2id$v=19$m=19456,t=2,p=1$yeGWf/1ZGzUi4IM7+P4xcw$vVk9+4vRTX+AiauKW93n3Svbq+YZDFpZZ7a7vEPf9nM'

/**
 * Two at once and 256 waiting: hashing shares its threads with file and name look-ups, which must not starve.
 * A call beyond that throws `QueueFull`.
 */
export function createPasswords(random: Random): Passwords {
  const queue = createQueue({ atOnce: 2, waiting: 256 })
  return {
    hash: (password) => queue.run(() => hash(normalize(password), { ...cost, salt: random(16) })),
    async verify(stored, password) {
      const known = stored !== null && stored !== ''
      const matches = await queue.run(() => verify(known ? stored : nobodysHash, normalize(password)))
      return known && matches
    },
    async fingerprint(password, salt) {
      const raw = await queue.run(() => hashRaw(normalize(password), { ...cost, salt }))
      return raw.toString('base64url')
    },
  }
}

/** NIST SP 800-63B-4 section 3.1.1.2: one normal form, so that a password typed on another keyboard is the same. */
function normalize(password: string): string {
  return password.normalize('NFC')
}

export function isSamePassword(one: string, other: string): boolean {
  return normalize(one) === normalize(other)
}
