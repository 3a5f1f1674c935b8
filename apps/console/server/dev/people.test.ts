import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { authenticator } from 'sallyport/testing'
import { passwordWeakness, wordsOf } from '../accounts/password-strength.ts'
import { testBrowser, testConsole } from '../../../../test/support/quiet-console.ts'
import type { TestConsole } from '../../../../test/support/quiet-console.ts'
import { people, seedPeople } from './people.ts'

let home: TestConsole
let folder: string
const seed = () =>
  seedPeople({
    console: home.app,
    outbox: home.outbox,
    folder,
    pass: (milliseconds) => home.clock.advance(milliseconds),
  })

beforeEach(async () => {
  home = await testConsole()
  folder = mkdtempSync(join(tmpdir(), 'people-'))
})
afterEach(async () => {
  await home.remove()
  rmSync(folder, { recursive: true, force: true })
})

test('U3 everyone can sign in and is asked for what was promised', async () => {
  const known = await seed()
  home.clock.advance(3_600_000)
  for (const person of people) {
    const browser = testBrowser(home)
    const { body } = await browser.post('/api/sign-in', { email: person.email, password: person.password })
    const asked =
      body.status === 'signed_in' ? [] : body.challenge.methods.map(({ method }: { method: string }) => method)
    expect(asked).toEqual(person.methods.length === 0 ? [] : [...person.methods, 'recovery_code'])
    const secret = known.get(person.email)?.totpSecret ?? null
    if (secret === null) continue
    const answer = { enrollmentId: body.challenge.active, answer: authenticator(secret).codeAt(home.clock()) }
    expect((await browser.post('/api/mfa/challenge/answer', answer)).body).toEqual({ status: 'signed_in' })
  }
})

test('a second start finds the people as they are', async () => {
  const known = await seed()
  const sent = home.outbox.list().length
  const file = readFileSync(join(folder, 'development-people.json'), 'utf8')
  expect(await seed()).toEqual(known)
  expect(home.outbox.list()).toHaveLength(sent)
  expect(readFileSync(join(folder, 'development-people.json'), 'utf8')).toBe(file)
})

test('who is gone, or has another password by now, is not shown as someone to sign in as', async () => {
  const known = await seed()
  const { accounts, passwords } = home.app
  const ada = await accounts.findByEmail('ada@example.com')
  const from = ada?.password_hash ?? ''
  const to = await passwords.hash('nine quiet otters paddle')
  const proved = { provedAt: home.clock(), mark: home.clock() }
  expect(await accounts.changePassword({ accountId: ada?.id ?? '', from, to, ...proved })).toBe(true)
  expect([...(await seed()).keys()]).toEqual([...known.keys()].filter((email) => email !== 'ada@example.com'))
})

test('everyone has a password that the console would take', () => {
  for (const { email, password } of people) expect(passwordWeakness(password, wordsOf(email))).toBeNull()
})
