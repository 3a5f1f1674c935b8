import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { ada, client, library } from '../../../../test/support/library.ts'
import type { Notice } from '../contract/notice.ts'
import { auditEntry, masked, notices } from './audit.ts'
import type { Parts } from './parts.ts'

test.each([
  ['change your e-mail address to grace.hopper@navy.example', 'change your e-mail address to g***@n***'],
  ['tell a@b and ö@ü.example', 'tell a***@b*** and ö***@ü***'],
  ['change your phone number to +14155552671', 'change your phone number to ***71'],
  ['change your phone number to +1 415 555 2671', 'change your phone number to ***71'],
  ['change your phone number to +1 (415) 555-2671', 'change your phone number to ***71'],
  ['change your phone number to +1 415 555-26 7 1', 'change your phone number to ***71'],
  ['call 4155552671 now', 'call ***71 now'],
  ['invalidate API key prod-ci 2026', 'invalidate API key prod-ci 2026'],
  ['two\nlines\u202e', 'two?lines?'],
])('what stands in the audit log of %j has no address, no number and no line of its own', (purpose, expected) => {
  expect(masked(purpose)).toBe(expected)
})

test('a purpose in the audit log is no longer than it has to be', () => {
  expect(masked('x'.repeat(10_000)).length).toBeLessThanOrEqual(256)
})

const parts = {
  methods: new Map([
    ['totp', { kind: 'totp' }],
    ['email', { kind: 'email', notify: () => null }],
  ]),
  clock: () => 7,
  random: randomBytes,
} as unknown as Parts

test('an entry has all that is known of what happened, and null for the rest', () => {
  const challenge = { id: 'c', accountId: 'ada', action: 'login' }
  const plain = { id: expect.any(String) as string, at: 7, ...client }
  expect(auditEntry(parts, { ip: '', userAgent: '' }, { event: 'mfa.enabled' })).toEqual({
    ...plain,
    ip: '',
    userAgent: '',
    traceId: null,
    event: 'mfa.enabled',
    outcome: 'ok',
    accountId: null,
    action: null,
    challengeId: null,
    enrollmentId: null,
    method: null,
    detail: {},
  })
  const known = {
    event: 'method.added',
    outcome: 'failed',
    enrollmentId: 'e',
    method: 'totp',
    detail: { a: 1 },
  } as const
  expect(auditEntry(parts, client, { ...known, challenge })).toEqual({
    ...plain,
    ...known,
    accountId: 'ada',
    action: 'login',
    challengeId: 'c',
  })
  const named = { accountId: 'eve', action: 'mfa.disable', challengeId: 'd' }
  expect(auditEntry(parts, client, { ...known, ...named })).toEqual({ ...plain, ...known, ...named })
})

test('the owner is told by each method that can tell, and the host where sessions are to end', async () => {
  const channels: string[] = []
  const running = await library({
    around: (store) => ({
      appendAudit(entries, told: readonly Notice[] = []) {
        channels.push(...told.map(({ channel }) => channel))
        return store.appendAudit(entries, told)
      },
    }),
  })
  await running.mfa.notices.tell({ account: ada, kind: 'password.changed' }, client)
  expect(channels).toEqual(['email', 'sms'])
  for (const kind of ['mfa.enabled', 'mfa.reset', 'password.reset'] as const) {
    const told = notices(parts, client, { accountId: ada.id, kind, at: 0, subject: '' })
    expect(told.map(({ channel }) => channel)).toEqual(['email', 'sessions'])
  }
})
