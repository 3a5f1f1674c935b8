import { account } from '../api/calls.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { Icon } from '../frame/icons.tsx'

export function OtherSessions({ onEnded }: { onEnded: () => void }) {
  const end = useAction(async () => {
    await account.endOtherSessions()
    onEnded()
  })
  return (
    <li className="row">
      <Icon name="screens" />
      <div className="row-main">
        <h3>Other sessions</h3>
        <p className="quiet">Signs you out everywhere but here.</p>
        <ProblemNotice error={end.error} />
      </div>
      <div className="row-actions">
        <Button busy={end.busy} busyWords="Ending…" onClick={() => void end.run()}>
          End other sessions
        </Button>
      </div>
    </li>
  )
}
