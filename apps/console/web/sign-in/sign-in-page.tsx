import { useState } from 'react'
import { signIn } from '../api/calls.ts'
import { Button } from '../form/button.tsx'
import { EmailField } from '../form/email-field.tsx'
import { Form } from '../form/form.tsx'
import { PasswordField } from '../form/password-field.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { refusal, useAction } from '../form/use-action.ts'
import { useFieldErrors } from '../form/use-field-errors.ts'
import { Notice } from '../frame/notice.tsx'
import { Page } from '../frame/page.tsx'
import { Link, navigate, Redirect, useNotice } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { forgetDraft } from '../register/draft.ts'

export function SignInPage() {
  const { session, refresh } = useSession()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const notice = useNotice()

  const begin = useAction(async () => {
    const empty = refusal({
      email: email.trim() === '' ? 'Enter your e-mail address.' : undefined,
      password: password === '' ? 'Enter your password.' : undefined,
    })
    if (empty !== null) throw empty
    const step = await signIn.begin(email.trim(), password)
    forgetDraft()
    if (step === 'challenge') return navigate('/challenge')
    await refresh()
    navigate('/security', { replace: true })
  })
  const wait = useSecondsLeft(begin.error?.retryAfterSeconds ?? 0, begin.error)
  const { messages, edited } = useFieldErrors(begin.error)

  if (session.account !== null) return <Redirect to="/security" />
  return (
    <Page title="Sign in">
      <Form error={begin.error} onSubmit={() => wait === 0 && void begin.run()}>
        {notice === null || begin.error !== null ? null : <Notice tone="info">{notice}</Notice>}
        {begin.error?.problem.errors === undefined ? <ProblemNotice error={begin.error} /> : null}
        <EmailField
          value={email}
          onChange={(typed) => {
            setEmail(typed)
            edited('email')
          }}
          error={messages['email']}
        />
        <PasswordField
          value={password}
          onChange={(typed) => {
            setPassword(typed)
            edited('password')
          }}
          autoComplete="current-password"
          error={messages['password']}
        />
        <Button kind="primary" type="submit" busy={begin.busy} busyWords="Signing in…" blocked={wait > 0}>
          Sign in
        </Button>
      </Form>
      <p className="aside">
        New here? <Link to="/register">Create an account</Link>
      </p>
    </Page>
  )
}
