import { useState } from 'react'
import { teams } from '../api/calls.ts'
import type { Member, TeamView } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { Sure } from '../form/sure.tsx'
import { useAction } from '../form/use-action.ts'
import { useAsking } from '../form/use-asking.ts'
import { Address } from '../frame/address.tsx'
import { Icon } from '../frame/icons.tsx'
import { Day } from '../frame/moment.tsx'
import { RoleSelect } from './role-select.tsx'
import { aRole, givenBy, isOnlyOwner, manages, roleName } from './roles.ts'

interface MemberRowProps {
  readonly team: TeamView
  readonly member: Member
  readonly onChanged: (news: string) => Promise<void>
  readonly onRemoved: (news: string) => Promise<void>
}

export function MemberRow({ team, member, onChanged, onRemoved }: MemberRowProps) {
  const { accountId, email, role, you } = member
  const [wanted, setWanted] = useState(role)
  const save = useAction(async () => {
    await teams.changeRole(team.id, accountId, wanted)
    await onChanged(`${you ? 'You are' : `${email} is`} ${aRole(wanted)} now.`)
  })
  const remove = useAction(async () => {
    await teams.remove(team.id, accountId)
    await onRemoved(`${email} is removed from the team.`)
  })
  const { asking, around, ask, stop } = useAsking<HTMLLIElement>()
  const given = givenBy(team.role)
  const mayChange = manages(team.role, role) && given.length > 1 && !(you && isOnlyOwner(team))
  // Leaving is for oneself, and stands by itself.
  const mayRemove = manages(team.role, role) && !you

  return (
    <li className="row row-many" ref={around}>
      <Icon name="person" />
      <div className="row-main">
        <h3>
          <Address of={email} /> {you ? <span className="badge">You</span> : null}
        </h3>
        <p className="quiet">
          {mayChange && !asking ? null : `${roleName(role)}. `}Joined <Day at={member.joinedAt} />.
        </p>
        <ProblemNotice error={save.error} />
        <ProblemNotice error={remove.error} />
        {asking ? (
          <Sure
            words="Remove"
            busyWords="Removing…"
            busy={remove.busy}
            onSure={() => void remove.run()}
            onCancel={stop}
          >
            Remove <Address of={email} /> from the team?
          </Sure>
        ) : null}
      </div>
      <div className="row-actions">
        {mayChange && !asking ? (
          <RoleSelect
            control={{ 'aria-label': `Role of ${email}` }}
            roles={given}
            value={wanted}
            onChange={setWanted}
          />
        ) : null}
        {wanted === role || asking ? null : (
          <Button kind="primary" busy={save.busy} busyWords="Saving…" onClick={() => void save.run()}>
            <span>
              Save<span className="unseen"> role of {email}</span>
            </span>
          </Button>
        )}
        {mayRemove && !asking ? (
          <Button kind="quiet" data-asks="" onClick={ask}>
            <Icon name="remove" />
            <span>
              Remove<span className="unseen"> {email}</span>
            </span>
          </Button>
        ) : null}
      </div>
    </li>
  )
}
