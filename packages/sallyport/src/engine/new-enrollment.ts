import { SallyportError } from '../contract/errors.ts'
import type { Enrolling, Method } from '../contract/method.ts'
import type { NewEnrollment } from '../contract/store.ts'
import { token } from '../crypto/code.ts'
import type { Parts } from './parts.ts'
import { boundTo } from './secret.ts'

interface Backup {
  readonly enrollment: NewEnrollment
  /** What the person is shown, once. */
  readonly shown: readonly string[]
}

/** A set of every backup method, made before it is known whether it is needed: only the first enrollment stores it. */
export function newBackups(parts: Parts, accountId: string): readonly Backup[] {
  const account = { id: accountId, label: '', confirmedEmail: null, confirmedPhone: null }
  return [...parts.methods.values()].flatMap((method) => {
    if (!method.backup) return []
    const enrolling = method.enroll({ account, now: parts.clock(), random: parts.random, others: [] })
    if (enrolling === null) return []
    const id = token(parts.random, 16)
    const enrollment = newEnrollment(parts, method, { accountId, id, name: method.label, enrolling })
    return [{ enrollment, shown: enrolling.codes?.shown ?? [] }]
  })
}

export function newEnrollment(
  parts: Parts,
  method: Method,
  input: {
    accountId: string
    id: string
    name: string
    enrolling: Enrolling<unknown>
    /** Default: at once. */
    fullStrengthFrom?: number
  },
): NewEnrollment {
  const { accountId, id, enrolling } = input
  return {
    id,
    accountId,
    method: method.kind,
    name: checkedName(input.name),
    hint: enrolling.hint,
    sealed: parts.keys.seal(enrolling.secret, boundTo(accountId, id), parts.random),
    backup: method.backup,
    fullStrengthFrom: input.fullStrengthFrom ?? 0,
    createdAt: parts.clock(),
    codes: enrolling.codes?.hashes ?? [],
  }
}

/** 1 to 60 characters, none of them invisible or a line break. Throws `request_invalid`. */
export function checkedName(name: string): string {
  const trimmed = name.normalize('NFC').trim()
  if (
    trimmed.length < 1 ||
    trimmed.length > 60 ||
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(trimmed)
  ) {
    throw new SallyportError('request_invalid', 'name: 1 to 60 visible characters')
  }
  return trimmed
}
