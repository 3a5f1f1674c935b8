import type { AuditEntry } from 'sallyport'
import { expect, test } from 'vitest'
import { entryBodies } from './entry.ts'

const entry: AuditEntry = {
  id: 'an entry',
  at: Date.UTC(2027, 0, 31, 12),
  event: 'password.refused',
  outcome: 'refused',
  accountId: 'ada',
  action: null,
  challengeId: null,
  enrollmentId: null,
  method: null,
  ip: '192.0.2.1',
  userAgent: '',
  traceId: null,
  detail: {},
}

test('N2 · names the browser of each entry, however many browsers have been before it', () => {
  const bodyOf = entryBodies()
  const browserOf = (userAgent: string): string => bodyOf({ ...entry, userAgent }, null).browser
  const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
  const named = () => [browserOf(firefox), browserOf('')]
  expect(named()).toEqual(['Firefox on Linux', 'Unknown browser'])
  for (let each = 0; each < 500; each += 1) browserOf(`something ${each}`)
  expect(named()).toEqual(['Firefox on Linux', 'Unknown browser'])
  expect(bodyOf(entry, 'ada@example.com')).toMatchObject({ at: '2027-01-31T12:00:00.000Z', email: 'ada@example.com' })
})
