import { teams } from '../api/calls.ts'
import type { TeamView } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { Sure } from '../form/sure.tsx'
import { useAction } from '../form/use-action.ts'
import { useAsking } from '../form/use-asking.ts'
import { navigate } from '../frame/router.tsx'
import { isOnlyOwner } from './roles.ts'

export function LeaveTeam({ team }: { team: TeamView }) {
  const { asking, around, ask, stop } = useAsking<HTMLDivElement>()
  const leave = useAction(async () => {
    await teams.leave(team.id)
    navigate('/teams', { replace: true, notice: `You have left ${team.name}.` })
  })

  return (
    <section className="block">
      <h2>Leave this team</h2>
      <ProblemNotice error={leave.error} />
      {isOnlyOwner(team) ? (
        <p className="quiet">
          {team.members.length === 1
            ? 'You are the only one in it: delete the team instead.'
            : 'You are its only owner: make someone else an owner first.'}
        </p>
      ) : asking ? (
        <Sure words="Leave team" busyWords="Leaving…" busy={leave.busy} onSure={() => void leave.run()} onCancel={stop}>
          Coming back takes a new invitation.
        </Sure>
      ) : (
        <div className="ways" ref={around}>
          <Button data-asks="" onClick={ask}>
            Leave team
          </Button>
        </div>
      )}
    </section>
  )
}

export function DeleteTeam({ team }: { team: TeamView }) {
  const remove = useAction(async () => {
    await teams.delete(team.id)
    navigate('/teams', { replace: true, notice: `${team.name} is deleted.` })
  })
  return (
    <section className="block">
      <h2>Delete this team</h2>
      <p className="quiet">For everyone in it, for good. Open invitations stop working.</p>
      <ProblemNotice error={remove.error} />
      <div className="ways">
        <Button kind="danger" busy={remove.busy} busyWords="Deleting…" onClick={() => void remove.run()}>
          Delete team
        </Button>
      </div>
    </section>
  )
}
