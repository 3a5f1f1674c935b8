import { useState } from 'react'
import { stepUp } from '../api/calls.ts'
import { Button } from '../form/button.tsx'
import { Form } from '../form/form.tsx'
import { PasswordField } from '../form/password-field.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { UsernameForManagers } from '../form/username-for-managers.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { refusal, useAction } from '../form/use-action.ts'
import { useFieldErrors } from '../form/use-field-errors.ts'
import { wrongPassword } from '../form/wrong-password.ts'
import { useFirstFocus } from './use-first-focus.ts'

interface ConfirmByPasswordProps {
  readonly onPassed: () => void
  readonly onCancel: () => void
}

/** Where two-step sign-in is off. */
export function ConfirmByPassword({ onPassed, onCancel }: ConfirmByPasswordProps) {
  const [password, setPassword] = useState('')
  const around = useFirstFocus<HTMLDivElement>()
  const check = useAction(async () => {
    const empty = refusal({ password: password === '' ? 'Enter your password.' : undefined })
    if (empty !== null) throw empty
    await stepUp.checkPassword(password)
    onPassed()
  })
  const wait = useSecondsLeft(check.error?.retryAfterSeconds ?? 0, check.error)
  const { messages, edited } = useFieldErrors(check.error)

  return (
    <div className="dialog-part" ref={around} tabIndex={-1}>
      <Form error={check.error} onSubmit={() => wait === 0 && void check.run()}>
        {check.error?.problem.errors === undefined ? <ProblemNotice error={check.error} /> : null}
        <UsernameForManagers />
        <PasswordField
          value={password}
          onChange={(typed) => {
            setPassword(typed)
            edited('password')
          }}
          autoComplete="current-password"
          error={wrongPassword(check.error, messages['password'])}
        />
        <Button kind="primary" type="submit" busy={check.busy} busyWords="Checking…" blocked={wait > 0}>
          Confirm
        </Button>
      </Form>
      <Button kind="quiet" onClick={onCancel}>
        Cancel
      </Button>
    </div>
  )
}
