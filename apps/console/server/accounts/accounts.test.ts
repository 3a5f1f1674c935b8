import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../database/open.ts'
import type { OpenDatabase } from '../database/open.ts'
import { testDatabases } from '../../../../test/support/console-database.ts'
import type { TestDatabase } from '../../../../test/support/console-database.ts'
import { createAccounts, toSallyport } from './accounts.ts'
import type { Accounts } from './accounts.ts'
import { parseEmailAddress } from './email-address.ts'

describe.each(testDatabases)('accounts on %s', (_name, create) => {
  let home: TestDatabase
  let opened: OpenDatabase
  let accounts: Accounts
  let now = 1_000_000
  let people = 0

  beforeAll(async () => {
    home = await create()
    opened = openDatabase(home.location)
    await opened.migrate()
    accounts = createAccounts({ database: opened.database, clock: () => now, random: randomBytes })
  })
  afterAll(async () => {
    await opened.close()
    await home.remove()
  })

  const someone = (): string => `person${(people += 1)}@example.com`
  const register = (address: string, phone: string | null = null): Promise<string> =>
    accounts.create({ email: parseEmailAddress(address)!, phone, passwordHash: 'hash' })

  test('an account is found by its address only once that is confirmed, in any spelling', async () => {
    const address = someone()
    const id = await register(address.replace('person', 'PERSON'))
    expect(await accounts.findByEmail(address)).toBeNull()
    expect(await accounts.confirmEmail(id, address.replace('person', 'PERSON'))).toBe(true)
    expect((await accounts.findByEmail(address))?.id).toBe(id)
  })

  test('EN-06 an address other than the proved one is not confirmed', async () => {
    const id = await register(someone())
    expect(await accounts.confirmEmail(id, 'eve@example.com')).toBe(false)
    expect(toSallyport(await accounts.find(id))?.confirmedEmail).toBeNull()
  })

  test('EN-06 a number other than the proved one is not confirmed, nor one before the address is', async () => {
    const address = someone()
    const id = await register(address, '+14155552671')
    expect(await accounts.confirmPhone(id, '+14155552671')).toBe(false)
    await accounts.confirmEmail(id, address)
    expect(await accounts.confirmPhone(id, '+14155552672')).toBe(false)
    expect(await accounts.confirmPhone(id, '+14155552671')).toBe(true)
    expect(toSallyport(await accounts.find(id))?.confirmedPhone).toBe('+14155552671')
  })

  test('of 16 registrations of one address that are confirmed at once, one gets it', async () => {
    const address = someone()
    const ids = await Promise.all(Array.from({ length: 16 }, () => register(address)))
    const confirmed = await Promise.all(ids.map((id) => accounts.confirmEmail(id, address)))
    expect(confirmed.filter(Boolean)).toHaveLength(1)
    expect((await accounts.findByEmail(address))?.id).toBe(ids[confirmed.indexOf(true)])
  })

  test('EN-15 of 8 accounts that confirm one number at once three get it, and the next when one of them is gone', async () => {
    const phone = '+14155552680'
    const ids = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const address = someone()
        const id = await register(address, phone)
        await accounts.confirmEmail(id, address)
        return id
      }),
    )
    const confirm = (id: string): Promise<boolean> => accounts.confirmPhone(id, phone)
    const confirmed = await Promise.all(ids.map(confirm))
    expect(confirmed.filter(Boolean)).toHaveLength(3)
    const [left, other] = ids.filter((_, index) => !confirmed[index])
    const [gone, kept] = ids.filter((_, index) => confirmed[index])
    // Whoever has it can confirm it again.
    expect([await confirm(left!), await confirm(kept!)]).toEqual([false, true])
    await opened.database.deleteFrom('account').where('id', '=', gone!).execute()
    expect([await confirm(left!), await confirm(other!)]).toEqual([true, false])
  })

  test('only accounts that were never confirmed are purged, in batches', async () => {
    const kept = someone()
    await accounts.confirmEmail(await register(kept), kept)
    await accounts.purgeUnconfirmed(now + 1, 1_000)
    const old = [await register(someone()), await register(someone()), await register(someone())]
    now += 1_000
    const young = await register(someone())
    expect(await accounts.purgeUnconfirmed(now, 2)).toBe(2)
    expect(await accounts.purgeUnconfirmed(now, 2)).toBe(1)
    expect(await accounts.purgeUnconfirmed(now, 2)).toBe(0)
    expect(await Promise.all(old.map((id) => accounts.find(id)))).toEqual([null, null, null])
    expect(await accounts.find(young)).not.toBeNull()
    expect(await accounts.findByEmail(kept)).not.toBeNull()
  })

  test('a disabled account is none to Sallyport', async () => {
    const id = await register(someone())
    await opened.database.updateTable('account').set({ status: 'disabled' }).where('id', '=', id).execute()
    expect(toSallyport(await accounts.find(id))).toBeNull()
  })
})
