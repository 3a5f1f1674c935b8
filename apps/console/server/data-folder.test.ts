import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigError } from './config.ts'
import { keysIn, openDataFolder } from './data-folder.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'console-data-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('keys are made once, for their owner’s eyes only', () => {
  const keys = keysIn(folder)
  expect(Buffer.from(keys[0]!, 'base64url')).toHaveLength(32)
  expect(keysIn(folder)).toEqual(keys)
  expect(statSync(join(folder, 'keys')).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['keys'])
})

test('a folder that can’t be one is a line, not a stack', () => {
  writeFileSync(join(folder, 'file'), '')
  expect(() => openDataFolder(join(folder, 'file', 'data'))).toThrow(ConfigError)
})

test('a folder is made with the folders above it', () => {
  const deep = join(folder, 'a', 'b')
  openDataFolder(deep)
  openDataFolder(deep)
  expect(statSync(deep).mode & 0o777).toBe(0o700)
})

test.runIf(process.platform === 'linux')('a place where no folder can be made is given up at once', () => {
  expect(() => openDataFolder('/proc/nothing')).toThrow(ConfigError)
})
