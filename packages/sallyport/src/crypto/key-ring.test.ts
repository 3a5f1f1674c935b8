import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { KeyRing } from './key-ring.ts'

const newKey = (): string => randomBytes(32).toString('base64url')

describe('a key ring', () => {
  test('opens what it sealed, and only for the row it was sealed for', () => {
    const ring = new KeyRing([newKey()])
    const sealed = ring.seal('secret', 'row 1', randomBytes)
    expect(ring.open(sealed, 'row 1')).toBe('secret')
    expect(() => ring.open(sealed, 'row 2')).toThrow(expect.objectContaining({ code: 'secret_unreadable' }))
  })

  test('never seals the same text to the same bytes', () => {
    const ring = new KeyRing([newKey()])
    expect(ring.seal('secret', 'row', randomBytes)).not.toBe(ring.seal('secret', 'row', randomBytes))
  })

  test('refuses a sealed value with any one character changed', () => {
    const ring = new KeyRing([newKey()])
    const sealed = ring.seal('secret', 'row', randomBytes)
    for (let at = 0; at < sealed.length - 1; at += 1) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
      expect(() => ring.open(changed, 'row')).toThrow(expect.objectContaining({ code: 'secret_unreadable' }))
    }
  })

  test('refuses a tag that was cut short', () => {
    const ring = new KeyRing([newKey()])
    const [id, iv, body] = ring.seal('', 'row', randomBytes).split('.')
    for (let length = 0; length < 22; length += 1) {
      expect(() => ring.open(`${id}.${iv}.${body?.slice(0, length)}`, 'row')).toThrow(
        expect.objectContaining({ code: 'secret_unreadable' }),
      )
    }
  })

  test('opens and compares under old keys after a new one is put in front', () => {
    const old = newKey()
    const before = new KeyRing([old])
    const after = new KeyRing([newKey(), old])
    expect(after.open(before.seal('secret', 'row', randomBytes), 'row')).toBe('secret')
    expect(after.matches(before.hash('code', '123456'), 'code', '123456')).toBe(true)
  })

  test('opens nothing once the key is dropped', () => {
    const sealed = new KeyRing([newKey()]).seal('secret', 'row', randomBytes)
    expect(() => new KeyRing([newKey()]).open(sealed, 'row')).toThrow(
      expect.objectContaining({ code: 'secret_unreadable' }),
    )
  })

  test('keeps hashes of one context apart from those of another', () => {
    const ring = new KeyRing([newKey()])
    expect(ring.hash('a', 'bc')).not.toBe(ring.hash('ab', 'c'))
    expect(ring.matches(ring.hash('a', '1'), 'b', '1')).toBe(false)
  })

  test('does not start without a key, with a short one, or with one listed twice', () => {
    const key = newKey()
    const typed = 'change-me-change-me-change-me-change-me-change-me'
    const unusable = [
      [],
      ['c2hvcnQ'],
      [randomBytes(31).toString('base64url')],
      [key, key],
      ['a'.repeat(43)],
      [`!${typed}`],
    ]
    for (const keys of [...unusable, [`${key}=`]]) {
      expect(() => new KeyRing(keys)).toThrow(expect.objectContaining({ code: 'option_invalid' }))
    }
  })
})
