import { useEffect, useRef, useState } from 'react'
import { methods } from '../api/calls.ts'
import { ApiError, sentenceOf } from '../api/problem.ts'
import type { EnrolledMethod } from '../api/types.ts'
import { titleOf } from '../code/words.ts'
import { Button } from '../form/button.tsx'
import { Field } from '../form/field.tsx'
import { Form } from '../form/form.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { refusal, useAction } from '../form/use-action.ts'
import { useFieldErrors } from '../form/use-field-errors.ts'

/** As many characters as the server takes. */
export const longestName = 60

interface RenameFormProps {
  readonly method: EnrolledMethod
  readonly onRenamed: (name: string) => Promise<void>
  readonly onCancel: () => void
}

export function RenameForm({ method, onRenamed, onCancel }: RenameFormProps) {
  const [name, setName] = useState(titleOf(method))
  const input = useRef<HTMLInputElement>(null)
  const save = useAction(async () => {
    const chosen = name.trim()
    const empty = refusal({ name: chosen === '' ? 'Enter a name.' : undefined })
    if (empty !== null) throw empty
    if (chosen !== method.name) await methods.rename(method.enrollmentId, chosen).catch(besideName)
    await onRenamed(chosen)
  })

  useEffect(() => input.current?.select(), [])

  const { messages, edited } = useFieldErrors(save.error)
  const fieldError = messages['name']
  return (
    <Form error={save.error} onSubmit={() => void save.run()}>
      {save.error?.problem.errors === undefined ? <ProblemNotice error={save.error} /> : null}
      <Field label="Name" error={fieldError}>
        {(control) => (
          <input
            {...control}
            ref={input}
            name="name"
            autoComplete="off"
            maxLength={longestName}
            value={name}
            onChange={(event) => {
              setName(event.target.value)
              edited('name')
            }}
            onKeyDown={(event) => event.key === 'Escape' && onCancel()}
          />
        )}
      </Field>
      <div className="ways">
        <Button kind="primary" type="submit" busy={save.busy} busyWords="Saving…">
          Save
        </Button>
        <Button kind="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </Form>
  )
}

/** A name that is taken is about what stands in the field, so it is said there. */
function besideName(reason: unknown): never {
  if (reason instanceof ApiError && reason.code === 'name_taken') throw refusal({ name: sentenceOf(reason) }) ?? reason
  throw reason
}
