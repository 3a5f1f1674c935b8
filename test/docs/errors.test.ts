import { errorCodes } from 'sallyport'
import { describe, expect, test } from 'vitest'
import { consoleErrors } from '../../apps/console/server/protection/problem.ts'
import { tableOf } from './documents.ts'

const page = 'docs/errors.md'
const libraryRows = tableOf(page, 'Codes of the library')
const consoleRows = tableOf(page, 'Codes of the console')

describe('the page of errors', () => {
  test('has every code of the library with its status, and no other', () => {
    expectCodes(libraryRows, errorCodes)
  })

  test('has every code of the console that is not the library’s, and no other', () => {
    const own = Object.entries(consoleErrors).filter(([code]) => !Object.hasOwn(errorCodes, code))
    expectCodes(consoleRows, Object.fromEntries(own))
  })

  test('says of every code when it is given and what to do', () => {
    const silent = [...libraryRows, ...consoleRows].filter((row) => row.length !== 4 || row.some((cell) => cell === ''))
    expect(silent).toEqual([])
  })
})

function expectCodes(
  rows: readonly (readonly string[])[],
  codes: Readonly<Record<string, { readonly status: number }>>,
): void {
  const described = rows.map(([code, status]) => [code, Number(status)])
  expect(described).toEqual(Object.entries(codes).map(([code, { status }]) => [code, status]))
}
