import { createHmac } from 'node:crypto'
import { keysFor } from '../protection/keys.ts'
import type { Passwords } from './passwords.ts'

/** Tells whether two requests of an account carry the same new password, without being a quick way to guess it. */
export type PasswordFingerprint = (accountId: string, password: string) => Promise<string>

/** `keys`: the console's. With another first key the fingerprints are others. */
export function createPasswordFingerprint(passwords: Passwords, keys: readonly string[]): PasswordFingerprint {
  const [key] = keysFor('password fingerprint', keys)
  // The salt can't be random, because the request is repeated; whoever lacks the key does not know it all the same.
  return (accountId, password) =>
    passwords.fingerprint(password, createHmac('sha256', key).update(accountId).digest().subarray(0, 16))
}
