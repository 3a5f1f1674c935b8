import { useEffect, useMemo, useRef, useState } from 'react'
import { challenge } from '../api/calls.ts'
import { ApiError, isOver } from '../api/problem.ts'
import type { ChallengeMethod, ChallengeView } from '../api/types.ts'
import { CodeStep } from '../code/code-step.tsx'
import { unlessOver } from '../code/unless-over.ts'
import { titleOf } from '../code/words.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { useAction } from '../form/use-action.ts'
import { Icon, methodIcons } from '../frame/icons.tsx'
import { Page } from '../frame/page.tsx'
import { navigate } from '../frame/router.tsx'
import { OtherWays } from './other-ways.tsx'

interface OpenChallengeProps {
  readonly view: ChallengeView
  readonly onChange: (view: ChallengeView) => void
  readonly onPassed: () => Promise<void>
  readonly onOver: () => void
}

export function OpenChallenge({ view, onChange, onPassed, onOver }: OpenChallengeProps) {
  const [chosen, setChosen] = useState(view.active)
  const [listOpen, setListOpen] = useState(false)
  const method = view.methods.find(({ enrollmentId }) => enrollmentId === chosen) ?? view.methods[0]
  const locked = useSecondsLeft(view.lockedForSeconds, view) > 0
  const others = locked ? [] : view.methods.filter((other) => other !== method)
  // Kept, because a countdown runs from the moment of its refusal.
  const refused = useMemo(() => (method === undefined ? null : refusalIn(view, method)), [view, method])
  const step = useRef<HTMLHeadingElement>(null)
  const switched = useRef(false)

  const orOver = (work: () => Promise<void>) => unlessOver(work, onOver)
  /** A lock is on the account, so it stands whichever method is shown next. */
  const tellAllOfLock = async (reason: unknown) => {
    if (reason instanceof ApiError && reason.code === 'account_locked') onChange(await challenge.current())
    throw reason
  }
  const choose = useAction(async (other: ChallengeMethod) => {
    switched.current = true
    setChosen(other.enrollmentId)
    setListOpen(false)
    const live = view.code?.enrollmentId === other.enrollmentId && view.code.delivered
    if (other.sends && !live) await orOver(async () => onChange(await challenge.prompt(other.enrollmentId)))
  })
  const cancel = useAction(async () => {
    await challenge.cancel().catch((reason: unknown) => (isOver(reason) ? undefined : Promise.reject(reason)))
    navigate('/sign-in', { replace: true })
  })

  useEffect(() => {
    if (switched.current) step.current?.focus()
  }, [chosen])

  if (method === undefined) return null
  const undelivered = view.code?.enrollmentId === method.enrollmentId && !view.code.delivered
  return (
    <Page title={`Confirm it’s you to ${view.purpose}`}>
      <h2 className="method-title" ref={step} tabIndex={-1}>
        <Icon name={methodIcons[method.method]} />
        {titleOf(method)}
      </h2>
      {choose.busy ? (
        <p role="status">Sending a code…</p>
      ) : (
        <CodeStep
          key={method.enrollmentId}
          view={view}
          method={method}
          promptRefused={choose.error ?? refused}
          whenUndelivered={others.length > 0 ? 'Try another way.' : 'Wait a little, then send a new code.'}
          onAnswer={(answer) =>
            orOver(async () => {
              await challenge.answer(method.enrollmentId, answer).catch(tellAllOfLock)
              await onPassed()
            })
          }
          onPrompt={() => orOver(async () => onChange(await challenge.prompt(method.enrollmentId)))}
        />
      )}
      <OtherWays
        methods={others}
        open={listOpen || undelivered}
        forced={undelivered}
        onToggle={() => setListOpen(!listOpen)}
        onChoose={(other) => void choose.run(other)}
      />
      <ProblemNotice error={cancel.error} />
      <Button kind="quiet" busy={cancel.busy} onClick={() => void cancel.run()}>
        Cancel
      </Button>
    </Page>
  )
}

/** The code that could not be sent when the sign-in began, as if it had been asked for here. */
function refusalIn({ refused }: ChallengeView, method: ChallengeMethod): ApiError | null {
  if (refused === null || refused.enrollmentId !== method.enrollmentId || refused.reason === 'locked') return null
  const code = refused.reason === 'too_soon' ? 'send_too_soon' : 'send_limit'
  return new ApiError({ status: 429, code, title: code, retryAfterSeconds: refused.retryInSeconds })
}
