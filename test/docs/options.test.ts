import { limitTable } from 'sallyport'
import { expect, test } from 'vitest'
import { column, membersOf, read, sectionOf, tableOf } from './documents.ts'

const page = 'docs/options.md'
const library = 'packages/sallyport/src'

test('every option of createSallyport is described, and nothing that is none', () => {
  expect(column(tableOf(page, 'createSallyport'), 0)).toEqual(membersOf(`${library}/index.ts`, 'SallyportOptions'))
})

test('an option is marked as required exactly when the type requires it', () => {
  const source = read(`${library}/index.ts`)
  for (const [option = '', required = ''] of tableOf(page, 'createSallyport')) {
    const optional = source.includes(`readonly ${option}?:`)
    expect([option, required]).toEqual([option, optional ? '' : 'yes'])
  }
})

test('the limits are those in force, with their defaults, bounds, units and words', () => {
  const rows = Object.entries(limitTable).map(([name, { standard, strict, min, max, unit, about }]) =>
    [`\`${name}\``, standard, strict, `${min} to ${max}`, unit, about].join(' | '),
  )
  const expected = [
    '| limit | standard | strict | bounds | unit | what it is |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
  ]
  const written = sectionOf(page, 'Limits')
    .split('\n')
    .filter((line) => line.startsWith('|'))
  expect(written).toEqual(expected)
})

test('what the host does for Sallyport is described, and nothing more', () => {
  expect(column(tableOf(page, 'Accounts'), 0)).toEqual(membersOf(`${library}/contract/account.ts`, 'Accounts'))
})

test.each([
  ['sqliteStore', 'Stores', membersOf(`${library}/store/sqlite.ts`, 'SqliteOptions')],
  ['postgresStore', 'Stores', membersOf(`${library}/store/postgres.ts`, 'PostgresOptions')],
  ['smtp', 'Senders', membersOf(`${library}/senders/smtp.ts`, 'SmtpOptions')],
  ['failover', 'Senders', membersOf(`${library}/senders/failover.ts`, 'FailoverOptions')],
])('every option of %s is described, and nothing that is none', (factory, heading, options) => {
  const described = tableOf(page, heading).filter((row) => row[1] === factory)
  expect(column(described, 0)).toEqual(options)
})

test('every option of twilio is described, and nothing that is none', () => {
  const source = read(`${library}/senders/twilio.ts`)
  const types = source.slice(source.indexOf('type Credential'), source.indexOf('/** Text messages through'))
  const declared = new Set([...types.matchAll(/readonly (\w+)\??:/g)].map((match) => match[1] ?? ''))
  // What an API key is made of is described with it.
  for (const inner of ['sid', 'secret']) declared.delete(inner)
  const described = tableOf(page, 'Senders').filter((row) => row[1] === 'twilio')
  expect(new Set(column(described, 0))).toEqual(declared)
})
