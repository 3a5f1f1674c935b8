import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createSallyport } from 'sallyport'
import { email } from 'sallyport/methods/email'
import { sqliteStore } from 'sallyport/store/sqlite'
import { expect, test } from 'vitest'
import { seededRandom } from '../support/random.ts'
import { root, tableOf } from './documents.ts'

test('the rooms and arrows are those that the check of imports enforces', async () => {
  const rooms: unknown = await import(pathToFileURL(join(root, 'tools/imports/rooms.mjs')).href)
  const { ARROWS } = rooms as { readonly ARROWS: Readonly<Record<string, readonly string[]>> }
  const described = tableOf('docs/architecture.md', 'Rooms').map(([room, arrows = '']) => [
    room,
    arrows.replaceAll('`', '').split(', ').filter(Boolean),
  ])
  expect(described).toEqual(Object.entries(ARROWS))
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
  const begun = await mfa.enrollments.begin(
    { accountId: 'a', session: { id: 's', challengeId: null }, method: 'email' },
    client,
  )
  if (!begun.ok) throw new Error(begun.reason)
  const answer = { enrollmentId: begun.enrollmentId, answer: code }
  const confirmed = await mfa.enrollments.confirm(begun.key, answer, client)
  if (!confirmed.ok || confirmed.enabled === null) throw new Error('MFA is not on')
  await mfa.close()
  const { at } = confirmed.enabled.proof.redeem('mfa.enable')
  expect(boundaries.length).toBeGreaterThanOrEqual(2)
  expect(Math.max(...boundaries)).toBeLessThanOrEqual(at)
})
