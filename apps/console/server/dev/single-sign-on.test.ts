import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { storedPerson } from '../../../../test/support/people.ts'
import { origin, testConsole } from '../../../../test/support/quiet-console.ts'
import type { TestConsole } from '../../../../test/support/quiet-console.ts'
import { createSsoSettings } from '../teams/administration/sso-settings.ts'
import { createRules } from '../teams/rules.ts'
import { seedSingleSignOn } from './single-sign-on.ts'

const keys = [randomBytes(32).toString('base64url')]

let home: TestConsole
beforeEach(async () => {
  home = await testConsole()
})
afterEach(() => home.remove())

const database = () => home.database.database
const person = (email: string): Promise<{ id: string }> =>
  storedPerson(database(), { email, email_key: email, created_at: home.clock() })
const seed = (since: number, clientSecret: string): Promise<void> => {
  const provider = {
    id: 'example',
    name: 'Example ID',
    issuer: 'http://localhost:3001',
    clientId: 'console',
    clientSecret,
  }
  return seedSingleSignOn({ database: database(), since, provider, keys, origin, random: randomBytes })
}
async function secretThere(): Promise<string | null> {
  const sso = await createRules({ database: database(), textMessages: true }).ssoForDomain('example.org')
  const settings = createSsoSettings({ database: database(), clock: home.clock, random: randomBytes, keys, origin })
  return sso && settings.openSecret(sso)
}

test('U3 there is someone whose team signs them in, with the secret of this start', async () => {
  const since = home.clock()
  const [grace, mary] = [await person('grace@example.com'), await person('mary@example.org')]
  await Promise.all([seed(since, 'first'), seed(since, 'first')])
  const rules = createRules({ database: database(), textMessages: true })
  expect(await rules.managedBy(mary.id)).toEqual({ teamId: 'planetarium', name: 'Planetarium' })
  expect(await rules.managedBy(grace.id)).toBeNull()
  expect(await secretThere()).toBe('first')
  home.clock.advance(1)
  await seed(home.clock(), 'second')
  expect(await secretThere()).toBe('second')
})

test('what was changed by hand stays, and what was deleted does not come back', async () => {
  const since = home.clock()
  await person('grace@example.com')
  await person('mary@example.org')
  await seed(since, 'first')
  await database().updateTable('team_sso').set({ issuer: 'https://login.example.org' }).execute()
  home.clock.advance(1)
  await seed(home.clock(), 'second')
  expect(await secretThere()).toBe('first')
  await database().deleteFrom('team').execute()
  await seed(home.clock(), 'third')
  expect(await secretThere()).toBeNull()
})
