import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createSallyport } from 'sallyport'
import { email } from 'sallyport/methods/email'
import { sqliteStore } from 'sallyport/store/sqlite'
import { expect, test } from 'vitest'
import { seededRandom } from '../support/random.ts'
import { column, read, root, tableOf } from './documents.ts'

test('the rooms and arrows are those that the check of imports enforces', async () => {
  const rooms: unknown = await import(pathToFileURL(join(root, 'tools/imports/rooms.mjs')).href)
  const { ARROWS } = rooms as { readonly ARROWS: Readonly<Record<string, readonly string[]>> }
  const described = tableOf('docs/architecture.md', 'Rooms').map(([room, arrows = '']) => [
    room,
    arrows.replaceAll('`', '').split(', ').filter(Boolean),
  ])
  expect(described).toEqual(Object.entries(ARROWS))
})

test('the variables are those that tests and tools read', () => {
  const files = ['test', 'tools'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
  )
  const sources = files.filter((file) => /\.m?[tj]s$/.test(file)).map((file) => read(file))
  const named = sources.flatMap((source) => source.match(/SALLYPORT_TEST_[A-Z]+/g) ?? [])
  expect(new Set(column(tableOf('docs/architecture.md', 'Tests'), 0))).toEqual(new Set(named))
})

test('no boundary that ends sessions is younger than the proof of the session that replaces them, however fast time goes', async () => {
  const boundaries: number[] = []
  let code = ''
  let now = 1_800_000_000_000
  const send = async ({ text }: { readonly text: string }): Promise<void> => {
    code = /\b\d{6}\b/.exec(text)?.[0] ?? code
  }
  const account = { id: 'a', label: 'Ada', confirmedEmail: 'ada@app.example', confirmedPhone: null }
  const mfa = createSallyport({
    app: { name: 'Acme', origin: 'https://app.example' },
    keys: [Buffer.from(seededRandom('boundary')(32)).toString('base64url')],
    store: sqliteStore({ file: ':memory:' }),
    methods: [email({ sender: { name: 'test', send } })],
    accounts: { find: async () => account, endSessions: async (_id, before) => void boundaries.push(before) },
    clock: () => (now += 1),
  })
  await mfa.migrate()
  const client = { ip: '203.0.113.7', userAgent: 'a browser' }
  const adding = { accountId: 'a', session: { id: 's' }, resource: { method: 'email' }, ownCheck: async () => true }
  const step = await mfa.actions.require('mfa.method.add', adding, client)
  if (step.status !== 'granted') throw new Error(step.status)
  const begun = await mfa.enrollments.begin(step.grant, client)
  if (!begun.ok) throw new Error(begun.reason)
  const answer = { enrollmentId: begun.enrollmentId, answer: code }
  const confirmed = await mfa.enrollments.confirm(begun.key, answer, client)
  if (!confirmed.ok || confirmed.enabled === null) throw new Error('MFA is not on')
  await mfa.close()
  const { at } = confirmed.enabled.proof.redeem('mfa.enable')
  expect(boundaries.length).toBeGreaterThanOrEqual(2)
  expect(Math.max(...boundaries)).toBeLessThanOrEqual(at)
})
