import { expect, test } from 'vitest'
import { summaryOf } from './summary.mjs'

const file = (statuses: string[], more: object = {}) => ({
  name: 'a.test.ts',
  status: 'passed',
  assertionResults: statuses.map((status, index) => ({ status, fullName: `law ${index}` })),
  ...more,
})

test('a test that was skipped or is still to do counts as failed, by name', () => {
  const { passed, failures } = summaryOf({ testResults: [file(['passed', 'skipped', 'todo', 'pending', 'failed'])] })
  expect(passed).toBe(1)
  expect(failures).toEqual([
    'a.test.ts: law 1 (skipped)',
    'a.test.ts: law 2 (todo)',
    'a.test.ts: law 3 (skipped)',
    'a.test.ts: law 4',
  ])
})

test('a file that could not be run counts as failed', () => {
  const broken = file([], { status: 'failed', message: '\nSyntaxError: no\n  at x' })
  expect(summaryOf({ testResults: [broken] }).failures).toEqual(['a.test.ts: SyntaxError: no'])
})

test('choosing tests by name does not fail the others', () => {
  const report = { testResults: [file(['passed', 'skipped'])] }
  expect(summaryOf(report, { selected: true })).toEqual({ passed: 1, failures: [] })
})
