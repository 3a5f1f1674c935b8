import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { ApiError } from '../api/problem.ts'
import type { ChallengeMethod, ChallengeView } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { Form } from '../form/form.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { useAction } from '../form/use-action.ts'
import { CodeField } from './code-field.tsx'
import { DeliveryFailed, Locked, Sent } from './delivery.tsx'
import { Resend } from './resend.tsx'
import { useWebOtp } from './web-otp.ts'
import { codeFieldError, type CodeWords, instruction, refusedPrompt, triesLeft } from './words.ts'

interface CodeStepProps extends CodeWords {
  readonly view: ChallengeView
  readonly method: ChallengeMethod
  /** Judges the code. Rejects with an ApiError that belongs to the code; handles by itself that the challenge is over. */
  readonly onAnswer: (answer: string) => Promise<void>
  /** Has a code sent and puts the new view in place. */
  readonly onPrompt: () => Promise<void>
  /** Why no code went out when this step was chosen; null or absent when nothing stood in the way. */
  readonly promptRefused?: ApiError | null
  /** What to do when the message could not be sent, in the words of the page. */
  readonly whenUndelivered: string
  /** Ids of what says what the code is for. */
  readonly describedBy?: string
  /** What else is decided with the code, under its field. */
  readonly underField?: ReactNode
  /** More buttons for the row under the field. */
  readonly children?: ReactNode
}

/** Everything about one code: where it went, typing it, what was wrong with it, the next one. */
export function CodeStep(props: CodeStepProps) {
  const { view, method, onAnswer, onPrompt, whenUndelivered, promptRefused = null, describedBy = '' } = props
  const { underField, children } = props
  const aboutId = useId()
  const field = useRef<HTMLInputElement>(null)
  const [prompts, setPrompts] = useState(0)
  const [code, setCode] = useState('')
  const [resent, setResent] = useState(false)
  /** The refusal that what was typed since is no longer about. */
  const [outdated, setOutdated] = useState<ApiError | null>(null)
  const answer = useAction(async (typed: string) => {
    if (typed.trim() === '') throw missing(method.method === 'recovery_code')
    await onAnswer(typed.trim())
  })
  const sent = view.code?.enrollmentId === method.enrollmentId ? view.code : null
  const prompt = useAction(async () => {
    await onPrompt()
    setCode('')
    setResent(sent !== null)
    setPrompts(prompts + 1)
  })

  useEffect(() => {
    // The button that sent it waits by now.
    if (prompts > 0) field.current?.focus()
  }, [prompts])

  const undelivered = sent !== null && !sent.delivered
  const codeLeft = useSecondsLeft(sent?.expiresInSeconds ?? 0, view)
  const live = sent !== null && sent.delivered && codeLeft > 0
  const expired = sent !== null && sent.delivered && codeLeft === 0
  const refused = prompt.error ?? (sent === null ? promptRefused : null)
  const wait = refused?.retryAfterSeconds ?? sent?.resendInSeconds ?? 0
  const waitLeft = useSecondsLeft(wait, refused ?? view)

  const lockedSeconds = answer.error?.code === 'account_locked' ? answer.error.retryAfterSeconds : view.lockedForSeconds
  const lockLeft = useSecondsLeft(lockedSeconds, answer.error ?? view)
  /** What was typed stays where it is until the network may try again. */
  const pause = useSecondsLeft(answer.error?.retryAfterSeconds ?? 0, answer.error)

  useWebOtp(method.method === 'sms' && live, (received) => {
    setCode(received)
    void answer.run(received)
  })

  if (lockLeft > 0) return <Locked total={lockedSeconds} left={lockLeft} actions={children} />

  const aboutCode = codeFieldError(answer.error, method, props)
  const fieldError = answer.error === outdated || expired ? undefined : aboutCode
  const tries = answer.error?.problem.attemptsLeft ?? view.attemptsLeft
  const edit = (typed: string) => {
    setCode(typed)
    setOutdated(answer.error)
  }
  return (
    <Form error={answer.error} onSubmit={() => (live || !method.sends) && pause === 0 && void answer.run(code)}>
      {method.sends ? (
        <Sent id={aboutId} method={method} sent={sent} left={codeLeft} sending={prompt.busy} again={resent} />
      ) : (
        <p id={aboutId}>{instruction(method)}</p>
      )}
      {undelivered ? <DeliveryFailed method={method.method} advice={whenUndelivered} /> : null}
      {refused === null ? null : (
        <ProblemNotice error={refused} sentence={refusedPrompt(refused, live || undelivered)} waitShown />
      )}
      {aboutCode === undefined ? <ProblemNotice error={answer.error} /> : null}
      {live || expired || !method.sends ? (
        <>
          <CodeField
            method={method}
            value={code}
            onChange={edit}
            error={fieldError}
            describedBy={`${describedBy} ${aboutId}`.trim()}
            input={field}
          />
          {tries <= 2 && fieldError === undefined && !expired ? (
            <p className="quiet">{triesLeft(tries, props.whenLast)}</p>
          ) : null}
          {underField}
          <Button kind="primary" type="submit" busy={answer.busy} busyWords="Checking…" blocked={expired || pause > 0}>
            Confirm
          </Button>
        </>
      ) : null}
      <div className="more">
        {method.sends ? (
          <Resend
            again={sent !== null}
            needed={!live}
            waitSeconds={waitLeft}
            busy={prompt.busy}
            onSend={() => void prompt.run()}
          />
        ) : null}
        {children}
      </div>
    </Form>
  )
}

function missing(recovery: boolean): ApiError {
  return new ApiError({
    status: 0,
    code: 'code_missing',
    title: recovery ? 'Enter a recovery code.' : 'Enter the code.',
  })
}
