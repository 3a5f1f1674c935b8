import { randomBytes } from 'node:crypto'
import type { EmailMessage } from 'sallyport'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testDatabases } from '../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../test/support/console-database.ts'
import { newAddress } from '../../../../test/support/account.ts'
import { storedPerson } from '../../../../test/support/people.ts'
import { openDatabase } from '../database/open.ts'
import type { OpenDatabase } from '../database/open.ts'
import type { AccountTable } from '../database/tables.ts'
import { createAccounts } from './accounts.ts'
import { parseEmailAddress } from './email-address.ts'
import { createPasswordResets, mailsPerDay, mailsPerHour } from './password-reset.ts'
import type { PasswordResetParts, PasswordResets } from './password-reset.ts'
import { QueueFull } from './queue.ts'

const minute = 60_000
const hour = 60 * minute
const client = { ip: '127.0.0.1', userAgent: 'test' }
const password = 'plain words about rivers'
const newKey = (): string => randomBytes(32).toString('base64url')

describe.each(testDatabases)('password resets on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  let parts: PasswordResetParts
  let resets: PasswordResets
  let ada: AccountTable
  let now = 1_795_303_885_834
  const managed = new Set<string>()
  const sent: EmailMessage[] = []
  const faults: unknown[] = []
  /** What is recorded of the links that were sent. */
  const mailed: unknown[] = []
  /** What was done, in order. */
  const done: string[] = []
  let onNoted = async (): Promise<void> => undefined
  let onStored = async (): Promise<void> => undefined

  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
    const note = (what: string) => async () => void done.push(what)
    parts = {
      database: opened.database,
      accounts: createAccounts({ database: opened.database, clock: () => now, random: randomBytes }),
      mfa: {
        audit: {
          record: async ({ event, detail }) =>
            void (event === 'request.refused' ? done.push(`refused: ${detail?.['reason']}`) : mailed.push(detail)),
        },
        recovery: {
          async passwordReset(_account, store) {
            done.push('noted')
            await onNoted()
            const stored = await store()
            if (stored) done.push('stored')
            if (stored) await onStored()
            return stored
          },
        },
      },
      passwords: { hash: async (text) => `hash of ${text}` },
      sessions: { endAll: note('sessions ended') },
      contactChanges: { dropAll: note('contact changes dropped') },
      isManaged: async (accountId) => managed.has(accountId),
      clock: () => now,
      random: randomBytes,
      keys: [newKey()],
      app: 'Console',
      origin: 'https://console.example',
      send: async (message) => void sent.push(message),
      onFault: (error) => void faults.push(error),
    }
    resets = createPasswordResets(parts)
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })
  beforeEach(async () => {
    now += 48 * hour
    onNoted = async () => undefined
    onStored = async () => undefined
    for (const list of [sent, faults, mailed, done]) list.length = 0
    ada = await storedPerson(opened.database)
  })

  async function asked(email = ada.email, by = resets): Promise<void> {
    by.begin(parseEmailAddress(email)!, client)
    await by.settled()
  }
  const newestToken = (): string => /#([\w-]{43})/.exec(sent.at(-1)?.text ?? '')?.[1] ?? ''
  const change = (values: Partial<AccountTable>) =>
    opened.database.updateTable('account').set(values).where('id', '=', ada.id).execute()
  const stored = async (): Promise<AccountTable> =>
    await opened.database.selectFrom('account').selectAll().where('id', '=', ada.id).executeTakeFirstOrThrow()
  const links = () =>
    opened.database.selectFrom('password_reset').selectAll().where('account_id', '=', ada.id).execute()

  test('the link sets the password, once, and ends what rests on the one before', async () => {
    await asked()
    const token = newestToken()
    expect((await resets.read(token, client))?.id).toBe(ada.id)
    expect((await resets.read(token, client))?.id).toBe(ada.id)
    expect(await resets.complete(token, password, client)).toEqual({ ok: true })
    expect(await stored()).toMatchObject({ password_hash: `hash of ${password}`, sessions_valid_from: now + 1 })
    expect(done).toEqual(['noted', 'stored', 'sessions ended', 'contact changes dropped'])
    expect(await resets.read(token, client)).toBeNull()
    expect(await resets.complete(token, 'other words about lakes', client)).toEqual({ ok: false, reason: 'not_found' })
    expect((await stored()).password_hash).toBe(`hash of ${password}`)
  })

  test('RV-03 the database holds no token, and a copy of it makes no link', async () => {
    await asked()
    const [link] = await links()
    expect(link?.token_hash).toMatch(/^[\w-]{43}$/)
    expect(JSON.stringify(link)).not.toContain(newestToken())
    expect(await resets.read(link?.token_hash ?? '', client)).toBeNull()
    expect(await createPasswordResets({ ...parts, keys: [newKey()] }).read(newestToken(), client)).toBeNull()
    expect(
      await createPasswordResets({ ...parts, keys: [newKey(), ...parts.keys] }).read(newestToken(), client),
    ).not.toBeNull()
  })

  test('of 16 who use one link at once, one does', async () => {
    await asked()
    const words = Array.from({ length: 16 }, (_, each) => `${password} ${each}`)
    const outcomes = await Promise.all(words.map((each) => resets.complete(newestToken(), each, client)))
    const winner = outcomes.findIndex(({ ok }) => ok)
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    expect((await stored()).password_hash).toBe(`hash of ${words[winner]}`)
  })

  test('a weak password is refused, and the link stays good', async () => {
    await asked()
    for (const weak of ['short', 'password1', ada.email])
      expect(await resets.complete(newestToken(), weak, client)).toMatchObject({ ok: false, reason: 'weak' })
    expect(done).toEqual([])
    expect(await resets.complete(newestToken(), password, client)).toEqual({ ok: true })
  })

  test('is over after an hour', async () => {
    await asked()
    now += hour - 1
    expect(await resets.read(newestToken(), client)).not.toBeNull()
    now += 1
    expect(await resets.read(newestToken(), client)).toBeNull()
    expect((await resets.complete(newestToken(), password, client)).ok).toBe(false)
    expect(done).toEqual(['refused: reset_link', 'refused: reset_link'])
  })

  test('TF-10 a newer link leaves it good, and the use of either ends both', async () => {
    await asked()
    const first = newestToken()
    await asked()
    const second = newestToken()
    expect(second).not.toBe(first)
    for (const token of [first, second]) expect(await resets.read(token, client)).not.toBeNull()
    expect(await resets.complete(first, password, client)).toEqual({ ok: true })
    for (const token of [first, second]) expect(await resets.read(token, client)).toBeNull()
    expect((await links()).map(({ used_at: at }) => at)).toEqual([now, now])
  })

  test('AU-01 one that was handed over is recorded with the address masked, and no other', async () => {
    await asked()
    expect(mailed).toEqual([{ to: `${ada.email.charAt(0)}***@e***.com` }])
    await asked(ada.email, createPasswordResets({ ...parts, send: () => Promise.reject(new Error('no')) }))
    await asked('nobody@example.com')
    expect(mailed).toHaveLength(1)
  })

  test('EO-02 for every address the same is written, and its requests are counted', async () => {
    const nobody = newAddress()
    const rows = async (): Promise<unknown> =>
      (await opened.database.selectFrom('password_reset').selectAll().execute())
        .filter(({ created_at: at }) => at === now)
        .map(({ account_id: id, address_hash: hash, expires_at: at }) => ({ id, hash: hash.length, at }))
    const written = { hash: 43, at: now + hour }
    await asked()
    expect(await rows()).toEqual([{ ...written, id: ada.id }])
    expect([done.length, mailed.length]).toEqual([0, 1])
    now += hour
    await asked(nobody)
    expect(await rows()).toEqual([{ ...written, id: null, at: now + hour }])
    expect([done, mailed.length]).toEqual([['refused: reset_address'], 1])
    for (let each = 1; each <= mailsPerHour; each += 1) await asked(nobody)
    expect(done.filter((what) => what === 'refused: reset_limit')).toHaveLength(1)
    expect(sent.map(({ to }) => to)).toEqual([ada.email])
  })

  test.each([
    ['nobody has the address', () => storedPerson(opened.database, { email_confirmed_at: null })],
    ['it is disabled', () => storedPerson(opened.database, { status: 'disabled' })],
    [
      'its team signs it in',
      async () => {
        const person = await storedPerson(opened.database)
        managed.add(person.id)
        return person
      },
    ],
  ])('no link is made where %s', async (_why, make) => {
    const { email, id } = await make()
    await asked(email)
    expect(sent).toEqual([])
    const made = opened.database.selectFrom('password_reset').selectAll().where('account_id', '=', id)
    expect(await made.execute()).toEqual([])
  })

  test('L4 a link that was mailed before the team signs the account in sets nothing', async () => {
    await asked()
    managed.add(ada.id)
    expect(await resets.read(newestToken(), client)).toBeNull()
    expect((await resets.complete(newestToken(), password, client)).ok).toBe(false)
    managed.delete(ada.id)
  })

  test('it goes to the address as the account has it, in whichever spelling it was asked for', async () => {
    await asked(ada.email.toUpperCase())
    expect(sent.map(({ to }) => to)).toEqual([ada.email])
  })

  test('an account that never had a password gets one', async () => {
    await change({ password_hash: '' })
    await asked()
    expect(await resets.complete(newestToken(), password, client)).toEqual({ ok: true })
    expect((await stored()).password_hash).toBe(`hash of ${password}`)
  })

  test.each([
    ['the account is disabled', { status: 'disabled' }],
    ['another address is confirmed', { email: 'moved@example.com', email_confirmed_at: Number.MAX_SAFE_INTEGER }],
    ['every session was ended', { sessions_valid_from: Number.MAX_SAFE_INTEGER }],
  ] as const)('a link ends when %s', async (_what, values) => {
    await asked()
    await change(values)
    expect(await resets.read(newestToken(), client)).toBeNull()
    expect((await resets.complete(newestToken(), password, client)).ok).toBe(false)
    expect((await stored()).password_hash).toBe('hash')
  })

  test.each([
    ['another password', { password_hash: 'of its owner' }],
    ['another address', { email: 'moved@example.com', email_key: 'moved@example.com' }],
  ])('the owner who sets %s meanwhile is not overruled', async (_what, values) => {
    await asked()
    onNoted = async () => void (await change(values))
    expect(await resets.complete(newestToken(), password, client)).toEqual({ ok: false, reason: 'not_found' })
    expect(await stored()).toMatchObject(values)
  })

  test('L5 Sallyport knows of it before the password is stored', async () => {
    await asked()
    const hashes: string[] = []
    onNoted = async () => void hashes.push((await stored()).password_hash)
    expect(await resets.complete(newestToken(), password, client)).toEqual({ ok: true })
    expect(hashes).toEqual(['hash'])
  })

  test('what ends sessions is never lowered, though this clock is behind that of whoever made the link', async () => {
    await asked()
    now -= 5
    await change({ sessions_valid_from: now + 4 })
    expect(await resets.complete(newestToken(), password, client)).toEqual({ ok: true })
    expect((await stored()).sessions_valid_from).toBe(now + 4)
  })

  test('L5 where Sallyport can’t note it, the password stays as it is, and so does the link', async () => {
    await asked()
    onNoted = () => Promise.reject(new Error('the store is down'))
    await expect(resets.complete(newestToken(), password, client)).rejects.toThrow('down')
    expect((await stored()).password_hash).toBe('hash')
    onNoted = async () => undefined
    expect(await resets.complete(newestToken(), password, client)).toEqual({ ok: true })
  })

  test('what breaks once the password is stored leaves no session of the old one', async () => {
    await asked()
    onStored = () => Promise.reject(new Error('the store is down'))
    await expect(resets.complete(newestToken(), password, client)).rejects.toThrow('down')
    expect(done).toEqual(['noted', 'stored', 'sessions ended', 'contact changes dropped'])
    expect((await stored()).sessions_valid_from).toBe(now + 1)
  })

  test('what can’t be ended hinders nothing else, and is reported', async () => {
    await asked()
    const broken = createPasswordResets({
      ...parts,
      sessions: { endAll: () => Promise.reject(new Error('the database is gone')) },
    })
    expect(await broken.complete(newestToken(), password, client)).toEqual({ ok: true })
    expect(done).toEqual(['noted', 'stored', 'contact changes dropped'])
    expect(faults).toHaveLength(1)
  })

  test('TF-10 an account is mailed three links in an hour and ten in a day, however they are asked for', async () => {
    for (let each = 0; each < 16; each += 1) resets.begin(parseEmailAddress(ada.email)!, client)
    await resets.settled()
    expect(sent).toHaveLength(mailsPerHour)
    expect(done).toEqual(Array.from({ length: 16 - mailsPerHour }, () => 'refused: reset_limit'))
    now += hour
    for (let hours = 0; hours < 5; hours += 1) {
      await asked()
      await asked()
      now += hour
    }
    expect(sent).toHaveLength(mailsPerDay)
    now += 24 * hour
    await asked()
    expect(sent).toHaveLength(mailsPerDay + 1)
  })

  test('TF-10 a link that was used counts, and so does one that could not be handed over', async () => {
    const down = createPasswordResets({ ...parts, send: () => Promise.reject(new Error('the mail server is down')) })
    await asked(ada.email, down)
    expect(faults).toHaveLength(1)
    await asked()
    await resets.complete(newestToken(), password, client)
    now += 1
    await asked()
    await asked()
    expect(sent).toHaveLength(mailsPerHour - 1)
  })

  test('EO-02 nothing is looked up before the caller goes on', async () => {
    const looked: string[] = []
    const watched = createPasswordResets({
      ...parts,
      accounts: {
        findByEmail: async (key) => {
          looked.push(key)
          return null
        },
      },
    })
    watched.begin(parseEmailAddress(ada.email)!, client)
    await Promise.resolve()
    expect(looked).toEqual([])
    await watched.settled()
    expect(looked).toEqual([ada.email])
  })

  test('DS-01 too many at once are refused, whoever they are for', async () => {
    const nobody = parseEmailAddress('nobody@example.com')!
    const flood = (): void => {
      for (let each = 0; each < 257; each += 1) resets.begin(nobody, client)
    }
    expect(flood).toThrow(QueueFull)
    await resets.settled()
    resets.begin(nobody, client)
    await resets.settled()
    expect(faults).toEqual([])
  })

  test('links are purged once they no longer count', async () => {
    await resets.purge(1_000)
    await asked()
    await asked()
    now += 24 * hour - 1
    expect(await resets.purge(1_000)).toBe(0)
    now += 1
    expect([await resets.purge(1), await resets.purge(1), await resets.purge(1)]).toEqual([1, 1, 0])
  })
})
