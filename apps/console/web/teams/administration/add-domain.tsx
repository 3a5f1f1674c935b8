import { useState } from 'react'
import { administration } from '../../api/calls.ts'
import type { TeamView } from '../../api/types.ts'
import { Button } from '../../form/button.tsx'
import { Field } from '../../form/field.tsx'
import { Form } from '../../form/form.tsx'
import { ProblemNotice } from '../../form/problem-notice.tsx'
import { refusal, useAction } from '../../form/use-action.ts'
import { useFieldErrors } from '../../form/use-field-errors.ts'

interface AddDomainProps {
  readonly team: TeamView
  readonly onAdded: (news: string) => Promise<void>
}

export function AddDomain({ team, onAdded }: AddDomainProps) {
  const [domain, setDomain] = useState('')
  const add = useAction(async () => {
    const named = domain.trim()
    const empty = refusal({ domain: named === '' ? 'Enter the domain.' : undefined })
    if (empty !== null) throw empty
    const added = await administration.addDomain(team.id, named)
    setDomain('')
    await onAdded(
      added.verifiedAt === null
        ? `${added.domain} is added. Put the record that stands under it into its DNS.`
        : `${added.domain} is there already, and verified.`,
    )
  })
  const { messages, edited } = useFieldErrors(add.error)
  return (
    <Form error={add.error} onSubmit={() => void add.run()}>
      {add.error?.problem.errors === undefined ? <ProblemNotice error={add.error} /> : null}
      <Field label="Domain" hint="What stands after the @, like example.org." error={messages['domain']}>
        {(control) => (
          <input
            {...control}
            name="domain"
            inputMode="url"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={253}
            value={domain}
            onChange={(event) => {
              setDomain(event.target.value)
              edited('domain')
            }}
          />
        )}
      </Field>
      <div className="ways">
        <Button type="submit" busy={add.busy} busyWords="Adding…">
          Add domain
        </Button>
      </div>
    </Form>
  )
}
