import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { Secret, TOTP, URI } from 'otpauth'
import { describe, expect, test } from 'vitest'
import { checking, account, enrolled, noon, settings } from '../../../../test/support/methods.ts'
import { seededRandom } from '../../../../test/support/random.ts'
import { base32Decode, base32Encode } from '../crypto/base32.ts'
import { hotp, totp } from './totp.ts'

const method = totp()(settings)
const strict = totp()({ ...settings, totpPastSteps: 0 })
const hash = (value: string): string => value
const key = Buffer.from('12345678901234567890')
const secret = base32Encode(key)
const step = Math.floor(noon / 30_000)

const check = (answer: string, { now = noon, lastCounter = -1, by = method } = {}) =>
  by.check({ ...checking, now, hash }, enrolled(secret, lastCounter), null, answer)
const at = (counter: number): string => hotp(key, counter, 6)

describe('HOTP', () => {
  test('gives the values of RFC 4226 appendix D', () => {
    const expected = [
      '755224',
      '287082',
      '359152',
      '969429',
      '338314',
      '254676',
      '287922',
      '162583',
      '399871',
      '520489',
    ]
    expect(expected.map((_, counter) => hotp(key, counter, 6))).toEqual(expected)
  })

  test.each([
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ])('gives the SHA-1 value of RFC 6238 appendix B at %d s', (seconds, expected) => {
    expect(hotp(key, Math.floor(seconds / 30), 8)).toBe(expected)
  })
})

describe('an accepted TOTP', () => {
  test('agrees with otpauth over 10,000 random secrets and times', () => {
    const random = seededRandom('otpauth')
    for (let round = 0; round < 10_000; round += 1) {
      const bytes = Buffer.from(random(20))
      const now = Buffer.from(random(6)).readUIntBE(0, 6) % 253_402_300_800_000
      const code = new TOTP({ secret: new Secret({ buffer: new Uint8Array(bytes).buffer }) }).generate({
        timestamp: now,
      })
      const verdict = method.check({ ...checking, now, hash }, enrolled(base32Encode(bytes)), null, code)
      expect(verdict).toEqual({ ok: true, spend: { counter: Math.floor(now / 30_000) } })
    }
  })

  test('agrees with oathtool', () => {
    const random = seededRandom('oathtool')
    for (const seconds of [59, 1_111_111_109, 1_234_567_890, 2_000_000_000]) {
      const other = base32Encode(random(20))
      const code = oathtool(['--totp=sha1', '--base32', `--now=@${seconds}`, other])
      expect(method.check({ ...checking, now: seconds * 1000, hash }, enrolled(other), null, code)).toMatchObject({
        ok: true,
      })
    }
  })

  test('names the step it matched, which is what the engine spends', () => {
    expect(check(at(step))).toEqual({ ok: true, spend: { counter: step } })
    expect(check(at(step - 1))).toEqual({ ok: true, spend: { counter: step - 1 } })
  })

  test('RP-09 is of the current or the previous step, to the millisecond', () => {
    expect(check(at(step), { now: step * 30_000 })).toMatchObject({ ok: true })
    expect(check(at(step), { now: (step + 2) * 30_000 - 1 })).toMatchObject({ ok: true })
    expect(check(at(step), { now: (step + 2) * 30_000 })).toEqual({ ok: false, reason: 'wrong' })
    expect(check(at(step), { now: step * 30_000 - 1 })).toEqual({ ok: false, reason: 'wrong' })
  })

  test('RP-09 is of the current step only in the strict profile', () => {
    expect(check(at(step), { by: strict })).toMatchObject({ ok: true })
    expect(check(at(step - 1), { by: strict })).toEqual({ ok: false, reason: 'wrong' })
  })

  test('RP-02 is never of a step at or below the last accepted one', () => {
    expect(check(at(step), { lastCounter: step })).toEqual({ ok: false, reason: 'wrong' })
    expect(check(at(step - 1), { lastCounter: step - 1 })).toEqual({ ok: false, reason: 'wrong' })
    expect(check(at(step - 1), { lastCounter: step })).toEqual({ ok: false, reason: 'wrong' })
    expect(check(at(step), { lastCounter: step - 1 })).toMatchObject({ ok: true })
  })

  test('may be typed with spaces and in full width', () => {
    const code = at(step)
    expect(check(` ${code.slice(0, 3)} ${code.slice(3)}\n`)).toMatchObject({ ok: true })
    expect(check(code.padEnd(64))).toMatchObject({ ok: true })
    expect(check(code.padEnd(65))).toEqual({ ok: false, reason: 'malformed' })
    expect(check(code.replace(/./g, (digit) => String.fromCodePoint(0xff10 + Number(digit))))).toMatchObject({
      ok: true,
    })
  })
})

