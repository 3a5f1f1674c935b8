import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './command.mjs'
import { filesUnder } from './staleness.mjs'

const LASTING =
  /\bvi\.(mock|doMock|stubGlobal|stubEnv)\(|process\.env\[[^\]]+\] (\?\?)?= |process\.chdir\(|memoryUsage\(/

test('a test file that would reach those after it has a process of its own', () => {
  const config = readFileSync(join(root, 'vitest.config.ts'), 'utf8')
  const lasting = ['apps', 'packages', 'test', 'tools']
    .flatMap((folder) => filesUnder(join(root, folder)))
    .filter((file) => file.endsWith('.test.ts') && LASTING.test(readFileSync(file, 'utf8')))
    .map((file) => relative(root, file).replaceAll(sep, '/'))
  expect(lasting).toContain('test/docs/example.test.ts')
  for (const file of lasting) expect(config).toContain(`'${file}'`)
})
