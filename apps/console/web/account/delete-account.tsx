import { useState } from 'react'
import { account } from '../api/calls.ts'
import { Button } from '../form/button.tsx'
import { EmailField } from '../form/email-field.tsx'
import { Form } from '../form/form.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { refusal, useAction } from '../form/use-action.ts'
import { useFieldErrors } from '../form/use-field-errors.ts'
import { navigate } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'

export function DeleteAccount({ email: own }: { email: string }) {
  const { refresh } = useSession()
  const [email, setEmail] = useState('')
  const remove = useAction(async () => {
    const empty = refusal({ email: email.trim() === '' ? `Type ${own} here first.` : undefined })
    if (empty !== null) throw empty
    await account.delete(email.trim())
    await refresh().catch(() => undefined)
    navigate('/sign-in', { replace: true, notice: 'Your account is deleted.' })
  })
  const wait = useSecondsLeft(remove.error?.retryAfterSeconds ?? 0, remove.error)
  const { messages, edited } = useFieldErrors(remove.error)

  return (
    <section className="block">
      <h2>Delete account</h2>
      <p className="quiet">
        Ends every session and erases your account, its second factors and its API keys, for good. You leave every team;
        teams with only you in them are deleted.
      </p>
      <Form error={remove.error} onSubmit={() => wait === 0 && void remove.run()}>
        {remove.error?.problem.errors === undefined ? <ProblemNotice error={remove.error} /> : null}
        <EmailField
          label="Your e-mail address, to be sure"
          autoComplete="off"
          value={email}
          onChange={(typed) => {
            setEmail(typed)
            edited('email')
          }}
          error={messages['email']}
        />
        <Button kind="danger" type="submit" busy={remove.busy} busyWords="Deleting…" blocked={wait > 0}>
          Delete account
        </Button>
      </Form>
    </section>
  )
}
