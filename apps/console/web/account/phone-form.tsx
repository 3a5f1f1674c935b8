import { useMemo, useState } from 'react'
import { account } from '../api/calls.ts'
import { Form } from '../form/form.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { refusal, useAction } from '../form/use-action.ts'
import { useFieldErrors } from '../form/use-field-errors.ts'
import { navigate } from '../frame/router.tsx'
import { countries, guessCountry } from '../register/countries.ts'
import { keepChange } from '../register/draft.ts'
import { PhoneFields } from '../register/phone-fields.tsx'
import { FormButtons } from './form-buttons.tsx'

export function PhoneForm({ onCancel }: { onCancel: () => void }) {
  const [phone, setPhone] = useState('')
  const [country, setCountry] = useState(() => guessCountry(navigator.languages))
  const places = useMemo(countries, [])
  const change = useAction(async () => {
    const to = phone.trim()
    const empty = refusal({ phone: to === '' ? 'Enter the new number.' : undefined })
    if (empty !== null) throw empty
    keepChange((await account.changePhone(to, country)).challenge.id, to)
    navigate('/confirm', { from: '/account' })
  })
  const wait = useSecondsLeft(change.error?.retryAfterSeconds ?? 0, change.error)
  const { messages, edited } = useFieldErrors(change.error)

  return (
    <Form error={change.error} onSubmit={() => wait === 0 && void change.run()}>
      {change.error?.problem.errors === undefined ? <ProblemNotice error={change.error} /> : null}
      <PhoneFields
        label="New phone number"
        phone={phone}
        onPhone={(typed) => {
          setPhone(typed)
          edited('phone')
        }}
        country={country}
        onCountry={(code) => {
          setCountry(code)
          // A national number is read as the country's, so it may be right now.
          edited('country', 'phone')
        }}
        countries={places}
        phoneError={messages['phone']}
        countryError={messages['country']}
      />
      <FormButtons
        words="Send a code there"
        busyWords="Sending…"
        busy={change.busy}
        blocked={wait > 0}
        onCancel={onCancel}
      />
    </Form>
  )
}
