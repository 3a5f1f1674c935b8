import { useMemo, useState } from 'react'
import { stepUp } from '../api/calls.ts'
import type { ChallengeView } from '../api/types.ts'
import { AnswerChallenge, type ChallengeCalls } from '../challenge/answer-challenge.tsx'
import { Button } from '../form/button.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { Notice } from '../frame/notice.tsx'
import { useFirstFocus } from './use-first-focus.ts'

interface ConfirmByChallengeProps {
  readonly challenge: ChallengeView
  readonly startingAgain: boolean
  readonly onPassed: () => void
  readonly onStartAgain: () => void
  readonly onCancel: () => void
}

export function ConfirmByChallenge(props: ConfirmByChallengeProps) {
  const { challenge, onPassed, onCancel } = props
  const { id } = challenge
  const [view, setView] = useState(challenge)
  const [over, setOver] = useState(false)
  const left = useSecondsLeft(view.expiresInSeconds, view)
  const around = useFirstFocus<HTMLDivElement>()
  const calls = useMemo<ChallengeCalls>(
    () => ({
      read: () => stepUp.read(id),
      prompt: (enrollmentId) => stepUp.prompt(id, enrollmentId),
      answer: (enrollmentId, answer) => stepUp.answer(id, enrollmentId, answer),
    }),
    [id],
  )

  if (over || left === 0 || view.methods.length === 0) return <Over {...props} />
  return (
    <div className="dialog-part" ref={around} tabIndex={-1}>
      <AnswerChallenge
        view={view}
        calls={calls}
        heading="h3"
        whenLast="One more wrong code signs you out."
        onChange={setView}
        onPassed={async () => onPassed()}
        onOver={() => setOver(true)}
      />
      <Button kind="quiet" onClick={onCancel}>
        Cancel
      </Button>
    </div>
  )
}

function Over({ startingAgain, onStartAgain, onCancel }: ConfirmByChallengeProps) {
  // The field that had the focus is gone.
  const around = useFirstFocus<HTMLDivElement>()
  return (
    <div className="dialog-part" ref={around} tabIndex={-1}>
      <Notice tone="warning">
        This confirmation is over: there were too many wrong codes, or it took too long. Nothing has been changed.
      </Notice>
      <div className="ways">
        <Button kind="primary" busy={startingAgain} busyWords="Starting again…" onClick={onStartAgain}>
          Start again
        </Button>
        <Button kind="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </div>
  )
}
