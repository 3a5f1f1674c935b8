import { actions, auditEvents } from 'sallyport'
import { describe, expect, test } from 'vitest'
import { endings } from '../../apps/console/server/sessions/session-ended.ts'
import { consoleActions } from '../../apps/console/server/teams/actions.ts'
import { actionWords } from '../../apps/console/web/activity/action-words.ts'
import { sentenceFor, sentences } from '../../apps/console/web/activity/sentences.ts'

const entry = {
  id: 'an entry',
  at: '2027-01-31T12:00:00.000Z',
  outcome: 'ok',
  accountId: 'ada',
  email: 'ada@example.com',
  action: null,
  method: null,
  ip: '203.0.113.7',
  browser: 'Firefox on Linux',
  traceId: null,
  detail: {},
} as const

describe('what the pages say of the audit log', () => {
  test('is a sentence for every event, and for no other', () => {
    expect(Object.keys(sentences)).toEqual([...auditEvents])
  })

  test('is never empty, nor the name of the event, however little the entry says', () => {
    for (const event of auditEvents) {
      const sentence = sentenceFor({ ...entry, event })
      expect([event, sentence]).toEqual([event, expect.stringMatching(/^[A-Z][^._]+$/)])
      expect(sentence).not.toMatch(/undefined|null|: $| $/)
    }
  })

  test('says of every session that has ended by what, each in words of its own', () => {
    const said = endings.map((by) => sentenceFor({ ...entry, event: 'session.ended', detail: { by } }))
    expect(said.filter((sentence) => sentence === 'Signed out')).toHaveLength(1)
    expect(new Set(said).size).toBe(endings.length)
  })

  test('is the name of an event that it does not know, even of one that every object has', () => {
    expect(sentenceFor({ ...entry, event: 'something.new' })).toBe('something.new')
    expect(sentenceFor({ ...entry, event: 'constructor' })).toBe('constructor')
    expect(sentenceFor({ ...entry, event: 'attempt.refused', detail: { reason: 'constructor' } })).toBe(
      'Code given too late',
    )
  })

  test('has words for every action, and names the one that was confirmed where the entry does', () => {
    for (const action of [...Object.keys(actions), ...Object.keys(consoleActions)]) {
      expect(actionWords(action)).not.toBe(action)
    }
    const revoked = { ...entry, event: 'action.allowed', action: 'api_key.revoke' }
    expect(sentenceFor(revoked)).toBe('Allowed to invalidate an API key')
    expect(sentenceFor({ ...revoked, detail: { purpose: 'invalidate API key prod-ci' } })).toBe(
      'Allowed to invalidate API key prod-ci',
    )
    const changed = { ...entry, event: 'action.allowed', detail: { purpose: 'change your password' } }
    expect(sentenceFor(changed)).toBe('Allowed to change the password')
  })
})
