import { useRef, useState } from 'react'
import { signIn } from '../api/calls.ts'
import { fieldMessages } from '../api/problem.ts'
import { Button } from '../form/button.tsx'
import { EmailField } from '../form/email-field.tsx'
import { Form } from '../form/form.tsx'
import { PasswordField } from '../form/password-field.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { refusal, useAction } from '../form/use-action.ts'
import { Notice } from '../frame/notice.tsx'
import { Page } from '../frame/page.tsx'
import { Link, navigate, noticeHere, Redirect } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'

export function SignInPage() {
  const { session, refresh } = useSession()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const notice = useRef(noticeHere()).current

  const begin = useAction(async () => {
    const empty = refusal({
      email: email.trim() === '' ? 'Enter your e-mail address.' : undefined,
      password: password === '' ? 'Enter your password.' : undefined,
    })
    if (empty !== null) throw empty
    const step = await signIn.begin(email.trim(), password)
    if (step === 'challenge') return navigate('/challenge')
    await refresh()
    navigate('/security', { replace: true })
  })
  const wait = useSecondsLeft(begin.error?.retryAfterSeconds ?? 0, begin.error)
  const messages = fieldMessages(begin.error)

  if (session.account !== null) return <Redirect to="/security" />
  return (
    <Page title="Sign in">
      <Form error={begin.error} onSubmit={() => wait === 0 && void begin.run()}>
        {notice === null || begin.error !== null ? null : <Notice tone="info">{notice}</Notice>}
        {Object.keys(messages).length > 0 ? null : <ProblemNotice error={begin.error} />}
        <EmailField value={email} onChange={setEmail} error={messages['email']} />
        <PasswordField
          value={password}
          onChange={setPassword}
          autoComplete="current-password"
          error={messages['password']}
        />
        <Button kind="primary" type="submit" busy={begin.busy} blocked={wait > 0}>
          Sign in
        </Button>
      </Form>
      <p className="aside">
        New here? <Link to="/register">Create an account</Link>
      </p>
    </Page>
  )
}
