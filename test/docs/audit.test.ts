import { auditEvents, limitTable, noticeKinds } from 'sallyport'
import { describe, expect, test } from 'vitest'
import { endings } from '../../apps/console/server/sessions/session-ended.ts'
import { column, membersOf, read, sectionOf, tableOf } from './documents.ts'

const page = 'docs/audit.md'

describe('the page of the audit log', () => {
  test('has every event, and no other', () => {
    expect(column(tableOf(page, 'Events'), 0)).toEqual([...auditEvents])
  })

  test('has every field of an entry, and no other', () => {
    const fields = membersOf('packages/sallyport/src/contract/audit.ts', 'AuditEntry')
    expect(column(tableOf(page, 'The log'), 0)).toEqual(fields)
  })

  test('has everything that ends a session, and nothing else', () => {
    expect(column(tableOf(page, 'What ends a session'), 0)).toEqual([...endings])
  })

  test('has every notice, and no other', () => {
    expect(column(tableOf(page, 'Notices'), 0)).toEqual([...noticeKinds])
  })

  test('gives the numbers that are in force', () => {
    const numberOf = (file: string, name: string): number => {
      const [, found = ''] =
        new RegExp(`const ${name} = ([\\d_]+)$`, 'm').exec(read(`packages/sallyport/src/${file}`)) ?? []
      return Number(found.replaceAll('_', ''))
    }
    const said = sectionOf(page, 'Reading').replaceAll(/\s+/g, ' ')
    const [usual, most, empty] = ['usualLimit', 'limitAtMost', 'emptyAtMost'].map((name) =>
      numberOf('engine/audit-log.ts', name),
    )
    const looks = numberOf('store/sql/audit.ts', 'looksAtMost')
    expect(said).toContain(`a page of 1 to ${most} entries, ${usual} by default`)
    expect(said).toContain(`looked at ${looks.toLocaleString('en')} entries`)
    expect(said).toContain(`at about ${(looks * ((empty ?? 0) + 1)).toLocaleString('en')}:`)
    const { standard, min } = limitTable.auditSeconds
    const days = `${standard / 86_400} days by default and never less than ${min / 86_400}`
    expect(sectionOf(page, 'Retention').replaceAll(/\s+/g, ' ')).toContain(days)
  })
})
