import { account } from '../api/calls.ts'
import type { PendingChange as Change } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { useAction } from '../form/use-action.ts'
import { navigate } from '../frame/router.tsx'

interface PendingChangeProps {
  readonly change: Change
  readonly onCancelled: () => Promise<void>
}

/** A new address or number that takes the place of the old one with its code, and not before. */
export function PendingChange({ change, onCancelled }: PendingChangeProps) {
  const left = useSecondsLeft(change.expiresInSeconds, change)
  const cancel = useAction(async () => {
    await account.cancelChange(change.contact)
    await onCancelled()
  })
  if (left === 0) return null
  return (
    <div className="pending">
      <p>
        Waiting for the code at <strong className="hint">{change.to}</strong>
      </p>
      <ProblemNotice error={cancel.error} />
      <div className="ways">
        <Button onClick={() => navigate('/confirm', { from: '/account' })}>Enter the code</Button>
        <Button kind="quiet" busy={cancel.busy} busyWords="Cancelling…" onClick={() => void cancel.run()}>
          Cancel the change
        </Button>
      </div>
    </div>
  )
}
