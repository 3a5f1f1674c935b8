import { describe, expect, test } from 'vitest'
import { isConfirmed, type Situation } from './is-confirmed.ts'

const once = { needed: 'on', lasts: 'once' } as const
const nothing: Situation = {
  action: once,
  mfaOn: true,
  managed: false,
  mustKeep: false,
  granted: false,
  ownCheck: false,
  answerable: 1,
}
const decide = (different: Partial<Situation>) => {
  const { decision, reasons } = isConfirmed({ ...nothing, ...different })
  return [decision, ...reasons.map(({ rule }) => rule)]
}

describe('whether an action is confirmed', () => {
  test('a challenge is demanded of an account with MFA that has no grant', () => {
    expect(decide({})).toEqual(['challenge', 'no_grant', 'mfa_on'])
  })

  test('a grant is enough, whether MFA is on or off', () => {
    expect(decide({ granted: true })).toEqual(['allowed', 'grant_held'])
    expect(decide({ granted: true, mfaOn: false })).toEqual(['allowed', 'grant_held'])
    expect(decide({ granted: true, answerable: 0 })).toEqual(['allowed', 'grant_held'])
  })

  test('the host’s own check counts while MFA is off and never once it is on', () => {
    expect(decide({ mfaOn: false })).toEqual(['own_check', 'no_grant', 'mfa_off'])
    expect(decide({ mfaOn: false, ownCheck: true })).toEqual(['allowed', 'no_grant', 'mfa_off', 'own_check_passed'])
    expect(decide({ ownCheck: true })).toEqual(['challenge', 'no_grant', 'mfa_on'])
    expect(decide({ ownCheck: true, answerable: 0 })[0]).toBe('too_weak')
  })

  test('no challenge is opened that nobody could answer', () => {
    expect(decide({ answerable: 0 })).toEqual(['too_weak', 'no_grant', 'mfa_on', 'none_strong_enough'])
  })

  test('an action that is switched off asks for nothing', () => {
    const action = { needed: 'off', lasts: 'once' } as const
    for (const mfaOn of [true, false]) {
      for (const answerable of [0, 1]) {
        expect(decide({ action, mfaOn, answerable })).toEqual(['allowed', 'switched_off'])
      }
    }
  })

  test('nothing but a grant, the own check of an account without MFA, or the switch allows anything', () => {
    for (const needed of ['always', 'on', 'off'] as const) {
      for (const mfaOn of [true, false]) {
        for (const granted of [true, false]) {
          for (const ownCheck of [true, false]) {
            for (const answerable of [0, 1, 2]) {
              const [decision] = decide({ action: { needed, lasts: 'once' }, mfaOn, granted, ownCheck, answerable })
              expect(decision === 'allowed').toBe(needed === 'off' || granted || (!mfaOn && ownCheck))
            }
          }
        }
      }
    }
  })

  test('S10 · every rule has a sentence of its own', () => {
    const sentences = [
      ...isConfirmed({ ...nothing, action: { needed: 'off', lasts: 'once' } }).reasons,
      ...isConfirmed({ ...nothing, granted: true }).reasons,
      ...isConfirmed({ ...nothing, mfaOn: false, ownCheck: true }).reasons,
      ...isConfirmed({ ...nothing, answerable: 0 }).reasons,
    ].map(({ sentence }) => sentence)
    expect(new Set(sentences).size).toBe(7)
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].*\.$/)
  })

  test('E3 · what the account must keep is not taken away, whatever is held', () => {
    for (const different of [{}, { granted: true }, { mfaOn: false, ownCheck: true }]) {
      expect(decide({ ...different, mustKeep: true })).toEqual(['mandatory', 'must_keep'])
    }
  })

  test('L4 · an account that an organisation signs in to is challenged for nothing and meets the host’s own check', () => {
    expect(decide({ managed: true })).toEqual(['own_check', 'no_grant', 'managed'])
    expect(decide({ managed: true, mfaOn: false, ownCheck: true })[0]).toBe('allowed')
  })

  test('R2 · what takes a second factor is done by nobody without one', () => {
    const action = { ...once, needsMfa: true } as const
    expect(decide({ action, mfaOn: false, ownCheck: true })).toEqual(['too_weak', 'no_grant', 'mfa_off', 'mfa_needed'])
    expect(decide({ action })[0]).toBe('challenge')
    expect(decide({ action, managed: true, mfaOn: false, ownCheck: true })[0]).toBe('allowed')
  })
})
