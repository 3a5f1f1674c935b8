import { describe, expect, test } from 'vitest'
import { maySkip } from './may-skip.ts'

const strengths: Readonly<Record<string, number>> = { email: 1, sms: 2, totp: 3 }
const strengthOf = (kind: string): number | undefined => strengths[kind]
const device = { setupHash: 'app', browser: 'Firefox on Linux', method: 'sms', trustedAt: 1000, expiresAt: 1500 }
const situation = {
  now: 1499,
  trustedMs: 500,
  setupHashes: ['mail', 'app'],
  browser: 'Firefox on Linux',
  privileged: false,
  floor: null,
  passwordReset: false,
}
const skip = (different: Partial<Parameters<typeof maySkip>[1]>, of: Partial<typeof device> = {}) => {
  const may = maySkip({ ...device, ...of }, { ...situation, ...different }, strengthOf)
  return may.allowed ? 'allowed' : may.reason
}

describe('a trusted browser', () => {
  test('signs in without a second factor while everything is as it was', () => {
    expect(skip({})).toBe('allowed')
  })

  test('D1 · is trusted up to the moment that was promised, and no longer than the limits of today say', () => {
    expect(skip({ now: 1500 })).toBe('expired')
    expect(skip({ now: 1499, trustedMs: 499 })).toBe('expired')
    expect(skip({ now: 1498, trustedMs: 499 })).toBe('allowed')
    expect(skip({ now: 1500, trustedMs: 9000 })).toBe('expired')
    expect(skip({ trustedMs: 0 })).toBe('off')
    expect(skip({ trustedMs: 0, now: 0 })).toBe('off')
  })

  test('D1 · is none for whoever can do harm to others', () => {
    expect(skip({ privileged: true })).toBe('privileged')
  })

  test('D4 · is that browser and no other', () => {
    for (const browser of ['Firefox on Windows', 'Chrome on Linux', '', 'firefox on linux']) {
      expect(skip({ browser })).toBe('other_browser')
    }
  })

  test('D6 · is none any more once the set-up is another one', () => {
    expect(skip({ setupHashes: ['mail', 'other'] })).toBe('changed')
    expect(skip({ setupHashes: [] })).toBe('changed')
  })

  test('L5 · does not make up for a password that was reset', () => {
    expect(skip({ passwordReset: true })).toBe('password_reset')
  })

  test('M10 · counts as what it was trusted with, where the account must have something stronger', () => {
    expect(skip({ floor: 'email' })).toBe('allowed')
    expect(skip({ floor: 'sms' })).toBe('allowed')
    expect(skip({ floor: 'totp' })).toBe('below_floor')
    expect(skip({ floor: 'carrier_pigeon' })).toBe('below_floor')
    expect(skip({ floor: 'email' }, { method: 'carrier_pigeon' })).toBe('below_floor')
  })

  test('is refused for what lies deepest, where several things speak against it', () => {
    const against = {
      trustedMs: 0,
      privileged: true,
      now: 1500,
      setupHashes: [],
      browser: '',
      passwordReset: true,
      floor: 'totp',
    }
    const entries = Object.entries(against)
    const refusals = entries.map((_, at) => skip(Object.fromEntries(entries.slice(at))))
    expect(refusals).toEqual([
      'off',
      'privileged',
      'expired',
      'changed',
      'other_browser',
      'password_reset',
      'below_floor',
    ])
  })

  test('says no less and no more than what it is refused for', () => {
    expect(maySkip(device, situation, strengthOf)).toEqual({ allowed: true })
    const privileged = { ...situation, privileged: true }
    expect(maySkip(device, privileged, strengthOf)).toEqual({ allowed: false, reason: 'privileged' })
  })
})
