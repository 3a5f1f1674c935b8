import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { account, checking, enrolled, noon, settings } from '../../../../test/support/methods.ts'
import { seededRandom } from '../../../../test/support/random.ts'
import { recoveryCode } from './recovery-code.ts'

const method = recoveryCode()(settings)

function enroll(seed = 'set') {
  const enrolling = method.enroll({ account, now: noon, random: seededRandom(seed), others: [] })
  if (enrolling === null) throw new Error('recovery codes need nothing of the account')
  return enrolling
}

const set = enroll()
const [first = ''] = set.setup.codes
const check = (answer: string) => method.check(checking, enrolled(set.secret), null, answer)

describe('a set of recovery codes', () => {
  test('is 10 different codes of 16 characters, in groups', () => {
    const { setup, codes, hint } = enroll()
    expect([setup.codes, codes?.shown, hint]).toEqual([set.setup.codes, set.setup.codes, ''])
    expect(set.setup.codes).toHaveLength(10)
    expect(new Set(set.setup.codes).size).toBe(10)
    for (const code of set.setup.codes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/)
  })

  test('RV-03 is stored only as hashes under a key of its own', () => {
    expect(set.codes?.hashes).toHaveLength(10)
    expect(enroll().codes?.hashes).toEqual(set.codes?.hashes)
    const stored = JSON.stringify([set.codes?.hashes, set.secret, set.hint])
    for (const code of set.setup.codes) {
      expect(stored).not.toContain(code)
      expect(stored).not.toContain(code.replaceAll('-', ''))
    }
    expect(Buffer.from(set.secret, 'base64url')).toHaveLength(32)
  })

  test('is a backup and weaker than everything else', () => {
    expect(method).toMatchObject({
      kind: 'recovery_code',
      backup: true,
      strength: 0,
      promptSeconds: null,
      perAccount: 1,
      amr: ['otp'],
    })
  })
})

describe('an answer', () => {
  test('spends the stored hash of the code it is', () => {
    for (const [index, code] of set.setup.codes.entries()) {
      expect(check(code)).toEqual({ ok: true, spend: { code: set.codes?.hashes[index] } })
    }
  })

  test('may be written in any case and grouping, with letters for the digits they look like', () => {
    const spend = { ok: true, spend: { code: set.codes?.hashes[0] } }
    for (const written of [
      first.toUpperCase(),
      first.replaceAll('-', ''),
      ` ${first.replaceAll('-', ' ')} `,
      first.replaceAll('-', '\u2013'),
      first.replaceAll('0', 'O').replaceAll('1', 'l'),
      first.replaceAll('0', 'o').replaceAll('1', 'I'),
    ]) {
      expect(check(written)).toEqual(spend)
    }
  })

  test('may be written with any letter that stands for a digit, in every place of every code', () => {
    const written = set.setup.codes.join('')
    expect(written).toContain('0')
    expect(written).toContain('1')
    for (const [index, code] of set.setup.codes.entries()) {
      const spend = { ok: true, spend: { code: set.codes?.hashes[index] } }
      for (const [nought, one] of ['ol', 'Oi', 'OL', 'oI']) {
        expect(check(code.replaceAll('0', nought ?? '').replaceAll('1', one ?? ''))).toEqual(spend)
      }
    }
  })

  test('PA-05 may have so many spaces and no more', () => {
    expect(check(first.padEnd(128))).toMatchObject({ ok: true })
    expect(check(first.padEnd(129))).toEqual({ ok: false, reason: 'malformed' })
  })

  test('RV-11 of another 16 characters spends a hash that was never stored', () => {
    const verdict = check('0000-0000-0000-0000')
    expect(verdict).toMatchObject({ ok: true })
    expect(set.codes?.hashes.map((code) => ({ ok: true, spend: { code } }))).not.toContainEqual(verdict)
  })

  test('XA-05 of one set spends nothing of another', () => {
    const [, other] = [set, enroll('another set')]
    expect(method.check(checking, enrolled(other.secret), null, first)).not.toEqual(check(first))
  })

  test.each(['', '123456', first.slice(0, -1), `${first}0`, first.replace(/.$/, 'u'), 'x'.repeat(1_000_000), "' OR 1"])(
    'PA-09 without the form of a code is malformed: %.24s',
    (answer) => {
      expect(check(answer)).toEqual({ ok: false, reason: 'malformed' })
    },
  )

  test('PA-14 never throws, whatever was typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 140 }), (answer) => {
        expect(['malformed', undefined]).toContain((check(answer) as { reason?: string }).reason)
      }),
      { seed: 80 },
    )
  })
})
