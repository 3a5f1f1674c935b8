import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ada, client, library, type Library, setUp } from '../../../../test/support/library.ts'
import type { Notice } from '../contract/notice.ts'
import type { Store } from '../contract/store.ts'
import { KeyRing } from '../crypto/key-ring.ts'
import { noteReplacement } from './notices.ts'
import type { Parts } from './parts.ts'

const old = { ...ada, confirmedEmail: 'old@example.com', confirmedPhone: '+14155552673' }

/** Puts one notice into the outbox, without anyone setting out to deliver it. */
async function leave(running: Library, channel: string, different: Partial<Notice> = {}): Promise<void> {
  const about = {
    accountId: ada.id,
    kind: 'password.changed',
    at: running.clock(),
    subject: '',
    addressee: null,
  } as const
  const notice = { ...about, ip: '', userAgent: '', id: randomBytes(9).toString('hex'), channel, ...different }
  await running.store.appendAudit([], [notice])
}

/** The channels of what is in the outbox, all of which is due from now on. */
async function left({ store, clock }: Library): Promise<readonly string[]> {
  const every = { now: Number.MAX_SAFE_INTEGER, leasedUntil: clock(), limit: 99 }
  return (await store.leaseNotices(every)).map(({ channel }) => channel).toSorted()
}

/** A store, and what it was told of each notice: to be tried again after so many seconds, or (null) to go. */
function settling() {
  const pauses: (number | null)[] = []
  const around = (store: Store, clock: () => number): Partial<Store> => ({
    settleNotice: (input) => {
      pauses.push(input.retryAt === null ? null : (input.retryAt - clock()) / 1000)
      return store.settleNotice(input)
    },
  })
  return { pauses, around }
}

const noMail = { name: 'down', send: () => Promise.reject(new Error('down')) }

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

  test('says nothing more where no subject is given', async () => {
    const running = await library()
    await running.mfa.notices.tell({ account: ada, kind: 'phone.changed' }, client)
    await running.mfa.notices.deliver()
    expect(running.emails.lastTo('ada@example.com').text).toContain('The phone number of your account was changed.')
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

describe('delivering', () => {
  test('resolves with how many had somebody told, or nobody to tell, and not with those that are tried again', async () => {
    const running = await library({ sender: noMail })
    for (const channel of ['email', 'sms', 'sessions', 'totp']) await leave(running, channel)
    expect(await running.mfa.notices.deliver()).toBe(3)
    expect(await left(running)).toEqual(['email'])
    expect(await running.mfa.notices.deliver()).toBe(0)
  })

  test('ends sessions before it tells anyone: a mail server that hangs must not keep them alive', async () => {
    const order: string[] = []
    const running = await library({
      sender: { name: 'mail', send: () => Promise.resolve(void order.push('mail')) },
      accounts: {
        find: () => Promise.resolve(ada),
        endSessions: () => Promise.resolve(void order.push('sessions')),
      },
    })
    for (const [place, channel] of ['email', 'sessions', 'email', 'sessions'].entries()) {
      await leave(running, channel, { id: `in this place: ${place}` })
    }
    expect(await running.mfa.notices.deliver()).toBe(4)
    expect(order).toEqual(['sessions', 'sessions', 'mail', 'mail'])
  })

  test('takes twenty at a time, for as long as twenty can take, until there are no more', async () => {
    const leases: (readonly number[])[] = []
    const running = await library({
      limits: { deliverySeconds: 10 },
      around: (store) => ({
        async leaseNotices(input) {
          const leased = await store.leaseNotices(input)
          leases.push([input.limit, (input.leasedUntil - input.now) / 1000, leased.length])
          return leased
        },
      }),
    })
    for (let number = 1; number <= 45; number += 1) await leave(running, 'sms')
    expect(await running.mfa.notices.deliver()).toBe(45)
    for (let number = 1; number <= 20; number += 1) await leave(running, 'sms')
    expect(await running.mfa.notices.deliver()).toBe(20)
    expect(leases.map(([limit, seconds]) => [limit, seconds])).toEqual(leases.map(() => [20, 200]))
    expect(leases.map(([, , count]) => count)).toEqual([20, 20, 5, 20, 0])
  })

  test('has nobody to tell where the account is gone, or nothing carries it any more', async () => {
    const running = await library({
      accounts: { find: () => Promise.resolve(null), endSessions: () => Promise.resolve() },
    })
    for (const channel of ['email', 'pigeon']) await leave(running, channel)
    await leave(running, 'pigeon', { id: 'of nobody' })
    expect(await running.mfa.notices.deliver()).toBe(3)
    expect(running.faults).toEqual([])
    const moved = await library()
    await leave(moved, 'pigeon')
    expect([await moved.mfa.notices.deliver(), moved.faults]).toEqual([1, []])
  })

  test('goes on the next time, though the store failed the last', async () => {
    let fails = true
    const running = await library({
      around: (store) => ({
        leaseNotices: (input) => (fails ? Promise.reject(new Error('down')) : store.leaseNotices(input)),
      }),
    })
    await leave(running, 'sms')
    await expect(running.mfa.notices.deliver()).rejects.toThrow('down')
    fails = false
    expect(await running.mfa.notices.deliver()).toBe(1)
  })

  test('waits twice as long after each try, from half a minute to an hour, and gives up after twelve', async () => {
    const { pauses, around } = settling()
    const running = await library({ sender: noMail, around })
    await leave(running, 'email')
    for (let tries = 0; tries < 13; tries += 1) {
      expect(await running.mfa.notices.deliver()).toBe(0)
      running.clock.advance(3_600_000)
    }
    expect(pauses).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600, null])
    expect(await left(running)).toEqual([])
    expect(running.faults.at(-1)).toMatchObject({
      code: 'delivery_failed',
      message: 'notice password.changed was given up after 12 tries',
    })
  })

  test('never gives up on what the host is to do, which nobody else will', async () => {
    let fails = true
    const ended: string[] = []
    const running = await library({
      accounts: {
        find: () => (fails ? Promise.reject(new Error('down')) : Promise.resolve(ada)),
        endSessions: (id) => (fails ? Promise.reject(new Error('down')) : Promise.resolve(void ended.push(id))),
      },
    })
    await leave(running, 'sessions')
    await leave(running, 'contact', { kind: 'email.changed' })
    for (let tries = 0; tries < 20; tries += 1) {
      await running.mfa.notices.deliver()
      running.clock.advance(3_600_000)
    }
    expect(await left(running)).toEqual(['contact', 'sessions'])
    fails = false
    expect(await running.mfa.notices.deliver()).toBe(2)
    expect(ended).toEqual(['ada'])
  })
})

