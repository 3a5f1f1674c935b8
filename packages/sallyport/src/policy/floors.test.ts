import { describe, expect, test } from 'vitest'
import { floorsOf } from './floors.ts'

const strengths: Readonly<Record<string, number>> = { recovery_code: 0, email: 1, sms: 2, totp: 3 }
const strengthOf = (kind: string): number | undefined => strengths[kind]
const enrollments = [
  { id: 'app', method: 'totp', backup: false },
  { id: 'mail', method: 'email', backup: false },
  { id: 'phone', method: 'sms', backup: false },
  { id: 'paper', method: 'recovery_code', backup: true },
]
const floors = (
  action: { atLeast?: string; loses?: string; adds?: true },
  resource: Readonly<Record<string, string>> = {},
  owned = enrollments,
  mandated: string | null = null,
) => floorsOf(action, resource, owned, strengthOf, mandated)
const nobody = Number.POSITIVE_INFINITY

describe('what an action asks of an answer', () => {
  test('is nothing unless it says so', () => {
    expect(floors({})).toEqual({ policy: null, lost: null, added: null, mandated: null })
  })

  test('C3 · is the strength of the method that the policy names', () => {
    expect(floors({ atLeast: 'sms' })).toEqual({ policy: 2, lost: null, added: null, mandated: null })
  })

  test('C3 · is out of reach when the policy names a method that is not configured', () => {
    expect(floors({ atLeast: 'security_key' }).policy).toBe(nobody)
  })

  test('S7 · is the strength of the very enrollment that is removed', () => {
    expect(floors({ loses: 'method' }, { method: 'mail' }).lost).toBe(1)
    expect(floors({ loses: 'method' }, { method: 'app' }).lost).toBe(3)
  })

  test('S7 · is out of reach when there is no such enrollment, or its method is not configured any more', () => {
    expect(floors({ loses: 'method' }, { method: 'gone' }).lost).toBe(nobody)
    expect(floors({ loses: 'method' }).lost).toBe(nobody)
    const owned = [{ id: 'key', method: 'security_key', backup: false }]
    expect(floors({ loses: 'method' }, { method: 'key' }, owned).lost).toBe(nobody)
    expect(floors({ loses: 'all' }, {}, owned).lost).toBe(nobody)
  })

  test('S7 · is that of the strongest that is left to compare with, for what can’t be compared any more', () => {
    const owned = [...enrollments.slice(1), { id: 'key', method: 'security_key', backup: false }]
    expect(floors({ loses: 'method' }, { method: 'key' }, owned).lost).toBe(2)
    expect(floors({ loses: 'all' }, {}, owned).lost).toBe(2)
    expect(floors({ adds: true }, { method: 'totp' }, owned).added).toBe(2)
  })

  test('S7 · is out of reach for a backup: it is not what the action takes away', () => {
    expect(floors({ loses: 'method' }, { method: 'paper' }).lost).toBe(nobody)
  })

  test('S7 · is the same for what was switched off: nobody is rid of a strong method by being wrong about it', () => {
    const owned = enrollments.map((each) => ({ ...each, disabled: each.id === 'app' }))
    expect(floors({ loses: 'method' }, { method: 'app' }, owned).lost).toBe(3)
    expect(floors({ loses: 'method' }, { method: 'phone' }, owned).lost).toBe(2)
    expect(floors({ loses: 'all' }, {}, owned).lost).toBe(3)
    expect(floors({ loses: 'totp' }, {}, owned).lost).toBe(3)
    expect(floors({ adds: true }, { method: 'totp' }, owned).added).toBe(3)
    expect(floors({}, {}, owned, 'totp').mandated).toBe(3)
  })

  test('S7 · is that of the strongest when all go, backups left out', () => {
    expect(floors({ loses: 'all' }).lost).toBe(3)
    expect(floors({ loses: 'all' }, {}, enrollments.slice(1)).lost).toBe(2)
    expect(floors({ loses: 'all' }, {}, enrollments.slice(3)).lost).toBeNull()
  })

  test('S7 · is that of the kind whose contact changes, if the account has one', () => {
    expect(floors({ loses: 'email' }).lost).toBe(1)
    expect(floors({ loses: 'sms' }).lost).toBe(2)
    expect(floors({ loses: 'sms' }, {}, enrollments.slice(0, 2)).lost).toBeNull()
  })

  test('SU-11 · is the strength of what is added, as far as the account has anything that strong', () => {
    const adding = (method: string, owned = enrollments) => floors({ adds: true }, { method }, owned).added
    expect([adding('email'), adding('sms'), adding('totp')]).toEqual([1, 2, 3])
    expect(adding('totp', enrollments.slice(1))).toBe(2)
    expect(adding('security_key', enrollments.slice(1))).toBe(2)
    expect(adding('totp', enrollments.slice(3))).toBeNull()
  })

  test('has both floors where both are named', () => {
    expect(floors({ atLeast: 'totp', loses: 'method' }, { method: 'phone' })).toEqual({
      policy: 3,
      lost: 2,
      added: null,
      mandated: null,
    })
  })

  test('M10 · is what the account must have, once it has anything that strong', () => {
    expect(floors({}, {}, enrollments, 'sms').mandated).toBe(2)
    const mail = enrollments.filter(({ method }) => method === 'email')
    expect(floors({}, {}, mail, 'sms').mandated).toBeNull()
    expect(floors({}, {}, enrollments, 'carrier_pigeon').mandated).toBeNull()
  })
})
