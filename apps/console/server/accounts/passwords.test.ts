import { randomBytes } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { createPasswords, nobodysHash } from './passwords.ts'

const atWork = vi.hoisted(() => ({ now: 0, most: 0 }))
vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof import('@node-rs/argon2')>()
  const counted =
    <Given extends unknown[], Result>(work: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      atWork.now += 1
      atWork.most = Math.max(atWork.most, atWork.now)
      return await work(...given).finally(() => (atWork.now -= 1))
    }
  return { ...real, hash: counted(real.hash), hashRaw: counted(real.hashRaw), verify: counted(real.verify) }
})

const passwords = createPasswords(randomBytes)

test('a password opens its own hash and no other does', async () => {
  const hash = await passwords.hash('harbour-lantern-41')
  expect(await passwords.verify(hash, 'harbour-lantern-41')).toBe(true)
  expect(await passwords.verify(hash, 'harbour-lantern-42')).toBe(false)
  expect(hash).not.toBe(await passwords.hash('harbour-lantern-41'))
})

test('PA-11 every character counts, also beyond the 72nd', async () => {
  const long = 'a'.repeat(200)
  const hash = await passwords.hash(`${long}1`)
  expect(await passwords.verify(hash, `${long}2`)).toBe(false)
  expect(await passwords.verify(hash, long)).toBe(false)
})

test('PA-11 two writings of the same character are the same password', async () => {
  const hash = await passwords.hash('cafe\u0301-lantern-41')
  expect(await passwords.verify(hash, 'caf\u00e9-lantern-41')).toBe(true)
})

test.each([null, ''])('no password opens an account that does not exist or has none: %j', async (hash) => {
  for (const password of ['', 'harbour-lantern-41']) expect(await passwords.verify(hash, password)).toBe(false)
})

test('EO-01 the work for an account that does not exist is the work for one that does', async () => {
  const parameters = (hash: string): string => hash.split('$').slice(0, 4).join('$')
  expect(parameters(nobodysHash)).toBe(parameters(await passwords.hash('harbour-lantern-41')))
})

test('DS-01 however many come, two are worked on at once, whatever is done with them', async () => {
  atWork.most = 0
  const work = Array.from({ length: 10 }, (_, number) => [
    passwords.verify(number % 2 === 0 ? null : nobodysHash, 'harbour-lantern-41'),
    passwords.hash('harbour-lantern-41'),
    passwords.fingerprint('harbour-lantern-41', randomBytes(16)),
  ])
  await Promise.all(work.flat())
  expect(atWork).toEqual({ now: 0, most: 2 })
})
