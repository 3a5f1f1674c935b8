import { useState } from 'react'
import { Button } from '../form/button.tsx'
import { Form } from '../form/form.tsx'
import { PasswordField } from '../form/password-field.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { refusal, useAction } from '../form/use-action.ts'
import { useFieldErrors } from '../form/use-field-errors.ts'
import { Page } from '../frame/page.tsx'

interface NewPasswordProps {
  /** Masked: whoever has only the link is told no more. */
  readonly email: string
  /** Whether there is one that it takes the place of. */
  readonly hasPassword: boolean
  readonly onChosen: (password: string) => Promise<void>
}

export function NewPassword({ email, hasPassword, onChosen }: NewPasswordProps) {
  const [password, setPassword] = useState('')
  const choose = useAction(async () => {
    const empty = refusal({ password: password === '' ? 'Choose a password.' : undefined })
    if (empty !== null) throw empty
    await onChosen(password)
  })
  const wait = useSecondsLeft(choose.error?.retryAfterSeconds ?? 0, choose.error)
  const { messages, edited } = useFieldErrors(choose.error)

  return (
    <Page
      title={hasPassword ? 'Choose a new password' : 'Choose a password'}
      lead={
        <>
          For <span className="hint">{email}</span>. It ends every session of this account; second factors stay as they
          are.
        </>
      }
    >
      <Form error={choose.error} onSubmit={() => wait === 0 && void choose.run()}>
        {choose.error?.problem.errors === undefined ? <ProblemNotice error={choose.error} /> : null}
        <PasswordField
          label={hasPassword ? 'New password' : 'Password'}
          value={password}
          onChange={(typed) => {
            setPassword(typed)
            edited('password')
          }}
          autoComplete="new-password"
          hint="At least 8 characters. A few unrelated words make a good one."
          error={messages['password']}
        />
        <Button
          kind="primary"
          type="submit"
          busy={choose.busy}
          busyWords={hasPassword ? 'Changing…' : 'Setting…'}
          blocked={wait > 0}
        >
          {hasPassword ? 'Change password' : 'Set password'}
        </Button>
      </Form>
    </Page>
  )
}
