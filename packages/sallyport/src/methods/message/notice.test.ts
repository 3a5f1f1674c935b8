import { describe, expect, test } from 'vitest'
import { noon } from '../../../../../test/support/methods.ts'
import { noticeKinds, type Notice, type NoticeKind } from '../../contract/notice.ts'
import { noticeText } from './notice.ts'

const told = (kind: NoticeKind, different: Partial<Notice> = {}) =>
  noticeText({
    id: 'n',
    accountId: 'ada',
    kind,
    channel: 'email',
    at: noon,
    ip: '192.0.2.7',
    userAgent: 'Visitor/1.0',
    subject: '',
    addressee: null,
    ...different,
  })

const name = 'Mailbox 7'
const naming: readonly NoticeKind[] = [
  'method.added',
  'method.removed',
  'method.disabled',
  'method.copied',
  'recovery_code.used',
  'device.trusted',
  'device.reused',
  'account.locked',
  'email.changing',
  'email.changed',
  'phone.changing',
  'phone.changed',
  'sign_in.managed',
  'sign_in.unmanaged',
  'identity.linked',
  'identity.unlinked',
]

/** What stands in the place of a name that is not known. */
function unnamed(kind: NoticeKind): string {
  if (kind.startsWith('sign_in.')) return ' your organisation'
  return kind.startsWith('identity.') ? ' an identity provider' : ''
}

describe('a notice', () => {
  test.each(noticeKinds)('AU-07 about %s says in whole sentences what happened and what to do', (kind) => {
    const { subject, happened, whatToDo, more } = told(kind)
    expect(subject).toMatch(/^[a-z].{14,}[a-z]$/)
    for (const sentences of [happened, `${whatToDo}.`, more]) expect(sentences).toMatch(/^[A-Z].{20,}[a-z]\.$/)
  })

  test.each(noticeKinds)('about %s names what it is about, where that has a name', (kind) => {
    expect(told(kind, { subject: name }).happened.includes(name)).toBe(naming.includes(kind))
  })

  test.each(naming)('about %s is whole without the name', (kind) => {
    const without = / Recovery codes left: Mailbox 7\.| (?:to |for )?["(]?Mailbox 7[")]?/
    expect(told(kind).happened).toBe(told(kind, { subject: name }).happened.replace(without, unnamed(kind)))
  })

  test('says when and from where, also where that is not known', () => {
    expect(told('mfa.enabled')).toMatchObject({
      when: '2025-11-21 12:00 UTC',
      ip: '192.0.2.7',
      userAgent: 'Visitor/1.0',
    })
    expect(told('mfa.enabled', { ip: '', userAgent: '' })).toMatchObject({
      ip: 'an unknown address',
      userAgent: 'an unknown browser',
    })
  })
})
