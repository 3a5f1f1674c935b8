import { describe, expect, test } from 'vitest'
import { mayAnswer } from './may-answer.ts'

const backup = { backup: true, strength: 0 }
const email = { backup: false, strength: 1 }
const totp = { backup: false, strength: 3 }

describe('who may answer', () => {
  test('a backup completes a login and nothing else', () => {
    expect(mayAnswer('login', backup, null)).toEqual({ allowed: true })
    expect(mayAnswer('mfa.method.remove', backup, 0)).toEqual({ allowed: false, reason: 'backup_only_for_login' })
  })

  test('a weaker method never removes a stronger one, an equal or stronger one may', () => {
    expect(mayAnswer('mfa.method.remove', email, 3)).toEqual({ allowed: false, reason: 'too_weak' })
    expect(mayAnswer('mfa.method.remove', totp, 3)).toEqual({ allowed: true })
    expect(mayAnswer('mfa.method.remove', totp, 1)).toEqual({ allowed: true })
  })

  test('what cannot be compared cannot be removed', () => {
    expect(mayAnswer('mfa.method.remove', totp, Number.POSITIVE_INFINITY).allowed).toBe(false)
  })
})
