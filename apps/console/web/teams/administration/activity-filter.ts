import type { ActivityFilter, ActivityOutcome } from '../../api/types.ts'
import { beginningOf, endOf } from './time-zone.ts'

/** What the list is narrowed to, as the form and the address have it: days are those of this time zone, empty is anything. */
export interface Filters {
  readonly person: string
  readonly action: string
  readonly outcome: ActivityOutcome | ''
  readonly from: string
  readonly to: string
}

export const outcomes: Readonly<Record<ActivityOutcome, string>> = { ok: 'Done', refused: 'Refused', failed: 'Failed' }

/** What the query of the address says; what makes no sense there is left aside. */
export function filtersIn(search: string): Filters {
  const query = new URLSearchParams(search)
  const text = (name: keyof Filters) => query.get(name) ?? ''
  const day = (name: 'from' | 'to') => (beginningOf(text(name)) === null ? '' : text(name))
  const outcome = text('outcome')
  return {
    person: text('person'),
    action: text('action'),
    outcome: isOutcome(outcome) ? outcome : '',
    from: day('from'),
    to: day('to'),
  }
}

/** The query that says so; empty where nothing is narrowed. */
export function searchOf(filters: Filters): string {
  const said = Object.entries(filters).filter(([, value]) => value !== '')
  return said.length === 0 ? '' : `?${new URLSearchParams(said).toString()}`
}

export function wantedBy({ person, action, outcome, from, to }: Filters): ActivityFilter {
  const [begins, ends] = [beginningOf(from), endOf(to)]
  return {
    ...(person === '' ? {} : { person }),
    ...(action === '' ? {} : { action }),
    ...(outcome === '' ? {} : { outcome }),
    ...(begins === null ? {} : { from: begins }),
    ...(ends === null ? {} : { to: ends }),
  }
}

function isOutcome(text: string): text is ActivityOutcome {
  return Object.hasOwn(outcomes, text)
}