describe('an answer without the form of a code', () => {
  test.each([
    '',
    '12345',
    '1234567',
    '+12345',
    '123456.0',
    '1e5000',
    '0x1234',
    '12-3456',
    '١٢٣٤٥٦',
    'abcdef',
    "' OR 1=1",
    '1'.repeat(1_000_000),
  ])('PA-01 is malformed: %.20s', (answer) => {
    expect(check(answer)).toEqual({ ok: false, reason: 'malformed' })
  })

  test('PA-14 never throws, whatever was typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (answer) => {
        expect(check(answer)).toMatchObject({ ok: false })
      }),
      { seed: 6238 },
    )
  })
})

describe('setting up', () => {
  const enroll = (label: string, name = settings.app.name) =>
    totp()({ ...settings, app: { ...settings.app, name } }).enroll({
      account: { ...account, label },
      now: noon,
      random: seededRandom(label),
      others: [],
    })

  test('EN-05 gives 160 bits and a key URI that an independent reader understands', () => {
    const enrolling = enroll('mia@example.com')
    expect(enrolling?.setup.secret).toBe(enrolling?.secret)
    expect(base32Decode(enrolling?.secret ?? '')).toHaveLength(20)
    const read = URI.parse(enrolling?.setup.uri ?? '')
    expect(read).toMatchObject({
      issuer: 'Sallyport Console',
      label: 'mia@example.com',
      algorithm: 'SHA1',
      digits: 6,
      period: 30,
    })
    expect(read.secret.base32).toBe(enrolling?.secret)
  })

  test('percent-encodes the issuer and the label', () => {
    expect(enroll('a b&c=d/é@example.com', 'R&D?')?.setup.uri).toMatch(
      /^otpauth:\/\/totp\/R%26D%3F:a%20b%26c%3Dd%2F%C3%A9%40example\.com\?secret=[A-Z2-7]{32}&issuer=R%26D%3F&algorithm=SHA1&digits=6&period=30$/,
    )
  })

  test('cuts a long name, and writes no colon and no half of a character', () => {
    const labels = enroll(`a:${'x'.repeat(100)}`, 'R:D \ud800')
      ?.setup.uri.slice('otpauth://totp/'.length)
      .split('?')[0]
    expect(labels).toBe(`R%20D%20%EF%BF%BD:a%20${'x'.repeat(62)}`)
    expect(enroll('mia')?.hint).toBe('')
  })

  test('DS-06 keeps the URI short enough for a QR code, and valid, for any name', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.string({ unit: 'binary', maxLength: 400 }),
        (label, name) => {
          const uri = enroll(label, name)?.setup.uri ?? ''
          expect(uri.length).toBeLessThan(2_900)
          expect(uri.slice('otpauth://totp/'.length).split('?')[0]?.match(/:/g)).toHaveLength(1)
          expect(() => decodeURIComponent(uri)).not.toThrow()
        },
      ),
      { seed: 4226 },
    )
  })

  test('gives every enrollment a secret of its own', () => {
    const random = seededRandom('unique')
    const secrets = Array.from(
      { length: 1_000 },
      () => method.enroll({ account, now: noon, random, others: [] })?.secret,
    )
    expect(new Set(secrets).size).toBe(1_000)
  })
})

function oathtool(args: readonly string[]): string {
  try {
    return execFileSync('oathtool', args, { encoding: 'utf8' }).trim()
  } catch (error) {
    throw new Error('oathtool is needed for this test: apt-get install oathtool, or brew install oath-toolkit', {
      cause: error,
    })
  }
}
