import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createCsrf } from './csrf.ts'

const key = (): string => randomBytes(32).toString('base64url')
const keys = [key()]
const csrf = createCsrf(keys)

test('a token fits the browser and the session it was made for', () => {
  expect(csrf.matches(csrf.token('browser', 'session'), 'browser', 'session')).toBe(true)
  expect(csrf.matches(csrf.token('browser', null), 'browser', null)).toBe(true)
})

test('SC-07 a token of another browser, or of this one before or after sign-in, is refused', () => {
  const token = csrf.token('browser', 'session')
  expect(csrf.matches(token, 'other', 'session')).toBe(false)
  expect(csrf.matches(token, 'browser', 'other')).toBe(false)
  expect(csrf.matches(token, 'browser', null)).toBe(false)
  expect(csrf.matches(csrf.token('browser', null), 'browser', '')).toBe(false)
  expect(csrf.matches(csrf.token('a', 'bc'), 'ab', 'c')).toBe(false)
})

test('what is no token is refused', () => {
  for (const text of ['', '.', 'x'.repeat(1_000), 'undefined', '"]'])
    expect(csrf.matches(text, 'browser', null)).toBe(false)
})

test('a token outlives a rotation of the keys and dies with its key', () => {
  const token = csrf.token('browser', null)
  expect(createCsrf([key(), ...keys]).matches(token, 'browser', null)).toBe(true)
  expect(createCsrf([key()]).matches(token, 'browser', null)).toBe(false)
})
