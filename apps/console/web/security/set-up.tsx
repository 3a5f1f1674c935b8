import { useEffect, useMemo, useRef, useState } from 'react'
import { methods } from '../api/calls.ts'
import type { BegunEnrollment, ChallengeMethod, MethodKind } from '../api/types.ts'
import { CodeStep } from '../code/code-step.tsx'
import { refusalIn } from '../code/refusal-in.ts'
import { unlessOver } from '../code/unless-over.ts'
import { inSentence } from '../code/words.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import type { Action } from '../form/use-action.ts'
import { Notice } from '../frame/notice.tsx'
import { AuthenticatorSetUp } from './authenticator-set-up.tsx'

interface SetUpProps {
  readonly method: MethodKind
  readonly enrollment: BegunEnrollment
  readonly restart: Action<readonly [method: MethodKind]>
  readonly onCancel: () => void
  readonly onDone: (recoveryCodes: readonly string[] | null) => Promise<void>
}

/** The app may be another entry than the one that was just scanned, or know another time. */
const wrongApp =
  'That code is not right. Check that you typed the newest code, that this entry was scanned and that the phone’s clock is right.'

export function SetUp({ method, enrollment, restart, onCancel, onDone }: SetUpProps) {
  const [view, setView] = useState(enrollment.challenge)
  const [over, setOver] = useState(false)
  const heading = useRef<HTMLHeadingElement>(null)
  const { enrollmentId, setup } = enrollment

  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
    heading.current?.scrollIntoView({ block: 'start' })
    // Also when it is over by now: the field that had the focus is gone.
  }, [over])

  const orOver = (work: () => Promise<void>) => unlessOver(work, () => setOver(true))
  const asked = view.methods.find((one) => one.enrollmentId === enrollmentId) ?? pending(method, enrollment)
  // Kept, because a countdown runs from the moment of its refusal.
  const refused = useMemo(() => refusalIn(view, { enrollmentId }), [view, enrollmentId])
  return (
    <section className="block panel" aria-labelledby="set-up-title">
      <h2 id="set-up-title" ref={heading} tabIndex={-1}>
        Set up {inSentence(method)}
      </h2>
      {over ? (
        <>
          <Notice tone="warning">This set-up is over: there were too many wrong codes, or it took too long.</Notice>
          <ProblemNotice error={restart.error} />
          <div className="ways">
            <Button
              kind="primary"
              busy={restart.busy}
              busyWords="Starting again…"
              onClick={() => void restart.run(method)}
            >
              Start again
            </Button>
            <Button kind="quiet" onClick={onCancel}>
              Cancel
            </Button>
          </div>
        </>
      ) : (
        <>
          {'uri' in setup ? <AuthenticatorSetUp setup={setup} /> : null}
          <CodeStep
            view={view}
            method={asked}
            promptRefused={refused}
            describedBy="set-up-title"
            whenWrong={method === 'totp' ? wrongApp : undefined}
            whenUndelivered="Wait a little and send a new code, or set up another second factor."
            onAnswer={(answer) =>
              orOver(async () => onDone((await methods.confirm(enrollmentId, view.id, answer)).recoveryCodes))
            }
            onPrompt={() => orOver(async () => setView(await methods.prompt(enrollmentId, view.id)))}
          >
            <Button kind="quiet" onClick={onCancel}>
              Cancel
            </Button>
          </CodeStep>
        </>
      )}
    </section>
  )
}

function pending(method: MethodKind, { enrollmentId, setup }: BegunEnrollment): ChallengeMethod {
  const hint = 'hint' in setup ? setup.hint : ''
  return {
    enrollmentId,
    method,
    name: '',
    hint,
    primary: false,
    sends: method === 'email' || method === 'sms',
    digits: null,
  }
}
