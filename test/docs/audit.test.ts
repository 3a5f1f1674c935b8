import { auditEvents, noticeKinds } from 'sallyport'
import { describe, expect, test } from 'vitest'
import { column, membersOf, tableOf } from './documents.ts'

const page = 'docs/audit.md'

describe('the page of the audit log', () => {
  test('has every event, and no other', () => {
    expect(column(tableOf(page, 'Events'), 0)).toEqual([...auditEvents])
  })

  test('has every field of an entry, and no other', () => {
    const fields = membersOf('packages/sallyport/src/contract/audit.ts', 'AuditEntry')
    expect(column(tableOf(page, 'The log'), 0)).toEqual(fields)
  })

  test('has every notice, and no other', () => {
    expect(column(tableOf(page, 'Notices'), 0)).toEqual([...noticeKinds])
  })
})
