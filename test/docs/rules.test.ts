import { describe, expect, test } from 'vitest'
import { column, membersOf, read, sectionOf, tableOf } from './documents.ts'

const page = 'docs/rules.md'
const library = 'packages/sallyport/src'

describe('the page of rules', () => {
  test('shows the example that is run, as it is', () => {
    expect(read(page)).toContain(`\`\`\`ts\n${read('docs/examples/rules.ts')}\`\`\``)
    const shown = /```ts\n(\/\*\* Who must have[^]*?)```/.exec(read(page))?.[1] ?? 'nothing'
    expect(read('docs/examples/application.ts')).toContain(shown)
  })

  test('tells of everything that a host can say, and of nothing else', () => {
    const account = `${library}/contract/account.ts`
    const [rules, mandate] = sectionOf(page, 'What your application says').split('Each mandate has:')
    expect(membersIn(rules)).toEqual(membersOf(account, 'Rules'))
    expect(membersIn(mandate?.split('The rules are')[0])).toEqual(membersOf(account, 'Mandate'))
  })

  test('tells of every standing, and of no other', () => {
    const statuses = [`${library}/policy/mandates.ts`, `${library}/engine/enforcement.ts`].flatMap((file) => {
      const source = read(file)
      const declared = /export type (?:Demanded|Standing) =[^]*?\n\n/.exec(source)?.[0] ?? ''
      return [...declared.matchAll(/status: ((?:'\w+'(?: \| )?)+)/g)].flatMap(
        ([, each = '']) => each.match(/\w+/g) ?? [],
      )
    })
    expect(column(tableOf(page, 'What a request may do'), 0)).toEqual(statuses)
  })

  test('tells of every call of an administrator, and of no other', () => {
    const calls = column(tableOf(page, 'Administration'), 0).map((call) => /administration\.(\w+)/.exec(call)?.[1])
    expect(calls).toEqual(membersOf(`${library}/engine/administration.ts`, 'Administration'))
  })

  test('names every first factor', () => {
    const [, declared = ''] = /export type FirstFactor = (.*)/.exec(read(`${library}/engine/sign-in.ts`)) ?? []
    const factors = [...declared.matchAll(/'(\w+)'/g)].map(([, factor]) => factor)
    expect(factors.length).toBeGreaterThan(0)
    expect(column(tableOf(page, 'What you have checked'), 0)).toEqual(factors)
  })
})

/** The first cells of a table that is all of a text's tables. */
function membersIn(text = ''): readonly string[] {
  return [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, member = '']) => member)
}
