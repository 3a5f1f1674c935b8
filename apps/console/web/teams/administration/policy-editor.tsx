import { useId, useRef, useState } from 'react'
import { administration } from '../../api/calls.ts'
import type { TeamPolicy, TeamView } from '../../api/types.ts'
import { Button } from '../../form/button.tsx'
import { Field } from '../../form/field.tsx'
import { Form } from '../../form/form.tsx'
import { ProblemNotice } from '../../form/problem-notice.tsx'
import { refusal, useAction } from '../../form/use-action.ts'
import { useFieldErrors } from '../../form/use-field-errors.ts'
import { Icon } from '../../frame/icons.tsx'
import { PolicySentence } from './policy-sentence.tsx'
import { type Choice, RadioFields } from './radio-fields.tsx'
import { beginningOf, dayAfter, dayOf, zoneAt } from './time-zone.ts'

const whoMust: readonly Choice<TeamPolicy['who']>[] = [
  { value: 'optional', words: 'Nobody must', about: 'Everyone decides for themselves.' },
  { value: 'privileged', words: 'Owners and admins', about: 'Whoever can change this team or its people.' },
  { value: 'everyone', words: 'Everyone', about: 'Members, admins and owners.' },
]

type Start = 'at_once' | 'date'

const starts: readonly Choice<Start>[] = [
  { value: 'at_once', words: 'At once', about: 'Whoever has none sets one up at their next click.' },
  { value: 'date', words: 'From a date', about: 'Until then people are told at each sign-in, and may postpone it.' },
]

type Floor = NonNullable<TeamPolicy['atLeast']> | 'any'

const floors: readonly Choice<Floor>[] = [
  { value: 'any', words: 'Any', about: 'E-mail too, though never for owners and admins.' },
  {
    value: 'sms',
    words: 'Text message or stronger',
    about: 'E-mail does not count. A phone number can be taken over, so this is better than e-mail and not the best.',
  },
  {
    value: 'totp',
    words: 'Authenticator app or stronger',
    about: 'Neither e-mail nor text messages count. The codes are made on the person’s own device.',
  },
  {
    value: 'security_key',
    words: 'Phishing-resistant: security keys and passkeys only',
    about: 'No code counts, because a fake page can ask for one. A key works only on the site it was set up for.',
  },
]

/** So far ahead the server takes a day, counted from the beginning of this one. */
const yearDays = 365

interface PolicyEditorProps {
  readonly team: TeamView
  readonly policy: TeamPolicy
  readonly onSaved: (news: string) => Promise<void>
}

export function PolicyEditor({ team, policy, onSaved }: PolicyEditorProps) {
  const [typed, setTyped] = useState<Draft | null>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const previewId = useId()
  const draft = typed ?? draftOf(policy)
  const wanted = policyOf(draft, policy)
  const dayMissing = draft.who !== 'optional' && draft.start === 'date' && wanted.from === null
  const [first, last] = [dayAfter(Date.now(), 1), dayAfter(Date.now(), yearDays)]
  // What is saved already may have begun.
  const dayUnusable = wanted.from !== null && wanted.from !== policy.from && (draft.day < first || draft.day > last)
  const changed = dayMissing || !same(wanted, policyOf(draftOf(policy), policy))
  const save = useAction(async () => {
    const missing = refusal({ from: dayMissing ? 'Choose the day.' : undefined })
    if (missing !== null) throw missing
    await administration.changePolicy(team.id, wanted)
    await onSaved('The rule is saved.')
    setTyped(null)
  })
  const { messages, edited } = useFieldErrors(save.error)
  const change = (part: Partial<Draft>, field: string) => {
    setTyped({ ...draft, ...part })
    edited(field)
  }
  const undo = () => {
    setTyped(null)
    edited('who', 'from', 'atLeast')
    // The button is gone.
    heading.current?.focus({ preventScroll: true })
  }

  return (
    <section className="block block-wide">
      <h2 ref={heading} tabIndex={-1}>
        Who needs a second factor
      </h2>
      <Form error={save.error} onSubmit={() => changed && void save.run()}>
        {changed && save.error?.problem.errors === undefined ? <ProblemNotice error={save.error} /> : null}
        <RadioFields
          legend="Who must have one"
          name="who"
          choices={whoMust}
          value={draft.who}
          onChange={(who) => change({ who }, 'who')}
          error={messages['who']}
        />
        {draft.who === 'optional' ? null : (
          <>
            <RadioFields
              legend="From when"
              name="start"
              choices={starts}
              value={draft.start}
              onChange={(start) => change({ start }, 'from')}
              error={draft.start === 'date' ? undefined : messages['from']}
            >
              {draft.start === 'date' ? (
                <Field
                  label="Date"
                  hint={`The day begins at midnight where you are (${zoneAt(wanted.from ?? new Date().toISOString())}).`}
                  error={messages['from']}
                >
                  {(control) => (
                    <input
                      {...control}
                      name="from"
                      type="date"
                      min={first}
                      max={last}
                      value={draft.day}
                      onChange={(event) => change({ day: event.target.value }, 'from')}
                    />
                  )}
                </Field>
              ) : null}
            </RadioFields>
            <RadioFields
              legend="The weakest that counts"
              name="atLeast"
              choices={floors}
              value={draft.floor}
              onChange={(floor) => change({ floor }, 'atLeast')}
              error={messages['atLeast']}
            />
          </>
        )}
        <div className="preview" role="group" aria-labelledby={previewId}>
          <Icon name={wanted.who === 'optional' ? 'shield' : 'shieldCheck'} />
          <div>
            <p id={previewId} className="preview-title">
              {changed ? 'Once it is saved' : 'As it is now'}
            </p>
            <p aria-live="polite">
              {dayMissing || dayUnusable ? (
                `Choose a day ${dayMissing ? '' : 'that is yet to come, within a year, '}to see what will be true.`
              ) : (
                <PolicySentence team={team.name} policy={wanted} />
              )}
            </p>
          </div>
        </div>
        {changed ? (
          <div className="ways">
            <Button kind="primary" type="submit" busy={save.busy} busyWords="Saving…">
              Save rule
            </Button>
            <Button kind="quiet" onClick={undo}>
              Undo
            </Button>
          </div>
        ) : null}
      </Form>
    </section>
  )
}

/** What the form holds: also what does not count at the moment, so that it is there when it does again. */
interface Draft {
  readonly who: TeamPolicy['who']
  readonly start: Start
  readonly day: string
  readonly floor: Floor
}

function draftOf({ who, from, atLeast }: TeamPolicy): Draft {
  return {
    who,
    start: from === null ? 'at_once' : 'date',
    day: from === null ? '' : dayOf(from),
    floor: atLeast ?? 'any',
  }
}

/** `saved`: a day that was not touched stays the moment it was, which may be midnight elsewhere. */
function policyOf({ who, start, day, floor }: Draft, saved: TeamPolicy): TeamPolicy {
  if (who === 'optional') return { who, from: null, atLeast: null }
  const untouched = saved.from !== null && dayOf(saved.from) === day
  return {
    who,
    from: start === 'at_once' ? null : untouched ? saved.from : beginningOf(day),
    atLeast: floor === 'any' ? null : floor,
  }
}

function same(one: TeamPolicy, other: TeamPolicy): boolean {
  return one.who === other.who && one.from === other.from && one.atLeast === other.atLeast
}
