import { laws } from 'sallyport/store/conformance'
import { describe, expect, test } from 'vitest'
import { column, membersOf, read, sectionOf, tableOf } from './documents.ts'

const page = 'docs/store.md'

describe('the page of stores', () => {
  test('has every step of a store, and no other', () => {
    const steps = membersOf('packages/sallyport/src/contract/store.ts', 'Store')
    expect(column(tableOf(page, 'What is atomic'), 0)).toEqual(steps)
  })

  test('has every law about racing, and no other', () => {
    const listed = [...sectionOf(page, 'The laws').matchAll(/^- (.+)$/gm)].map((match) => match[1])
    expect(listed).toEqual(laws.map((law) => law.name).filter((name) => name.startsWith('of ')))
  })

  test('has every migration, and no other', () => {
    const source = read('packages/sallyport/src/store/sql/migrations.ts')
    const names = [...source.matchAll(/^ +name: '(.+)',$/gm)].map(([, name]) => name)
    expect(column(tableOf(page, 'Stores and keys'), 0)).toEqual(names)
  })

  test('shows the example that runs below', () => {
    expect(sectionOf(page, 'Writing a store')).toContain(read('docs/examples/store-laws.ts'))
  })
})

describe('the example of a store', async () => {
  await import('../../docs/examples/store-laws.ts')
})
