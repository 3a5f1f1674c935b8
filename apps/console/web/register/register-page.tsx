import { useMemo, useState } from 'react'
import { registration } from '../api/calls.ts'
import { fieldMessages } from '../api/problem.ts'
import { Button } from '../form/button.tsx'
import { EmailField } from '../form/email-field.tsx'
import { Form } from '../form/form.tsx'
import { PasswordField } from '../form/password-field.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { refusal, useAction } from '../form/use-action.ts'
import { Page } from '../frame/page.tsx'
import { Link, navigate, Redirect } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { countries, guessCountry } from './countries.ts'
import { PhoneFields } from './phone-fields.tsx'

const shown = ['email', 'password', 'phone', 'country']

export function RegisterPage() {
  const { session } = useSession()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [phone, setPhone] = useState('')
  const [country, setCountry] = useState(() => guessCountry(navigator.languages))
  const places = useMemo(countries, [])

  const create = useAction(async () => {
    const refused = refusal({
      email: email.trim() === '' ? 'Enter your e-mail address.' : undefined,
      password: password === '' ? 'Choose a password.' : undefined,
    })
    if (refused !== null) throw refused
    await registration.create({ email: email.trim(), password, phone: phone.trim(), country })
    navigate('/confirm')
  })
  const wait = useSecondsLeft(create.error?.retryAfterSeconds ?? 0, create.error)
  const messages = fieldMessages(create.error)
  const besideFields = Object.keys(messages).some((field) => shown.includes(field))

  if (session.account !== null) return <Redirect to="/security" />
  return (
    <Page title="Create your account">
      <Form error={create.error} onSubmit={() => wait === 0 && void create.run()}>
        {besideFields ? null : <ProblemNotice error={create.error} />}
        <EmailField value={email} onChange={setEmail} error={messages['email']} />
        <PasswordField
          value={password}
          onChange={setPassword}
          autoComplete="new-password"
          hint="At least 8 characters. A few unrelated words make a good one."
          error={messages['password']}
        />
        <PhoneFields
          phone={phone}
          onPhone={setPhone}
          country={country}
          onCountry={setCountry}
          countries={places}
          phoneError={messages['phone']}
          countryError={messages['country']}
        />
        <Button kind="primary" type="submit" busy={create.busy} blocked={wait > 0}>
          Create account
        </Button>
      </Form>
      <p className="aside">
        Have an account? <Link to="/sign-in">Sign in</Link>
      </p>
    </Page>
  )
}