describe('a contact that was noted before the host stored it', () => {
  const keys = [randomBytes(32).toString('base64url')]
  const ring = new KeyRing(keys)
  const wanted = { email: 'new@example.com', phone: '+14155552672' }
  const noted = (kind: 'email.changed' | 'phone.changed'): Partial<Notice> => {
    const account =
      kind === 'email.changed'
        ? { id: 'ada', label: wanted.email, confirmedEmail: wanted.email, confirmedPhone: null }
        : { id: 'ada', label: wanted.phone, confirmedEmail: null, confirmedPhone: wanted.phone }
    return { kind, addressee: ring.seal(JSON.stringify(account), JSON.stringify(['addressee', 'ada']), randomBytes) }
  }
  const hosting = async (find: () => typeof ada | null) =>
    await library({ keys, accounts: { find: async () => find(), endSessions: () => Promise.resolve() } })

  test.each([
    ['email', wanted.email, 'email.changed'],
    ['sms', wanted.phone, 'phone.changed'],
  ] as const)(
    'is noted, sealed, for the host alone, also where no method can tell anyone: %s',
    async (kind, to, event) => {
      const written: Notice[] = []
      const store = {
        appendAudit: async (entries: readonly unknown[], told: readonly Notice[]) =>
          void (entries.length === 0 && written.push(...told)),
      }
      const parts = { store, keys: ring, methods: new Map(), clock: () => 7, random: randomBytes } as unknown as Parts
      const id = await noteReplacement(parts, { accountId: ada.id, kind, destination: to }, client)
      const { ip, userAgent } = client
      expect(written).toEqual([
        {
          id,
          accountId: 'ada',
          kind: event,
          channel: 'contact',
          at: 7,
          notBefore: 30_007,
          ip,
          userAgent,
          subject: '',
          addressee: expect.any(String),
        },
      ])
      expect(JSON.stringify(written)).not.toContain(to)
    },
  )

  test.each(['email.changed', 'phone.changed'] as const)(
    'is waited for, for ten minutes and no longer: %s',
    async (kind) => {
      const running = await hosting(() => ada)
      await leave(running, 'contact', noted(kind))
      running.clock.advance(599_999)
      expect(await running.mfa.notices.deliver()).toBe(0)
      const tooEarly = { code: 'delivery_failed', message: 'the host has not stored the contact yet' }
      expect(running.faults).toMatchObject([tooEarly])
      running.clock.advance(1)
      expect(await left(running)).toEqual(['contact'])
      expect(await running.mfa.notices.deliver()).toBe(1)
      expect(running.faults).toHaveLength(1)
    },
  )

  test.each([
    ['email', { kind: 'email.changed', found: { ...ada, confirmedEmail: wanted.email }, hint: 'n***@e***.com' }],
    ['sms', { kind: 'phone.changed', found: { ...ada, confirmedPhone: wanted.phone }, hint: '+1 *** *** **72' }],
  ] as const)('takes the second factor along at once where the host has stored it: %s', async (method, stored) => {
    let found = ada
    const running = await hosting(() => found)
    await setUp(running, method)
    await running.mfa.notices.deliver()
    found = stored.found
    await leave(running, 'contact', noted(stored.kind))
    expect(await running.mfa.notices.deliver()).toBe(1)
    const { methods } = await running.mfa.enrollments.list(ada.id)
    expect(methods.find(({ method: kind }) => kind === method)?.hint).toBe(stored.hint)
    expect(running.faults).toEqual([])
  })

  test('is nothing to wait for once the account is gone', async () => {
    const running = await hosting(() => null)
    await leave(running, 'contact', noted('email.changed'))
    expect(await running.mfa.notices.deliver()).toBe(1)
    expect(running.faults).toEqual([])
  })
})
