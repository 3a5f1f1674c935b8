import { describe, expect, test } from 'vitest'
import { ada, client, library, setUp } from '../../../../test/support/library.ts'

const old = { ...ada, confirmedEmail: 'old@example.com', confirmedPhone: '+14155552673' }

describe('telling the owner', () => {
  test('PR-04 · goes to the addresses that are given, whatever the account’s are by now', async () => {
    for (const found of [ada, null]) {
      const running = await library({
        accounts: { find: () => Promise.resolve(found), endSessions: () => Promise.resolve() },
      })
      await running.mfa.notices.tell({ account: old, kind: 'email.changed', subject: 'ada@example.com' }, client)
      await running.mfa.notices.deliver()
      expect(running.emails.messages.map(({ to }) => to)).toEqual(['old@example.com'])
      expect(running.texts.messages.map(({ to }) => to)).toEqual(['+14155552673'])
      expect(running.emails.lastTo('old@example.com').subject).toBe('Example: your e-mail address was changed')
      expect(running.emails.lastTo('old@example.com').text).toContain('From: 192.0.2.7\nWith: Visitor/1.0')
      expect(running.faults).toEqual([])
    }
  })

  test('SC-14 · reaches the owner of an account that is gone', async () => {
    const running = await library({
      accounts: { find: () => Promise.resolve(null), endSessions: () => Promise.resolve() },
    })
    await running.mfa.notices.tell({ account: ada, kind: 'account.deleted' }, client)
    await running.mfa.erase(ada.id, client)
    await running.mfa.notices.deliver()
    expect(running.emails.lastTo('ada@example.com').subject).toContain('your account was deleted')
  })

  test('tells nobody at an address that was not confirmed', async () => {
    const running = await library()
    const account = { ...ada, confirmedEmail: null, confirmedPhone: null }
    await running.mfa.notices.tell({ account, kind: 'password.changed' }, client)
    await running.mfa.notices.deliver()
    expect([running.emails.messages, running.texts.messages]).toEqual([[], []])
  })

  test('keeps the addresses sealed while they wait, for this account alone', async () => {
    const kept: string[] = []
    const running = await library({
      around: (store) => ({
        appendAudit: (entries, notices) => {
          kept.push(JSON.stringify(notices))
          return store.appendAudit(entries, notices)
        },
        leaseNotices: async (input) =>
          (await store.leaseNotices(input)).map((notice) => ({ ...notice, accountId: 'eve' })),
      }),
    })
    await running.mfa.notices.tell({ account: old, kind: 'password.changed' }, client)
    await running.mfa.notices.deliver()
    expect(kept.join()).not.toMatch(/old@|5552673/)
    expect([running.emails.messages, running.texts.messages]).toEqual([[], []])
    expect(running.faults).toContainEqual(expect.objectContaining({ code: 'secret_unreadable' }))
  })

  test('outlives a provider that is down', async () => {
    let down = true
    const taken: string[] = []
    const running = await library({
      sender: {
        name: 'mail',
        send: ({ to }) => (down ? Promise.reject(new Error('down')) : Promise.resolve(void taken.push(to))),
      },
    })
    await running.mfa.notices.tell({ account: old, kind: 'password.changed' }, client)
    await running.mfa.notices.deliver()
    down = false
    running.clock.advance(3_600_000)
    await running.mfa.notices.deliver()
    await running.mfa.notices.deliver()
    expect(taken).toEqual(['old@example.com'])
  })

  test('is in the audit log, without an address', async () => {
    const running = await library()
    await running.mfa.notices.tell({ account: old, kind: 'email.changing', subject: 'new@example.com' }, client)
    const [entry] = running.audit('owner.told')
    expect(entry).toMatchObject({ account_id: 'ada', detail: '{"kind":"email.changing"}' })
    expect(JSON.stringify(running.audit())).not.toMatch(/old@|new@|example\.com/)
  })

  test('of what the library saw itself asks the host for the address', async () => {
    const moved = { ...ada, confirmedEmail: 'moved@example.com' }
    const running = await library({
      accounts: { find: () => Promise.resolve(moved), endSessions: () => Promise.resolve() },
    })
    await setUp(running, 'totp')
    await running.mfa.notices.deliver()
    expect(running.emails.messages.map(({ to }) => to)).toEqual(['moved@example.com'])
  })
})
