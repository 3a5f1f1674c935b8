import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ActionDefinition, actions as shipped, createSallyport, limitTable, type Policy } from 'sallyport'
import { email } from 'sallyport/methods/email'
import { totp } from 'sallyport/methods/totp'
import { sqliteStore } from 'sallyport/store/sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { actions, deleteTeam, policy } from '../../docs/examples/own-actions.ts'
import { grantOf } from '../support/grant.ts'
import { seededRandom } from '../support/random.ts'
import { membersOf, read, root, sectionOf, tableOf } from './documents.ts'

const page = 'docs/actions.md'
const library = 'packages/sallyport/src'

describe('the table of actions', () => {
  test('is the one that `node tools/actions-table.mjs` makes from the code', async () => {
    const tool: unknown = await import(pathToFileURL(join(root, 'tools/actions-table.mjs')).href)
    const { actionsTable } = tool as { actionsTable(from: Readonly<Record<string, ActionDefinition>>): string }
    expect(sectionOf(page, 'The table')).toContain(`\n\n${actionsTable(shipped)}\n\n`)
  })
})

describe('the page of actions', () => {
  test('shows the examples that are run as they are', () => {
    for (const example of ['step-up', 'own-actions'])
      expect(read(page)).toContain(`\`\`\`ts\n${read(`docs/examples/${example}.ts`)}\`\`\``)
  })

  test('tells of every way in which `require` ends, and of no other', () => {
    const source = read(`${library}/engine/demand.ts`)
    const outcomes = source.slice(source.indexOf('export type Refused'))
    const statuses = [...outcomes.matchAll(/status: '(\w+)'/g)].map(([, status]) => status)
    const told = tableOf(page, 'What comes back').map(([status]) => status)
    expect(new Set(told)).toEqual(new Set(statuses))
  })

  test('says how long a confirmation that is good once waits', () => {
    const { standard, strict } = limitTable.grantSeconds
    expect(sectionOf(page, 'When a confirmation ends')).toContain(
      `after \`grantSeconds\` (${standard}; strict ${strict})`,
    )
  })

  test('tells of everything that a grant says, and of nothing else', () => {
    const told = tableOf(page, 'Functions that take a grant').map(([member]) => member)
    expect(told).toEqual(membersOf(`${library}/engine/grant.ts`, 'Granted'))
  })

  test('tells of every reason for which a method may not answer', () => {
    const reasons = [...read(`${library}/policy/may-answer.ts`).matchAll(/reason: '(\w+)' \}/g)].map(([, name]) => name)
    expect(reasons.length).toBeGreaterThan(0)
    for (const reason of reasons) expect(sectionOf(page, 'Asking why')).toContain(`\`${reason}\``)
  })

  test('tells of everything that an action of one’s own can say, and of nothing else', () => {
    const told = tableOf(page, 'Actions of your own').map(([member]) => member)
    expect(told).toEqual(membersOf(`${library}/policy/actions.ts`, 'OwnAction'))
  })
})

describe('the example of own actions', () => {
  const mfa = createSallyport({
    app: { name: 'Acme', origin: 'https://app.example' },
    keys: [Buffer.from(seededRandom('own actions')(32)).toString('base64url')],
    store: sqliteStore({ file: ':memory:' }),
    methods: [totp(), email({ sender: { name: 'none', send: async () => undefined } })],
    accounts: { find: async () => null, endSessions: async () => undefined },
    actions,
    policy,
  })
  afterAll(() => mfa.close())

  test('is taken over into the table in force', () => {
    expect(mfa.actions.table.get('team.delete')).toMatchObject({ needed: 'always', lasts: 'once' })
    expect(mfa.actions.table.get('payment.send')).toMatchObject({ atLeast: 'totp' })
    expect(mfa.actions.table.get('session.end_others')).toMatchObject({ needed: 'off' })
  })

  test('is confirmed with its own sentence, and checked as it compiles', async () => {
    await mfa.migrate()
    const client = { ip: '203.0.113.7', userAgent: 'a browser' }
    const asked = { accountId: '1', session: { id: 's' }, ownCheck: () => Promise.resolve(true) }
    const step = await mfa.actions.require('team.delete', { ...asked, resource: { team: 't1' } }, client)
    if (step.status !== 'granted') throw new Error(step.status)
    expect(deleteTeam(step.grant)).toBe('t1')
    // @ts-expect-error the action acts on a team, which has to be named
    await expect(mfa.actions.require('team.delete', { ...asked, resource: {} }, client)).rejects.toThrow('team')
    // @ts-expect-error what must always be confirmed can't be switched off
    const wrong: Policy = { 'mfa.disable': { needed: 'off' } }
    expect(wrong).toBeDefined()
    // @ts-expect-error a grant for one action is none for another
    expect(() => deleteTeam(grantOf('payment.send', { accountId: '1' }))).toThrow('another')
  })
})
