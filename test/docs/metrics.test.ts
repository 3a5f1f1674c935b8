import { metricTable } from 'sallyport'
import { describe, expect, test } from 'vitest'
import { sectionOf } from './documents.ts'

const page = 'docs/metrics.md'

/** The lines of a section's first table, without its head, as they are written. */
function rowsOf(heading: string): readonly string[] {
  const [own = ''] = sectionOf(page, heading).split(/^## /m)
  return own.split('\n').filter((line) => line.startsWith('| `'))
}

describe('the page of metrics', () => {
  test('has every metric with its instrument, unit and words, and no other', () => {
    const expected = Object.entries(metricTable).map(
      ([name, { instrument, unit, about }]) => `| \`${name}\` | ${instrument} | \`${unit}\` | ${about} |`,
    )
    expect(rowsOf('Metrics')).toEqual(expected)
  })

  test('has every attribute of every metric with its values, and no other', () => {
    const expected = Object.entries(metricTable).flatMap(([name, { attributes }]) =>
      Object.entries(attributes).map(([attribute, values]) => `| \`${name}\` | \`${attribute}\` | ${values} |`),
    )
    expect(rowsOf('Attributes')).toEqual(expected)
  })
})
