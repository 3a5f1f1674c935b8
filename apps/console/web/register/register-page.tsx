import { useMemo, useState } from 'react'
import { registration } from '../api/calls.ts'
import { Button } from '../form/button.tsx'
import { EmailField } from '../form/email-field.tsx'
import { Form } from '../form/form.tsx'
import { PasswordField } from '../form/password-field.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { refusal, useAction } from '../form/use-action.ts'
import { useFieldErrors } from '../form/use-field-errors.ts'
import { Page } from '../frame/page.tsx'
import { Link, navigate, Redirect } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { invitedHere } from '../invitation/token.ts'
import { countries, guessCountry } from './countries.ts'
import { draftHere, keepDraft } from './draft.ts'
import { PhoneFields } from './phone-fields.tsx'

const shown = ['email', 'password', 'phone', 'country']

export function RegisterPage() {
  const { session } = useSession()
  const [typed, setTyped] = useState(
    () => draftHere() ?? { email: invitedHere() ?? '', phone: '', country: guessCountry(navigator.languages) },
  )
  const [password, setPassword] = useState('')
  const places = useMemo(countries, [])

  const create = useAction(async () => {
    const { country } = typed
    const email = typed.email.trim()
    const phone = typed.phone.trim()
    const refused = refusal({
      email: email === '' ? 'Enter your e-mail address.' : undefined,
      password: password === '' ? 'Choose a password.' : undefined,
    })
    if (refused !== null) throw refused
    await registration.create({ email, password, phone, country })
    keepDraft({ email, phone, country })
    navigate('/confirm')
  })
  const wait = useSecondsLeft(create.error?.retryAfterSeconds ?? 0, create.error)
  const { messages, edited } = useFieldErrors(create.error)
  const besideFields = create.error?.problem.errors?.some(({ field }) => shown.includes(field)) === true
  const edit = (field: keyof typeof typed) => (value: string) => {
    setTyped({ ...typed, [field]: value })
    edited(field)
  }

  if (session.account !== null) return <Redirect to="/security" />
  return (
    <Page title="Create your account">
      <Form error={create.error} onSubmit={() => wait === 0 && void create.run()}>
        {besideFields ? null : <ProblemNotice error={create.error} />}
        <EmailField value={typed.email} onChange={edit('email')} error={messages['email']} />
        <PasswordField
          value={password}
          onChange={(value) => {
            setPassword(value)
            edited('password')
          }}
          autoComplete="new-password"
          hint="At least 8 characters. A few unrelated words make a good one."
          error={messages['password']}
        />
        <PhoneFields
          phone={typed.phone}
          onPhone={edit('phone')}
          country={typed.country}
          onCountry={(country) => {
            setTyped({ ...typed, country })
            // A national number is read as the country's, so it may be right now.
            edited('country', 'phone')
          }}
          countries={places}
          phoneError={messages['phone']}
          countryError={messages['country']}
        />
        <Button kind="primary" type="submit" busy={create.busy} busyWords="Creating…" blocked={wait > 0}>
          Create account
        </Button>
      </Form>
      <p className="aside">
        Have an account? <Link to="/sign-in">Sign in</Link>
      </p>
    </Page>
  )
}
