import { expect, test } from 'vitest'
import { matches, whyInstallFailed } from './install.mjs'

const lockfile = {
  packages: {
    '': { name: 'workspace' },
    'node_modules/hono': { version: '4.0.0', integrity: 'sha512-a' },
    'node_modules/@libsql/darwin-arm64': { version: '0.5.29', integrity: 'sha512-b', optional: true },
    'node_modules/sallyport': { resolved: 'packages/sallyport', link: true },
  },
}
const hono = (entry: object) => ({ packages: { 'node_modules/hono': entry, 'node_modules/sallyport': { link: true } } })

test('what the lockfile asks for is installed, whatever is only for other systems', () => {
  expect(matches(lockfile, hono({ version: '4.0.0', integrity: 'sha512-a' }))).toBe(true)
})

test.each([
  ['missing', { packages: { 'node_modules/sallyport': { link: true } } }],
  ['of another version', hono({ version: '4.0.1', integrity: 'sha512-a' })],
  ['of other content', hono({ version: '4.0.0', integrity: 'sha512-x' })],
  ['not recorded', {}],
])('a package that is %s makes it install again', (_case, installed) => {
  expect(matches(lockfile, installed)).toBe(false)
})

test.each([
  ['npm error code ENOTFOUND', 'the npm registry cannot be reached'],
  ['npm error code EACCES\nnpm error path /x/node_modules', 'is not writable'],
  ['npm error code EUSAGE', '`npm ci` says why'],
])('%s is told in one line', (output, line) => {
  expect(whyInstallFailed(output)).toContain(line)
})
