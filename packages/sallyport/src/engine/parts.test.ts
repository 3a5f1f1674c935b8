import { expect, test } from 'vitest'
import { methodOf, type Parts, rulesOf, strengthIn } from './parts.ts'

const totp = { kind: 'totp', strength: 7 }
const having = (accounts: object = {}) => ({ methods: new Map([['totp', totp]]), accounts }) as unknown as Parts

test('a method that is not configured is an error that names it', () => {
  expect(methodOf(having(), 'totp')).toBe(totp)
  const missing = { code: 'method_not_found', message: 'no method of the kind pigeon is configured' }
  expect(() => methodOf(having(), 'pigeon')).toThrow(expect.objectContaining(missing))
})

test('a method is as strong as it says, a shipped one that is not configured as it always is, and no other has a strength', () => {
  const strengthOf = strengthIn(having())
  expect(['totp', 'sms', 'recovery_code', 'pigeon', 'toString'].map(strengthOf)).toEqual([
    7,
    2,
    0,
    undefined,
    undefined,
  ])
})

test('a host that has no rules has none, and a mandate has to say from when', async () => {
  const none = { managed: false, privileged: false, mandates: [] }
  expect(await rulesOf(having(), 'ada')).toEqual(none)
  const rules = (...from: readonly number[]) => ({
    rules: (accountId: string) =>
      Promise.resolve({
        ...none,
        privileged: accountId === 'ada',
        mandates: from.map((each) => ({ because: '', from: each })),
      }),
  })
  expect(await rulesOf(having(rules(0, 1)), 'ada')).toMatchObject({
    privileged: true,
    mandates: [{ from: 0 }, { from: 1 }],
  })
  const wrong = { code: 'option_invalid', message: 'accounts.rules: `from` of each mandate must be a number' }
  for (const from of [[Number.NaN], [Number.POSITIVE_INFINITY], [0, Number.NaN]]) {
    await expect(rulesOf(having(rules(...from)), 'ada')).rejects.toMatchObject(wrong)
  }
})
