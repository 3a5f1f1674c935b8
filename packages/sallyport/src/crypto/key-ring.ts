import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto'
import type { Random } from '../contract/clock.ts'
import { SallyportError } from '../contract/errors.ts'
import { equal } from './compare.ts'

interface Key {
  readonly id: string
  readonly sealing: Buffer
  readonly hashing: Buffer
}

/**
 * The keys that live outside the database. The first one seals and hashes; all of them open and compare, so a key is
 * rotated by putting a new one in front and is dropped when nothing is sealed under it any more.
 */
export class KeyRing {
  readonly #keys: readonly [Key, ...Key[]]

  /** `keys`: at least one, each base64url of 32 bytes or more. Throws `option_invalid` otherwise. */
  constructor(keys: readonly string[]) {
    const [first, ...others] = keys.map(deriveKey)
    if (first === undefined) throw new SallyportError('option_invalid', 'keys: at least one key is required')
    this.#keys = [first, ...others]
    if (new Set(this.#keys.map((key) => key.id)).size !== keys.length) {
      throw new SallyportError('option_invalid', 'keys: the same key is listed twice')
    }
  }

  /** AES-256-GCM. `boundTo` names the row, so that a sealed value moved to another row does not open there. */
  seal(text: string, boundTo: string, random: Random): string {
    const key = this.#keys[0]
    const iv = random(12)
    const cipher = createCipheriv('aes-256-gcm', key.sealing, iv).setAAD(Buffer.from(boundTo))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return `${key.id}.${Buffer.from(iv).toString('base64url')}.${sealed.toString('base64url')}`
  }

  /** Throws `secret_unreadable` when the key is gone, or the value is damaged or belongs to another row. */
  open(sealed: string, boundTo: string): string {
    const [id, iv, body] = sealed.split('.')
    const key = this.#keys.find((candidate) => candidate.id === id)
    if (key === undefined || iv === undefined || body === undefined) throw new SallyportError('secret_unreadable')
    const bytes = Buffer.from(body, 'base64url')
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.sealing, Buffer.from(iv, 'base64url'), { authTagLength: 16 })
      decipher.setAAD(Buffer.from(boundTo)).setAuthTag(bytes.subarray(-16))
      return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8')
    } catch (error) {
      throw new SallyportError('secret_unreadable', undefined, { cause: error })
    }
  }

  /**
   * HMAC-SHA256 of `value` within `context`, prefixed with the key's id. `like` is an earlier hash to compare with: its
   * key is used, so that hashes outlive a rotation.
   */
  hash(context: string, value: string, like?: string | null): string {
    const key = this.#keys.find((candidate) => like?.startsWith(`${candidate.id}.`)) ?? this.#keys[0]
    const mac = createHmac('sha256', key.hashing).update(`${context.length}:${context}${value}`).digest('base64url')
    return `${key.id}.${mac}`
  }

  /** The same under every key: what is looked up by its hash is found after a rotation, too. */
  hashes(context: string, value: string): readonly string[] {
    return this.#keys.map((key) => this.hash(context, value, `${key.id}.`))
  }

  /** Whether `hash` is the hash of `value` within `context`, in constant time. */
  matches(hash: string, context: string, value: string): boolean {
    return equal(hash, this.hash(context, value, hash))
  }
}

function deriveKey(key: string): Key {
  const bytes = Buffer.from(key, 'base64url')
  // 32 random bytes with fewer than 16 different values do not happen; a password typed in place of a key does.
  if (!/^[\w-]{43,}$/.test(key) || bytes.length < 32 || new Set(bytes).size < 16) {
    throw new SallyportError('option_invalid', 'keys: each key must be base64url of at least 32 random bytes')
  }
  const derive = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', bytes, '', `sallyport ${purpose}`, 32))
  return {
    id: createHash('sha256').update(derive('id')).digest('base64url').slice(0, 8),
    sealing: derive('seal'),
    hashing: derive('hash'),
  }
}
