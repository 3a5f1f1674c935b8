import { afterEach, beforeEach, expect, test } from 'vitest'
import { testConsole } from '../../../../test/support/quiet-console.ts'
import type { TestConsole } from '../../../../test/support/quiet-console.ts'
import type { ResolveTxt } from '../teams/administration/txt-records.ts'
import { developmentDns } from './dns.ts'

let home: TestConsole
beforeEach(async () => {
  home = await testConsole()
  const { database } = home.database
  const team = { created_at: 1, mfa_policy: 'optional', mfa_from: null, mfa_at_least: null } as const
  for (const id of ['one', 'two']) {
    await database
      .insertInto('team')
      .values({ id, name: id, ...team })
      .execute()
    for (const domain of ['example.org', 'company.test', 'company.com']) {
      const row = { team_id: id, domain, token: `${id}-${domain}`, created_at: 1, verified_at: null }
      await database.insertInto('team_domain').values(row).execute()
    }
  }
})
afterEach(() => home.remove())

const otherwise: ResolveTxt = async (name) => [['asked', name]]
const ask = (name: string) => developmentDns(home.database.database, otherwise)(name)

test.each(['example.org', 'company.test'])('at %s everyone has published their record', async (domain) => {
  expect((await ask(`_sallyport.${domain}`)).map((pieces) => pieces.join('')).toSorted()).toEqual([
    `sallyport-verification=one-${domain}`,
    `sallyport-verification=two-${domain}`,
  ])
})

test('under a reserved name that nobody asked about there is nothing', async () => {
  expect(await ask('_sallyport.mail.example.org')).toEqual([])
})

test.each(['_sallyport.company.com', '_sallyport.notexample.com', '_sallyport.example.com.evil.com', 'example.org'])(
  '%s is looked up as ever',
  async (name) => {
    expect(await ask(name)).toEqual([['asked', name]])
  },
)
