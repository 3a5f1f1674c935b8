import { useEffect, useRef, useState } from 'react'
import { actionTitle } from '../../activity/action-words.ts'
import type { TeamActivity } from '../../api/types.ts'
import { Button } from '../../form/button.tsx'
import { Field } from '../../form/field.tsx'
import { Form } from '../../form/form.tsx'
import { refusal, useAction } from '../../form/use-action.ts'
import { useFieldErrors } from '../../form/use-field-errors.ts'
import { type Filters, filtersIn, outcomes, searchOf } from './activity-filter.ts'
import { zoneAt } from './time-zone.ts'

interface ActivityFiltersProps {
  /** The query of the address: what is shown now. */
  readonly search: string
  readonly people: TeamActivity['people']
  readonly actions: TeamActivity['actions']
  readonly busy: boolean
  readonly onShow: (filters: Filters) => void
}

export function ActivityFilters({ search, people, actions, busy, onShow }: ActivityFiltersProps) {
  const [draft, setDraft] = useState(() => filtersIn(search))
  const heading = useRef<HTMLHeadingElement>(null)
  // Also when going back to what was shown before.
  useEffect(() => setDraft(filtersIn(search)), [search])
  const show = useAction(async () => {
    const backwards = draft.from !== '' && draft.to !== '' && draft.to < draft.from
    const refused = refusal({ to: backwards ? 'This day is before the first one.' : undefined })
    if (refused !== null) throw refused
    onShow(draft)
  })
  const { messages, edited } = useFieldErrors(show.error)
  const change = (part: Partial<Filters>) => {
    setDraft({ ...draft, ...part })
    edited('from', 'to')
  }
  const isNarrowed = searchOf(filtersIn(search)) !== ''

  return (
    <section className="block block-wide">
      <h2 ref={heading} tabIndex={-1}>
        What to show
      </h2>
      <Form error={show.error} onSubmit={() => void show.run()}>
        <div className="filters">
          <Chosen
            label="Person"
            name="person"
            any="Everyone"
            choices={people.map(({ accountId, email }) => [accountId, email])}
            value={draft.person}
            onChange={(person) => change({ person })}
          />
          <Chosen
            label="Action"
            name="action"
            any="Any"
            choices={actions.map((action) => [action, actionTitle(action)] as const).toSorted(byWords)}
            value={draft.action}
            onChange={(action) => change({ action })}
          />
          <Chosen
            label="Outcome"
            name="outcome"
            any="Any"
            choices={Object.entries(outcomes)}
            value={draft.outcome}
            onChange={(outcome) => change({ outcome: outcome as Filters['outcome'] })}
          />
          <DayField label="From" name="from" value={draft.from} onChange={(from) => change({ from })} />
          <DayField label="To" name="to" value={draft.to} error={messages['to']} onChange={(to) => change({ to })} />
        </div>
        <p className="field-hint">Days are those where you are ({zoneAt(new Date().toISOString())}).</p>
        <div className="ways">
          <Button type="submit" busy={busy} busyWords="Loading…">
            Show
          </Button>
          {isNarrowed ? (
            <Button
              kind="quiet"
              onClick={() => {
                onShow(filtersIn(''))
                // The button is gone.
                heading.current?.focus({ preventScroll: true })
              }}
            >
              Show everything
            </Button>
          ) : null}
        </div>
      </Form>
    </section>
  )
}

function byWords([, one]: readonly [string, string], [, other]: readonly [string, string]): number {
  return one.localeCompare(other)
}

interface ChosenProps {
  readonly label: string
  readonly name: string
  /** What it says where nothing is chosen. */
  readonly any: string
  readonly choices: readonly (readonly [value: string, words: string])[]
  readonly value: string
  readonly onChange: (value: string) => void
}

function Chosen({ label, name, any, choices, value, onChange }: ChosenProps) {
  return (
    <Field label={label}>
      {(control) => (
        <select {...control} name={name} value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="">{any}</option>
          {choices.map(([choice, words]) => (
            <option key={choice} value={choice}>
              {words}
            </option>
          ))}
          {/* The address may ask for something that is not there any more. */}
          {value === '' || choices.some(([choice]) => choice === value) ? null : <option value={value}>{value}</option>}
        </select>
      )}
    </Field>
  )
}

interface DayFieldProps {
  readonly label: string
  readonly name: string
  readonly value: string
  readonly error?: string | undefined
  readonly onChange: (day: string) => void
}

function DayField({ label, name, value, error, onChange }: DayFieldProps) {
  return (
    <Field label={label} error={error}>
      {(control) => (
        <input {...control} name={name} type="date" value={value} onChange={(event) => onChange(event.target.value)} />
      )}
    </Field>
  )
}
