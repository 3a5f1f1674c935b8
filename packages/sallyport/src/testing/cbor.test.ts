import { expect, test } from 'vitest'
import { cbor, type CborValue } from './cbor.ts'

test('What is written is what RFC 8949 gives as its examples (appendix A)', () => {
  const examples: [CborValue, string][] = [
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [100, '1864'],
    [1000, '1903e8'],
    [1_000_000, '1a000f4240'],
    [-1, '20'],
    [-10, '29'],
    [-100, '3863'],
    [-1000, '3903e7'],
    [false, 'f4'],
    [true, 'f5'],
    [Buffer.alloc(0), '40'],
    [Buffer.of(1, 2, 3, 4), '4401020304'],
    ['', '60'],
    ['IETF', '6449455446'],
    ['\u00fc', '62c3bc'],
    [[], '80'],
    [[1, [2, 3], [4, 5]], '8301820203820405'],
    [{}, 'a0'],
    [
      new Map([
        [1, 2],
        [3, 4],
      ]),
      'a201020304',
    ],
    [{ a: 1, b: [2, 3] }, 'a26161016162820203'],
  ]
  expect(examples.map(([value]) => cbor(value).toString('hex'))).toEqual(examples.map(([, hex]) => hex))
})

test('A length is written in the fewest bytes that hold it', () => {
  const heads = { 23: '57', 24: '5818', 255: '58ff', 256: '590100', 65535: '59ffff', 65536: '5a00010000' }
  for (const [length, head] of Object.entries(heads)) {
    const filled = Buffer.alloc(Number(length), 0xaa)
    expect(cbor(filled).equals(Buffer.concat([Buffer.from(head, 'hex'), filled])), length).toBe(true)
  }
})
