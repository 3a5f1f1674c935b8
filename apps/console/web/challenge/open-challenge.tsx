import { challenge } from '../api/calls.ts'
import { type ApiError, isOver } from '../api/problem.ts'
import type { ChallengeView } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { Page, titleId } from '../frame/page.tsx'
import { navigate } from '../frame/router.tsx'
import { AnswerChallenge, type ChallengeCalls } from './answer-challenge.tsx'

interface OpenChallengeProps {
  readonly view: ChallengeView
  readonly onChange: (view: ChallengeView) => void
  readonly onPassed: () => Promise<void>
  readonly onOver: (lock: ApiError | null) => void
}

const calls: ChallengeCalls = { read: challenge.current, prompt: challenge.prompt, answer: challenge.answer }

export function OpenChallenge(props: OpenChallengeProps) {
  const cancel = useAction(async () => {
    await challenge.cancel().catch((reason: unknown) => (isOver(reason) ? undefined : Promise.reject(reason)))
    navigate('/sign-in', { replace: true })
  })

  if (props.view.methods.length === 0) return null
  return (
    <Page title={`Confirm it’s you to ${props.view.purpose}`} begins="code">
      <AnswerChallenge {...props} calls={calls} heading="h2" describedBy={titleId} />
      <ProblemNotice error={cancel.error} />
      <Button kind="quiet" busy={cancel.busy} onClick={() => void cancel.run()}>
        Cancel
      </Button>
    </Page>
  )
}
