import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { problemsIn } from './imports/check.mjs'

const LIBRARY = 'packages/sallyport/src'
const roots: string[] = []

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true })
})

function problems(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'imports-'))
  roots.push(root)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return problemsIn(root)
}

const GOOD = {
  'packages/sallyport/package.json': JSON.stringify({
    exports: { './store/sqlite': { source: './src/store/sqlite.ts' } },
  }),
  [`${LIBRARY}/index.ts`]: "export * from './engine/sign-in.ts'\nexport type { Clock } from './contract/clock.ts'\n",
  [`${LIBRARY}/contract/clock.ts`]: 'export type Clock = () => number\n',
  [`${LIBRARY}/crypto/code.ts`]:
    "import { createHmac } from 'node:crypto'\nimport type { Clock } from '../contract/clock.ts'\n",
  [`${LIBRARY}/methods/sms.ts`]:
    "import parse from 'libphonenumber-js/max'\nimport { send } from './one-time-code.ts'\nimport { body } from './message/body.ts'\n",
  [`${LIBRARY}/methods/message/body.ts`]: "import { quote } from './quote.ts'\n",
  [`${LIBRARY}/methods/one-time-code.ts`]: "import { code } from '../crypto/code.ts'\n",
  [`${LIBRARY}/engine/sign-in.ts`]: "// a Request with a cookie\nimport {\n  code,\n} from '../crypto/code.ts'\n",
  [`${LIBRARY}/store/sqlite.ts`]: "import Database from 'libsql'\nconst text = 'Date.now() in words'\n",
  [`${LIBRARY}/http.ts`]: "import { Hono } from 'hono'\nimport { OpenAPIHono } from '@hono/zod-openapi'\n",
  'apps/console/server/main.ts':
    "import { createSallyport } from 'sallyport'\nimport { sqliteStore } from 'sallyport/store/sqlite'\nimport pino from 'pino'\n",
}

test('files that keep to the design pass', () => {
  expect(problems(GOOD)).toEqual([])
})

test.each([
  ['contract imports nothing', 'contract/a.ts', "import { createHmac } from 'node:crypto'", 'contract imports nothing'],
  ['crypto imports no method', 'crypto/a.ts', "import '../methods/totp.ts'", 'crypto may import contract, not methods'],
  ['a method imports no other method', 'methods/a.ts', "import { b } from './totp.ts'", 'never imports another method'],
  [
    'what methods share imports no method',
    'methods/message/a.ts',
    "import '../totp.ts'",
    'never imports another method',
  ],
  ['the engine imports no store', 'engine/a.ts', "const s = await import('../store/sqlite.ts')", 'not store'],
  [
    'the engine imports no method, even for a type',
    'engine/a.ts',
    "import type { T } from '../methods/totp.ts'",
    'not methods',
  ],
  [
    'senders know only the contract',
    'senders/a.ts',
    "export { x } from '../engine/x.ts'",
    'senders may import contract',
  ],
  ['shipped code never uses testing', 'index.ts', "import { clock } from './testing/clock.ts'", 'not testing'],
  [
    'only a store opens a database',
    'engine/a.ts',
    "import { DatabaseSync } from 'node:sqlite'",
    'Only store/ may use it',
  ],
  ['only http knows hono', 'engine/a.ts', "import { Hono } from 'hono'", 'Only http may use it'],
  ['only sms knows phone numbers', 'methods/email.ts', "import p from 'libphonenumber-js/max'", 'Only methods/sms'],
  ['only smtp knows nodemailer', 'senders/twilio.ts', "import n from 'nodemailer'", 'Only senders/smtp'],
  [
    'no room takes a package of its own accord',
    'http/a.ts',
    "import x from 'left-pad'",
    'No room may use this package',
  ],
  [
    'the library knows nothing of the console',
    'http/a.ts',
    "import x from '../../../../apps/console/x.ts'",
    'outside its own',
  ],
  ['there are no other rooms', 'utils/a.ts', "import x from '../crypto/code.ts'", 'no room of the design'],
  ['the engine reads no clock', 'engine/a.ts', 'const now = Date.now()', "'Date.now' may not stand in engine"],
  ['a store reads no clock', 'store/a.ts', 'const now = new Date()', "'new Date()' may not stand in store"],
  ['a method makes no random number', 'methods/a.ts', 'const n = Math.random()', "'Math.random' may not stand"],
  ['a policy reads no environment', 'policy/a.ts', 'const e = process.env.X', "'process.env' may not stand in policy"],
  ['the engine sees no request', 'engine/a.ts', 'function f(request: Request) {}', "'Request' may not stand in engine"],
  ['the engine sees no cookie', 'engine/a.ts', 'const x = sessionCookie', "'Cookie' may not stand in engine"],
])('%s', (_law, file, line, message) => {
  const found = problems({ [`${LIBRARY}/${file}`]: `// first line\n${line}\n` })
  expect(found).toHaveLength(1)
  expect(found[0]).toContain(`${LIBRARY}/${file}:2: `)
  expect(found[0]).toContain(message)
})

test.each([
  ['by path', "import x from '../../../packages/sallyport/src/index.ts'", 'never by path'],
  ['from a private room', "import x from 'sallyport/engine/sign-in'", "engine is the library's own"],
  ['from a subpath that does not exist', "import x from 'sallyport/nowhere'", 'no such subpath'],
])('the console may not import the library %s', (_law, line, message) => {
  const found = problems({ ...GOOD, 'apps/console/server/main.ts': line })
  expect(found).toHaveLength(1)
  expect(found[0]).toContain('apps/console/server/main.ts:1: ')
  expect(found[0]).toContain(message)
})

test('a circle is named with its whole way round, in tests too', () => {
  const found = problems({
    'apps/console/web/a.ts': "import './b.tsx'",
    'apps/console/web/b.tsx': "import { c } from './c.test.ts'",
    'apps/console/web/c.test.ts': "import type { A } from './a.ts'",
  })
  expect(found).toHaveLength(1)
  expect(found[0]).toContain(
    'apps/console/web/a.ts -> apps/console/web/b.tsx -> apps/console/web/c.test.ts -> apps/console/web/a.ts',
  )
})

test('a test may look into any room', () => {
  expect(
    problems({ [`${LIBRARY}/engine/a.test.ts`]: "import Database from 'libsql'\nconst now = Date.now()" }),
  ).toEqual([])
})
