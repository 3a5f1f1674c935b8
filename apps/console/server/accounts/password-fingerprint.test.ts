import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createPasswordFingerprint } from './password-fingerprint.ts'
import { createPasswords } from './passwords.ts'

const newKey = (): string => randomBytes(32).toString('base64url')
const passwords = createPasswords(randomBytes)
const keys = [newKey()]
const fingerprint = createPasswordFingerprint(passwords, keys)

test('one password of one account has one fingerprint, however its characters are written', async () => {
  const made = await fingerprint('ada', 'caf\u00e9-lantern-41')
  expect(await fingerprint('ada', 'cafe\u0301-lantern-41')).toBe(made)
})

test('another password, account or key makes another one', async () => {
  const all = await Promise.all([
    fingerprint('ada', 'harbour-lantern-41'),
    fingerprint('ada', 'harbour-lantern-42'),
    fingerprint('eve', 'harbour-lantern-41'),
    createPasswordFingerprint(passwords, [newKey()])('ada', 'harbour-lantern-41'),
  ])
  expect(new Set(all).size).toBe(4)
})

test('it is no hash that opens the account', async () => {
  const made = await fingerprint('ada', 'harbour-lantern-41')
  expect(made).not.toContain('$argon2')
  expect(await passwords.verify(await passwords.hash('harbour-lantern-41'), made)).toBe(false)
})
