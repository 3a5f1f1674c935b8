import { useState } from 'react'
import { apiKeys } from '../api/calls.ts'
import type { ApiKeysView } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { Field } from '../form/field.tsx'
import { Form } from '../form/form.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { refusal, useAction } from '../form/use-action.ts'
import { useFieldErrors } from '../form/use-field-errors.ts'
import type { Secret } from './new-secret.tsx'
import { ScopeFields } from './scope-fields.tsx'

/** As many characters as the server takes. */
const longestName = 60

const lifetimes = [7, 30, 90, 365] as const

interface CreateKeyProps {
  readonly scopes: ApiKeysView['scopes']
  readonly onCreated: (secret: Secret) => void
}

export function CreateKey({ scopes, onCreated }: CreateKeyProps) {
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [days, setDays] = useState<number | null>(90)
  const create = useAction(async () => {
    const called = name.trim()
    const refused = refusal({
      name: called === '' ? 'Give the key a name.' : undefined,
      scopes: chosen.length === 0 ? 'Choose what the key may do.' : undefined,
    })
    if (refused !== null) throw refused
    const { secret } = await apiKeys.create({ name: called, scopes: chosen, expiresInDays: days })
    onCreated({ name: called, secret })
  })
  const { messages, edited } = useFieldErrors(create.error)

  return (
    <section className="block">
      <h2>Create an API key</h2>
      <Form error={create.error} onSubmit={() => void create.run()}>
        {create.error?.problem.errors === undefined ? <ProblemNotice error={create.error} /> : null}
        <Field label="Name" hint="What will use it, as you will know it again." error={messages['name']}>
          {(control) => (
            <input
              {...control}
              name="name"
              autoComplete="off"
              maxLength={longestName}
              value={name}
              onChange={(event) => {
                setName(event.target.value)
                edited('name')
              }}
            />
          )}
        </Field>
        <ScopeFields
          scopes={scopes}
          chosen={chosen}
          onChange={(next) => {
            setChosen(next)
            edited('scopes')
          }}
          error={messages['scopes']}
        />
        <Field label="Expires" error={messages['expiresInDays']}>
          {(control) => (
            <select
              {...control}
              name="expires"
              value={days ?? 'never'}
              onChange={({ target }) => setDays(target.value === 'never' ? null : Number(target.value))}
            >
              {lifetimes.map((lifetime) => (
                <option key={lifetime} value={lifetime}>
                  in {lifetime} days
                </option>
              ))}
              <option value="never">never</option>
            </select>
          )}
        </Field>
        <Button kind="primary" type="submit" busy={create.busy} busyWords="Creating…">
          Create API key
        </Button>
      </Form>
    </section>
  )
}
