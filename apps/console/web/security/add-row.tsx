import type { ReactNode } from 'react'
import { confirmation } from '../api/calls.ts'
import type { Account, AvailableMethod, MethodKind, Standing } from '../api/types.ts'
import { inSentence } from '../code/words.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { Icon, methodIcons } from '../frame/icons.tsx'
import { Link, navigate } from '../frame/router.tsx'
import { DoesNotCount } from '../required/does-not-count.tsx'
import { hindrance } from '../security-key/ceremony.ts'
import { keySentence, keySetUpWords } from '../security-key/words.ts'
import { Strength } from './strength.tsx'

const descriptions: Readonly<Record<MethodKind, string>> = {
  security_key: 'Works only on this site, so a fake page gets nothing. Set up two, in case one is lost.',
  totp: 'An app on your phone shows a new code every 30 seconds. Works without a connection.',
  email: 'We send a code to your e-mail address.',
  sms: 'We send a code to your phone. Text messages can be intercepted; keep another method too.',
  recovery_code: '',
}

interface AddRowProps {
  readonly available: AvailableMethod
  /** One of this kind is set up already. */
  readonly another: boolean
  readonly account: Account
  readonly standing: Standing | null
  readonly busy: boolean
  readonly onSetUp: () => void
}

export function AddRow({ available, another, account, standing, busy, onSetUp }: AddRowProps) {
  const { method, label, ready } = available
  const confirmPhone = useAction(async () => {
    await confirmation.beginPhone()
    navigate('/confirm')
  })
  const hindered = method === 'security_key' ? hindrance() : null
  const phoneWaits = method === 'sms' && !ready && account.phone !== null && !account.phone.confirmed

  return (
    <li className="row">
      <Icon name={methodIcons[method]} />
      <div className="row-main">
        <h3>
          {another ? `Another ${inSentence(method)}` : label}{' '}
          {method === 'security_key' && !another ? <span className="badge">Recommended</span> : null}
          <DoesNotCount method={method} standing={standing} />
        </h3>
        <p className="quiet">
          <Strength method={method} />
        </p>
        <p className="quiet">{descriptions[method]}</p>
        {hindered === null ? null : <p>{keySentence(hindered, keySetUpWords)}</p>}
        {ready ? null : <p>{whyNot(method, account)}</p>}
        {method === 'sms' && account.phone === null ? (
          <p>
            <Link to="/account">Add a phone number</Link>
          </p>
        ) : null}
        {confirmPhone.error?.code === 'method_unavailable' ? (
          <ProblemNotice error={confirmPhone.error} sentence="We can’t send text messages to this number." />
        ) : (
          <ProblemNotice error={confirmPhone.error} />
        )}
      </div>
      <div className="row-actions">
        {ready && hindered === null ? (
          <Named words="Set up" what={inSentence(method)}>
            {(name) => (
              <Button busy={busy} busyWords="Setting up…" onClick={onSetUp}>
                {name}
              </Button>
            )}
          </Named>
        ) : null}
        {phoneWaits ? (
          <Button busy={confirmPhone.busy} busyWords="Sending…" onClick={() => void confirmPhone.run()}>
            Confirm phone number
          </Button>
        ) : null}
      </div>
    </li>
  )
}

/** Short for the eye, which sees the row; whole for a screen reader, which may hear the button alone. */
function Named({ words, what, children }: { words: string; what: string; children: (name: ReactNode) => ReactNode }) {
  return children(
    <span>
      {words}
      <span className="unseen"> {what}</span>
    </span>,
  )
}

function whyNot(method: MethodKind, account: Account): string {
  if (method === 'email') return 'Confirm your e-mail address first.'
  if (method === 'sms') {
    return account.phone === null
      ? 'Your account has no phone number yet.'
      : `Confirm your phone number ${account.phone.number} first.`
  }
  return 'This can’t be set up on your account now.'
}
