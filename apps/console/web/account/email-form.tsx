import { useState } from 'react'
import { account } from '../api/calls.ts'
import { EmailField } from '../form/email-field.tsx'
import { Form } from '../form/form.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { refusal, useAction } from '../form/use-action.ts'
import { useFieldErrors } from '../form/use-field-errors.ts'
import { navigate } from '../frame/router.tsx'
import { keepChange } from '../register/draft.ts'
import { FormButtons } from './form-buttons.tsx'

export function EmailForm({ onCancel }: { onCancel: () => void }) {
  const [email, setEmail] = useState('')
  const change = useAction(async () => {
    const to = email.trim()
    const empty = refusal({ email: to === '' ? 'Enter the new address.' : undefined })
    if (empty !== null) throw empty
    keepChange((await account.changeEmail(to)).challenge.id, to)
    navigate('/confirm', { from: '/account' })
  })
  const wait = useSecondsLeft(change.error?.retryAfterSeconds ?? 0, change.error)
  const { messages, edited } = useFieldErrors(change.error)

  return (
    <Form error={change.error} onSubmit={() => wait === 0 && void change.run()}>
      {change.error?.problem.errors === undefined ? <ProblemNotice error={change.error} /> : null}
      <EmailField
        label="New e-mail address"
        autoComplete="email"
        value={email}
        onChange={(typed) => {
          setEmail(typed)
          edited('email')
        }}
        error={messages['email']}
      />
      <FormButtons
        words="Send a code there"
        busyWords="Sending…"
        busy={change.busy}
        blocked={wait > 0}
        onCancel={onCancel}
      />
    </Form>
  )
}
