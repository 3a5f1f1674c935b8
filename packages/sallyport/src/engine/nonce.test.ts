import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { KeyRing } from '../crypto/key-ring.ts'
import { isNonceOf, nonceOf } from './nonce.ts'
import type { Parts } from './parts.ts'

const noon = Date.UTC(2025, 10, 21, 12)
const challenge = { id: 'c', accountId: 'ada', action: 'login', sessionHash: 's', digest: 'd' }
const newKey = (): string => randomBytes(32).toString('base64url')
const key = newKey()

const at = (now: number, ...keys: readonly string[]): Parts =>
  ({ clock: () => now, keys: new KeyRing(keys.length === 0 ? [key] : keys) }) as unknown as Parts

test('a nonce is 32 bytes, and good from when its step begins for five minutes at most', () => {
  const nonce = nonceOf(at(noon), challenge)
  expect(Buffer.from(nonce, 'base64url')).toHaveLength(32)
  const good = [0, 29_999, 270_000, 299_999].map((later) => isNonceOf(at(noon + later), challenge, nonce))
  expect(good).toEqual([true, true, true, true])
  expect(isNonceOf(at(noon + 300_000), challenge, nonce)).toBe(false)
})

test('a process whose clock is up to 30 seconds behind takes it, and no more', () => {
  const nonce = nonceOf(at(noon), challenge)
  expect([1, 30_000, 30_001].map((before) => isNonceOf(at(noon - before), challenge, nonce))).toEqual([
    true,
    true,
    false,
  ])
})

test('it is that of one challenge and all that it is for', () => {
  const nonce = nonceOf(at(noon), challenge)
  for (const name of Object.keys(challenge))
    expect(isNonceOf(at(noon), { ...challenge, [name]: 'another' }, nonce), name).toBe(false)
  for (const wrong of ['', nonce.slice(1), `${nonce}A`, `x.${nonce}`])
    expect(isNonceOf(at(noon), challenge, wrong)).toBe(false)
})

test('it outlives a rotation of the keys, and not the loss of its key', () => {
  const nonce = nonceOf(at(noon), challenge)
  expect(isNonceOf(at(noon, newKey(), key), challenge, nonce)).toBe(true)
  expect(isNonceOf(at(noon, newKey()), challenge, nonce)).toBe(false)
})

test('it stays the same over versions, or what was asked before an update could not be answered after it', () => {
  const fixed = Buffer.from(Array.from({ length: 32 }, (_, place) => place)).toString('base64url')
  expect(nonceOf(at(noon, fixed), challenge)).toBe('PtaAJ-B4-2o0_atD34pZcZP82W8Va9XK7NFEID0v8VU')
})
