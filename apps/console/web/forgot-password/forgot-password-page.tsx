import { useState } from 'react'
import { passwordReset } from '../api/calls.ts'
import { Button } from '../form/button.tsx'
import { EmailField } from '../form/email-field.tsx'
import { Form } from '../form/form.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { refusal, useAction } from '../form/use-action.ts'
import { useFieldErrors } from '../form/use-field-errors.ts'
import { Page } from '../frame/page.tsx'
import { Link } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { keepTypedEmail, typedEmail } from '../sign-in/typed-email.ts'

export function ForgotPasswordPage() {
  const [asked, setAsked] = useState<string | null>(null)
  return asked === null ? <Ask onAsked={setAsked} /> : <Asked email={asked} onAgain={() => setAsked(null)} />
}

function Ask({ onAsked }: { onAsked: (email: string) => void }) {
  const { account } = useSession().session
  const [email, setEmail] = useState(() => account?.email ?? typedEmail())
  const ask = useAction(async () => {
    const to = email.trim()
    const empty = refusal({ email: to === '' ? 'Enter your e-mail address.' : undefined })
    if (empty !== null) throw empty
    await passwordReset.ask(to)
    onAsked(to)
  })
  const wait = useSecondsLeft(ask.error?.retryAfterSeconds ?? 0, ask.error)
  const { messages, edited } = useFieldErrors(ask.error)

  return (
    <Page title="Forgot your password?" lead="We send a link to your e-mail address, with which you choose a new one.">
      <Form error={ask.error} onSubmit={() => wait === 0 && void ask.run()}>
        {ask.error?.problem.errors === undefined ? <ProblemNotice error={ask.error} /> : null}
        <EmailField
          value={email}
          onChange={(typed) => {
            setEmail(typed)
            keepTypedEmail(typed)
            edited('email')
          }}
          error={messages['email']}
        />
        <Button kind="primary" type="submit" busy={ask.busy} busyWords="Sending…" blocked={wait > 0}>
          Send a link
        </Button>
      </Form>
      <p className="aside">
        <Back />
      </p>
    </Page>
  )
}

/** The same for every address: the page tells nobody who has an account. */
function Asked({ email, onAgain }: { email: string; onAgain: () => void }) {
  return (
    <Page
      title="Look in your mailbox"
      lead={
        <>
          If there is an account with this address, a link is on its way to <strong>{email}</strong>. It works once, and
          for an hour.
        </>
      }
    >
      <div className="block">
        <h2>If nothing comes</h2>
        <ul className="points">
          <li>Wait a few minutes, and look among the unwanted mail.</li>
          <li>Check the address above, or try another one that may be yours.</li>
          <li>
            Where an organisation signs you in, there is no password here: choose “Sign in with your organisation”.
          </li>
        </ul>
      </div>
      <div className="ways">
        <Back className="button button-primary" />
        <Button kind="quiet" onClick={onAgain}>
          Try another address
        </Button>
      </div>
    </Page>
  )
}

/** Who is signed in came from their account. */
function Back({ className }: { className?: string }) {
  const { account } = useSession().session
  return account === null ? (
    <Link to="/sign-in" className={className}>
      Back to sign in
    </Link>
  ) : (
    <Link to="/account" className={className}>
      Back to your account
    </Link>
  )
}
