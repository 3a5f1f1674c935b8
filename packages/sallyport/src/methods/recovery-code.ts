import { createHmac } from 'node:crypto'
import { type Method, type MethodFactory, strengths } from '../contract/method.ts'
import { crockford, token } from '../crypto/code.ts'

/** 80 bits: 16 characters of 5 bits. Enough that a fast hash keeps them safe when the database is stolen. */
const codeBytes = 10
const codeShape = /^[0-9a-hjkmnp-tv-z]{16}$/

export interface RecoverySetup {
  /** `xxxx-xxxx-xxxx-xxxx`, shown once. */
  readonly codes: readonly string[]
}

/**
 * A set of codes to keep on paper, each good for one login. They are stored as HMAC-SHA256 under a random key of the
 * set's own, which is sealed; whether a code exists and is unused is for the store to say, when the code is spent.
 */
export function recoveryCode(): MethodFactory<RecoverySetup> {
  return (settings): Method<RecoverySetup> => ({
    kind: 'recovery_code',
    label: 'Recovery codes',
    strength: strengths.recovery_code,
    amr: ['otp'],
    perAccount: 1,
    backup: true,
    promptSeconds: null,
    enroll({ random }) {
      const secret = token(random, 32)
      const codes = Array.from({ length: settings.recoveryCodes }, () => crockford(random, codeBytes))
      return {
        secret,
        hint: '',
        setup: { codes: codes.map(grouped) },
        codes: { shown: codes.map(grouped), hashes: codes.map((code) => hashOf(secret, code)) },
      }
    },
    check(_context, enrollment, _state, answer) {
      const code = readCode(answer)
      return code === null
        ? { ok: false, reason: 'malformed' }
        : { ok: true, spend: { code: hashOf(enrollment.secret, code) } }
    },
  })
}

function grouped(code: string): string {
  return code.replace(/(.{4})(?=.)/g, '$1-')
}

/** Crockford's base32 as people copy it from paper: any case or grouping, letters read for the digits they look like. */
function readCode(answer: string): string | null {
  if (answer.length > 128) return null
  const code = answer
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{Pd}]/gu, '')
    .replace(/o/g, '0')
    .replace(/[il]/g, '1')
  return codeShape.test(code) ? code : null
}

function hashOf(secret: string, code: string): string {
  return createHmac('sha256', Buffer.from(secret, 'base64url')).update(code).digest('base64url')
}
