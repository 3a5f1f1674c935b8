import { teams } from '../api/calls.ts'
import type { OpenInvitation, TeamView } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { Sure } from '../form/sure.tsx'
import { useAction } from '../form/use-action.ts'
import { useAsking } from '../form/use-asking.ts'
import { Address } from '../frame/address.tsx'
import { Icon } from '../frame/icons.tsx'
import { Day } from '../frame/moment.tsx'
import { manages, roleName } from './roles.ts'

interface InvitationRowProps {
  readonly team: TeamView
  readonly invitation: OpenInvitation
  readonly onCancelled: (news: string) => Promise<void>
}

export function InvitationRow({ team, invitation, onCancelled }: InvitationRowProps) {
  const { id, email, role, expiresAt } = invitation
  const cancel = useAction(async () => {
    await teams.cancelInvitation(team.id, id)
    await onCancelled(`The invitation for ${email} is cancelled.`)
  })
  const { asking, around, ask, stop } = useAsking<HTMLLIElement>()
  return (
    <li className="row" ref={around}>
      <Icon name="mail" />
      <div className="row-main">
        <h3>
          <Address of={email} />
        </h3>
        <p className="quiet">
          {roleName(role)}.{' '}
          <span className="whole">
            Good until <Day at={expiresAt} />.
          </span>
        </p>
        <ProblemNotice error={cancel.error} />
        {asking ? (
          <Sure
            words="Cancel invitation"
            busyWords="Cancelling…"
            busy={cancel.busy}
            onSure={() => void cancel.run()}
            no="Keep it"
            onCancel={stop}
          >
            Cancel the invitation for <Address of={email} />?
          </Sure>
        ) : null}
      </div>
      <div className="row-actions">
        {manages(team.role, role) && !asking ? (
          <Button kind="quiet" data-asks="" onClick={ask}>
            <Icon name="remove" />
            <span>
              Cancel<span className="unseen"> the invitation for {email}</span>
            </span>
          </Button>
        ) : null}
      </div>
    </li>
  )
}
