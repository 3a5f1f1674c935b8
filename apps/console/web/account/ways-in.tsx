import { passwordReset } from '../api/calls.ts'
import type { Account, Provider } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { Icon } from '../frame/icons.tsx'
import { useSession } from '../frame/session.tsx'
import { DetailRow } from './detail-row.tsx'
import { LinkedProviders } from './linked-providers.tsx'
import { PasswordForm } from './password-form.tsx'

interface WaysInProps {
  readonly account: Account
  readonly providers: readonly Provider[]
  readonly onNews: (news: string) => void
}

/** How the account's owner signs in: with a password, through other sites, or as their organisation has it. */
export function WaysIn({ account, providers, onNews }: WaysInProps) {
  return (
    <section className="block">
      <h2>Ways to sign in</h2>
      {account.managed === null ? (
        <ul className="rows">
          {account.hasPassword ? <Password onNews={onNews} /> : <NoPassword email={account.email} onNews={onNews} />}
          {providers.length === 0 ? null : <LinkedProviders onNews={onNews} />}
        </ul>
      ) : (
        <p>
          <strong>{account.managed}</strong> signs you in, by its single sign-on. No password and no other site signs
          you in here.
        </p>
      )}
    </section>
  )
}

function Password({ onNews }: { onNews: (news: string) => void }) {
  const { refresh } = useSession()
  return (
    <DetailRow
      icon="lock"
      title="Password"
      words="Change"
      what="password"
      now={<p className="quiet">Changing it ends your other sessions.</p>}
      form={(close) => (
        <PasswordForm
          onCancel={close}
          onChanged={async () => {
            // The session goes on under another name, so its token is another one.
            await refresh().catch(() => undefined)
            close()
            onNews('Your password is changed. Your other sessions were ended.')
          }}
        />
      )}
    />
  )
}

/** Nothing could be asked for first, so the link to the confirmed address is what a first password takes. */
function NoPassword({ email, onNews }: { email: string; onNews: (news: string) => void }) {
  const ask = useAction(async () => {
    await passwordReset.ask(email)
    onNews(`A link to set a password is on its way to ${email}. It works once, and for an hour.`)
  })
  return (
    <li className="row">
      <Icon name="lock" />
      <div className="row-main">
        <h3>Password</h3>
        <p className="quiet">None. We send you a link to set one; setting it ends all your sessions.</p>
        <ProblemNotice error={ask.error} />
      </div>
      <div className="row-actions">
        <Button busy={ask.busy} busyWords="Sending…" onClick={() => void ask.run()}>
          Set a password
        </Button>
      </div>
    </li>
  )
}
