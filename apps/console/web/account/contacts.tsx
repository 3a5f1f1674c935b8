import { confirmation } from '../api/calls.ts'
import type { AccountDetails, Contact } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { navigate } from '../frame/router.tsx'
import { DetailRow } from './detail-row.tsx'
import { EmailForm } from './email-form.tsx'
import { PendingChange } from './pending-change.tsx'
import { PhoneForm } from './phone-form.tsx'

interface ContactsProps {
  readonly details: AccountDetails
  /** The team that signs the account in, and goes by its address; null for all others. */
  readonly managed: string | null
  readonly onCancelled: () => Promise<void>
}

export function Contacts({ details, managed, onCancelled }: ContactsProps) {
  const { email, phone } = details
  const pending = (contact: Contact) => {
    const change = details.changes.find((one) => one.contact === contact)
    return change === undefined ? null : <PendingChange change={change} onCancelled={onCancelled} />
  }
  return (
    <section className="block">
      <h2>Where we reach you</h2>
      <ul className="rows">
        <DetailRow
          icon="mail"
          title="E-mail"
          words="Change"
          what="e-mail address"
          now={
            <>
              <p className="hint">{email}</p>
              {managed === null ? null : <p className="quiet">{managed} goes by it, so you can’t change it here.</p>}
              {pending('email')}
            </>
          }
          form={managed === null ? (close) => <EmailForm onCancel={close} /> : null}
        />
        <DetailRow
          icon="message"
          title={
            <>Phone {phone?.confirmed === false ? <span className="badge badge-warning">Not confirmed</span> : null}</>
          }
          words={phone === null ? 'Add' : 'Change'}
          what="phone number"
          now={
            <>
              <p className={phone === null ? 'quiet' : 'hint'}>{phone?.number ?? 'None yet.'}</p>
              {phone?.confirmed === false ? <ConfirmPhone /> : null}
              {pending('phone')}
            </>
          }
          form={(close) => <PhoneForm onCancel={close} />}
        />
      </ul>
    </section>
  )
}

/** The number that was given when registering. */
function ConfirmPhone() {
  const confirm = useAction(async () => {
    await confirmation.beginPhone()
    navigate('/confirm', { from: '/account' })
  })
  return (
    <>
      {confirm.error?.code === 'method_unavailable' ? (
        <ProblemNotice error={confirm.error} sentence="We can’t send text messages to this number." />
      ) : (
        <ProblemNotice error={confirm.error} />
      )}
      <div className="ways">
        <Button busy={confirm.busy} busyWords="Sending…" onClick={() => void confirm.run()}>
          Confirm phone number
        </Button>
      </div>
    </>
  )
}
