import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fingerprint, isFresh, removeStamp, writeStamp } from './staleness.mjs'

let root: string
const at = (path: string) => join(root, path)
const print = () => fingerprint(root, ['src', 'package.json'])

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'staleness-'))
  mkdirSync(at('src/inner'), { recursive: true })
  writeFileSync(at('src/inner/a.ts'), 'a')
  writeFileSync(at('package.json'), '{}')
})

afterEach(() => rmSync(root, { recursive: true }))

test('a changed, added, renamed or removed source changes the fingerprint', () => {
  const seen = new Set([print()])
  writeFileSync(at('src/inner/a.ts'), 'b')
  seen.add(print())
  writeFileSync(at('src/b.ts'), 'b')
  seen.add(print())
  rmSync(at('src/inner/a.ts'))
  seen.add(print())
  writeFileSync(at('src/inner/c.ts'), 'b')
  seen.add(print())
  expect(seen.size).toBe(5)
})

test('touching a file, a test, and what was built or installed change nothing', () => {
  const before = print()
  utimesSync(at('package.json'), 1, 1)
  writeFileSync(at('src/a.test.ts'), 'test')
  for (const folder of ['src/dist', 'src/node_modules']) {
    mkdirSync(at(folder))
    writeFileSync(at(`${folder}/x.js`), 'x')
  }
  expect(print()).toBe(before)
})

test('a product is fresh only with the stamp of these very sources', () => {
  const stamp = at('.cache/build/library')
  const product = at('package.json')
  expect(isFresh(stamp, product, print())).toBe(false)
  writeStamp(stamp, print())
  expect(isFresh(stamp, product, print())).toBe(true)
  expect(isFresh(stamp, at('gone'), print())).toBe(false)
  writeFileSync(at('src/inner/a.ts'), 'changed')
  expect(isFresh(stamp, product, print())).toBe(false)
  removeStamp(stamp)
  expect(isFresh(stamp, product, print())).toBe(false)
})

test('a folder that cannot be written is named in one line', () => {
  writeFileSync(at('.cache'), 'a file where the folder should be')
  expect(() => writeStamp(at('.cache/build/library'), 'x')).toThrow(`Cannot write in ${at('.cache/build')}`)
})
