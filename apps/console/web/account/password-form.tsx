import { useState } from 'react'
import { account } from '../api/calls.ts'
import { Form } from '../form/form.tsx'
import { PasswordField } from '../form/password-field.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { refusal, useAction } from '../form/use-action.ts'
import { useFieldErrors } from '../form/use-field-errors.ts'
import { UsernameForManagers } from '../form/username-for-managers.tsx'
import { wrongPassword } from '../form/wrong-password.ts'
import { FormButtons } from './form-buttons.tsx'

interface PasswordFormProps {
  readonly onChanged: () => Promise<void>
  readonly onCancel: () => void
}

export function PasswordForm({ onChanged, onCancel }: PasswordFormProps) {
  const [typed, setTyped] = useState({ current: '', next: '', again: '' })
  const change = useAction(async () => {
    const { current, next, again } = typed
    const refused = refusal({
      current: current === '' ? 'Enter your current password.' : undefined,
      next: next === '' ? 'Choose a new password.' : undefined,
      again: again === next ? undefined : 'This is not the same as the new password above.',
    })
    if (refused !== null) throw refused
    await account.changePassword(current, next)
    await onChanged()
  })
  const wait = useSecondsLeft(change.error?.retryAfterSeconds ?? 0, change.error)
  const { messages, edited } = useFieldErrors(change.error)
  const field = (name: keyof typeof typed) => ({
    name,
    value: typed[name],
    onChange: (value: string) => {
      setTyped({ ...typed, [name]: value })
      // The two new ones are held against each other.
      edited(...(name === 'current' ? [name] : ['next', 'again']))
    },
    error: name === 'current' ? wrongPassword(change.error, messages[name]) : messages[name],
  })

  return (
    <Form error={change.error} onSubmit={() => wait === 0 && void change.run()}>
      {change.error?.problem.errors === undefined ? <ProblemNotice error={change.error} /> : null}
      <UsernameForManagers />
      <PasswordField {...field('current')} label="Current password" autoComplete="current-password" />
      <PasswordField
        {...field('next')}
        label="New password"
        autoComplete="new-password"
        hint="At least 8 characters. A few unrelated words make a good one."
      />
      <PasswordField {...field('again')} label="New password again" autoComplete="new-password" />
      <FormButtons
        words="Change password"
        busyWords="Changing…"
        busy={change.busy}
        blocked={wait > 0}
        onCancel={onCancel}
      />
    </Form>
  )
}
