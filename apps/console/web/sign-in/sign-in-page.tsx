import { useEffect, useRef, useState } from 'react'
import { signIn } from '../api/calls.ts'
import { type ApiError, type Errand, sentenceOf, sentenceOfCode } from '../api/problem.ts'
import { Button } from '../form/button.tsx'
import { EmailField } from '../form/email-field.tsx'
import { Form } from '../form/form.tsx'
import { PasswordField } from '../form/password-field.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { refusal, useAction } from '../form/use-action.ts'
import { useFieldErrors } from '../form/use-field-errors.ts'
import { afterSignIn, lastErrand } from '../frame/destination.ts'
import { useNews } from '../frame/news.tsx'
import { Notice } from '../frame/notice.tsx'
import { Page } from '../frame/page.tsx'
import { Link, navigate, Redirect, useNotice } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { useFocused } from '../frame/use-focused.ts'
import { useOutcome } from '../frame/use-outcome.ts'
import { invitedHere } from '../invitation/token.ts'
import { forgetDraft } from '../register/draft.ts'
import { OtherDoors, useSingleSignOn } from './other-doors.tsx'
import { keepTypedEmail, typedEmail } from './typed-email.ts'
import { usePasskey } from './use-passkey.ts'

const whyId = 'why-not-here'

export function SignInPage() {
  const { session, refresh } = useSession()
  const [email, setEmail] = useState(() => invitedHere() ?? typedEmail())
  const [password, setPassword] = useState('')
  const notice = useNotice()
  /** Why a sign-in at another site came to nothing. */
  const outcome = useOutcome('problem')
  const [problem] = useNews(outcome)

  const goIn = async () => {
    forgetDraft()
    navigate(afterSignIn(await refresh()), { replace: true })
  }
  const begin = useAction(async () => {
    const empty = refusal({
      email: email.trim() === '' ? 'Enter your e-mail address.' : undefined,
      password: password === '' ? 'Enter your password.' : undefined,
    })
    if (empty !== null) throw empty
    const step = await signIn.begin(email.trim(), password)
    if (step === 'signed_in') return await goIn()
    forgetDraft()
    navigate('/challenge')
  })
  const passkey = usePasskey(session.passkeySignIn && session.account === null, goIn)
  const singleSignOn = useSingleSignOn(email)
  const error = begin.error ?? singleSignOn.error
  const wait = useSecondsLeft(begin.error?.retryAfterSeconds ?? 0, begin.error)
  const { messages, edited } = useFieldErrors(error)
  const ssoRequired = problem === 'sso_required' || error?.code === 'sso_required'
  const around = useRef<HTMLDivElement>(null)
  const why = useFocused<HTMLDivElement>(problem !== null)

  useEffect(() => {
    if (error?.code === 'sso_required') around.current?.querySelector<HTMLElement>('[data-organisation]')?.focus()
  }, [error])

  if (session.account !== null) {
    return outcome === null ? (
      <Redirect to="/security" />
    ) : (
      <Redirect to={`/account?problem=${encodeURIComponent(outcome)}`} />
    )
  }
  return (
    <Page title="Sign in">
      <Form error={error} onSubmit={() => wait === 0 && void begin.run()}>
        {problem === null ? null : (
          <div ref={why} tabIndex={-1}>
            <Notice tone="warning">
              <span id={whyId}>{sentenceOfCode(problem, lastErrand())}</span>
            </Notice>
          </div>
        )}
        {notice === null || error !== null || problem !== null ? null : <Notice tone="info">{notice}</Notice>}
        {error?.problem.errors === undefined ? (
          <SignInProblem error={error} errand={singleSignOn.error === null ? 'provider' : 'organisation'} />
        ) : null}
        <EmailField
          autoComplete={session.passkeySignIn ? 'username webauthn' : 'username'}
          value={email}
          onChange={(typed) => {
            setEmail(typed)
            keepTypedEmail(typed)
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
        <Button
          kind={ssoRequired ? 'secondary' : 'primary'}
          type="submit"
          busy={begin.busy}
          busyWords="Signing in…"
          blocked={wait > 0}
        >
          Sign in
        </Button>
      </Form>
      <p className="below">
        <Link to="/forgot-password">Forgot your password?</Link>
      </p>
      <div ref={around}>
        <OtherDoors
          passkey={session.passkeySignIn ? passkey : null}
          providers={session.providers}
          singleSignOn={singleSignOn}
          describedBy={ssoRequired ? whyId : undefined}
        />
      </div>
      <p className="aside">
        New here? <Link to="/register">Create an account</Link>
      </p>
    </Page>
  )
}

function SignInProblem({ error, errand }: { error: ApiError | null; errand: Errand }) {
  if (error?.code === 'sso_required') {
    return (
      <ProblemNotice
        error={error}
        sentence={
          <span id={whyId}>
            Your organisation signs you in, so this password is not used. Choose “Sign in with your organisation”.
          </span>
        }
      />
    )
  }
  if (error?.code === 'provider_unavailable')
    return <ProblemNotice error={error} sentence={sentenceOfCode(error.code, errand)} />
  if (error?.code !== 'credentials_wrong') return <ProblemNotice error={error} />
  // The same for an unknown address, a wrong password and an unconfirmed account: the page tells nobody which.
  return (
    <ProblemNotice
      error={error}
      sentence={
        <>
          <p>{sentenceOf(error)}</p>
          <p className="notice-more">
            Is the address not confirmed yet? To get a new code for it, create the account again.
          </p>
        </>
      }
    />
  )
}
