import { administration } from '../../api/calls.ts'
import type { TeamView } from '../../api/types.ts'
import { Button } from '../../form/button.tsx'
import { ProblemNotice } from '../../form/problem-notice.tsx'
import { Sure } from '../../form/sure.tsx'
import { useAction } from '../../form/use-action.ts'
import { useAsking } from '../../form/use-asking.ts'

interface RemoveSingleSignOnProps {
  readonly team: TeamView
  readonly onRemoved: (news: string) => Promise<void>
}

export function RemoveSingleSignOn({ team, onRemoved }: RemoveSingleSignOnProps) {
  const remove = useAction(async () => {
    await administration.removeSso(team.id)
    await onRemoved('Single sign-on is removed.')
  })
  const { asking, around, ask, stop } = useAsking<HTMLDivElement>()
  return (
    <div ref={around}>
      <ProblemNotice error={remove.error} />
      {asking ? (
        <Sure
          words="Remove single sign-on"
          busyWords="Removing…"
          busy={remove.busy}
          onSure={() => void remove.run()}
          no="Keep it"
          onCancel={stop}
        >
          Whoever is signed in through it is signed out, and everyone signs in as they did without it. The client secret
          is thrown away.
        </Sure>
      ) : (
        <Button kind="quiet" data-asks="" onClick={ask}>
          Remove single sign-on
        </Button>
      )}
    </div>
  )
}
