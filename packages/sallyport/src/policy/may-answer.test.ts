import { describe, expect, test } from 'vitest'
import { mayAnswer } from './may-answer.ts'

const backup = { backup: true, strength: 0, fresh: false }
const email = { backup: false, strength: 1, fresh: false }
const totp = { backup: false, strength: 3, fresh: false }
const none = { policy: null, lost: null, added: null, mandated: null }

describe('who may answer', () => {
  test('a backup completes what the table says and nothing else', () => {
    expect(mayAnswer({ backups: true }, backup, none)).toEqual({ allowed: true })
    expect(mayAnswer({}, backup, { policy: 0, lost: 0, added: null, mandated: null })).toEqual({
      allowed: false,
      reason: 'backup',
    })
  })

  test('S7 · a weaker method never takes a stronger one away, an equal or stronger one may', () => {
    expect(mayAnswer({}, email, { policy: null, lost: 3, added: null, mandated: null })).toEqual({
      allowed: false,
      reason: 'weaker_than_lost',
    })
    expect(mayAnswer({}, totp, { policy: null, lost: 3, added: null, mandated: null })).toEqual({ allowed: true })
    expect(mayAnswer({}, totp, { policy: null, lost: 1, added: null, mandated: null })).toEqual({ allowed: true })
  })

  test('C3 · nothing weaker than the policy asks for is a fallback', () => {
    expect(mayAnswer({}, email, { policy: 2, lost: null, added: null, mandated: null })).toEqual({
      allowed: false,
      reason: 'below_floor',
    })
    expect(mayAnswer({}, totp, { policy: 2, lost: null, added: null, mandated: null })).toEqual({ allowed: true })
  })

  test('C3 · a backup is no way around the policy either', () => {
    expect(mayAnswer({ backups: true }, backup, { policy: 1, lost: null, added: null, mandated: null })).toEqual({
      allowed: false,
      reason: 'below_floor',
    })
    expect(mayAnswer({ backups: true }, backup, { policy: 0, lost: null, added: null, mandated: null })).toEqual({
      allowed: true,
    })
  })

  test('C3 · a mandate lets a backup in, unless it is for what resists phishing', () => {
    const at = (mandated: number) => mayAnswer({ backups: true }, backup, { ...none, mandated })
    for (const mandated of [1, 2, 3]) expect(at(mandated)).toEqual({ allowed: true })
    for (const mandated of [4, Number.POSITIVE_INFINITY])
      expect(at(mandated)).toEqual({ allowed: false, reason: 'below_floor' })
  })

  test('S7 · a backup takes away nothing that is stronger', () => {
    expect(mayAnswer({ backups: true }, backup, { policy: null, lost: 1, added: null, mandated: null })).toEqual({
      allowed: false,
      reason: 'weaker_than_lost',
    })
  })

  test('what cannot be compared cannot be taken away', () => {
    expect(
      mayAnswer({}, totp, { policy: null, lost: Number.POSITIVE_INFINITY, added: null, mandated: null }).allowed,
    ).toBe(false)
  })

  test('SU-11 · nothing weaker adds what is stronger, as far as the account has anything that strong; a backup may', () => {
    const adding = { policy: null, lost: null, added: 3, mandated: null }
    expect(mayAnswer({}, email, adding)).toEqual({ allowed: false, reason: 'weaker_than_added' })
    expect(mayAnswer({}, totp, adding)).toEqual({ allowed: true })
    expect(mayAnswer({ backups: true }, backup, adding)).toEqual({ allowed: true })
  })

  test('SU-15 · what a backup has added a while ago answers for no more than the backup could', () => {
    const fresh = { ...totp, fresh: true }
    expect(mayAnswer({ backups: true }, fresh, none)).toEqual({ allowed: true })
    expect(mayAnswer({ backups: true }, fresh, { ...none, added: 1 })).toEqual({ allowed: false, reason: 'too_fresh' })
    for (const floors of [none, { ...none, lost: 1 }, { ...none, policy: 1 }, { ...none, added: 1 }]) {
      expect(mayAnswer({}, fresh, floors)).toEqual({ allowed: false, reason: 'too_fresh' })
    }
  })

  test('M10 · who must have something stronger answers with that, or with a backup where one may', () => {
    const must = { ...none, mandated: 2 }
    expect(mayAnswer({}, email, must)).toEqual({ allowed: false, reason: 'below_floor' })
    expect(mayAnswer({}, { ...email, strength: 2 }, must)).toEqual({ allowed: true })
    expect(mayAnswer({}, totp, must)).toEqual({ allowed: true })
    expect(mayAnswer({ backups: true }, backup, must)).toEqual({ allowed: true })
  })
})
