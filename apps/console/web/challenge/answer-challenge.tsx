import { useEffect, useId, useMemo, useRef, useState } from 'react'
import { ApiError } from '../api/problem.ts'
import type { ChallengeMethod, ChallengeView } from '../api/types.ts'
import { CodeStep } from '../code/code-step.tsx'
import { refusalIn } from '../code/refusal-in.ts'
import { unlessOver } from '../code/unless-over.ts'
import { titleOf } from '../code/words.ts'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { useAction } from '../form/use-action.ts'
import { Icon, methodIcons } from '../frame/icons.tsx'
import { Link } from '../frame/router.tsx'
import { hindrance } from '../security-key/ceremony.ts'
import { KeyStep } from '../security-key/key-step.tsx'
import { choicesOf, firstChoice } from './choices.ts'
import { OtherWays } from './other-ways.tsx'
import { TrustThisBrowser } from './trust-this-browser.tsx'

/** How a challenge is reached, wherever it is kept. */
export interface ChallengeCalls {
  readonly read: () => Promise<ChallengeView>
  readonly prompt: (enrollmentId: string) => Promise<ChallengeView>
  /** `remember`: this browser is to be trusted from then on. */
  readonly answer: (enrollmentId: string, answer: string, remember: boolean) => Promise<unknown>
}

interface AnswerChallengeProps {
  readonly view: ChallengeView
  readonly calls: ChallengeCalls
  /** The level of its headings: it stands under the title of a page, or of a dialog on one. */
  readonly heading: 'h2' | 'h3'
  readonly onChange: (view: ChallengeView) => void
  readonly onPassed: () => Promise<void>
  /** `lock`: the refusal that paused the account, where that is why. */
  readonly onOver: (lock: ApiError | null) => void
  /** What one more wrong code does when it is the last try. */
  readonly whenLast?: string
  /** Id of what says what is confirmed, where the code field is the first thing that is come to. */
  readonly describedBy?: string
}

/** One challenge by the method it asks for first or by any other that may answer it. */
export function AnswerChallenge(props: AnswerChallengeProps) {
  const { view, calls, heading: Heading, onChange, onPassed, onOver, whenLast, describedBy } = props
  const titleId = useId()
  const lock = useRef<ApiError | null>(null)
  const [chosen, setChosen] = useState(() => firstChoice(view))
  const [listOpen, setListOpen] = useState(false)
  const [remember, setRemember] = useState(false)
  const [keyFailed, setKeyFailed] = useState(false)
  const choices = useMemo(() => choicesOf(view), [view])
  const method = choices.find(({ enrollmentId }) => enrollmentId === chosen) ?? choices[0]
  const locked = useSecondsLeft(view.lockedForSeconds, view) > 0
  const others = locked ? [] : choices.filter((other) => other !== method)
  // Kept, because a countdown runs from the moment of its refusal.
  const refused = useMemo(() => (method === undefined ? null : refusalIn(view, method)), [view, method])
  const step = useRef<HTMLHeadingElement>(null)
  const switched = useRef(false)

  const orOver = (work: () => Promise<void>) => unlessOver(work, () => onOver(lock.current))
  /** A lock is on the account, so it stands whichever method is shown next. */
  const tellAllOfLock = async (reason: unknown) => {
    if (reason instanceof ApiError && reason.code === 'account_locked') {
      lock.current = reason
      onChange(await calls.read())
    }
    throw reason
  }
  const choose = useAction(async (other: ChallengeMethod) => {
    switched.current = true
    setChosen(other.enrollmentId)
    setListOpen(false)
    const live = view.code?.enrollmentId === other.enrollmentId && view.code.delivered
    if (other.sends && !live) await orOver(async () => onChange(await calls.prompt(other.enrollmentId)))
  })

  useEffect(() => {
    if (!switched.current) return
    // The button that was pressed is gone. What there is to type comes once the code is sent.
    const field = step.current?.parentElement?.querySelector<HTMLElement>('input[name=code], [data-key]')
    if (choose.busy) step.current?.focus()
    else (field ?? step.current)?.focus()
    switched.current = choose.busy
  }, [chosen, choose.busy])

  if (method === undefined) return null
  const undelivered = view.code?.enrollmentId === method.enrollmentId && !view.code.delivered
  const stuck = method.method === 'security_key' ? keyFailed || hindrance() !== null : undelivered
  // A code from paper says that something is lost: that is no moment to trust a browser.
  const trustSeconds = method.method === 'recovery_code' ? null : view.trustSeconds
  const described = describedBy === undefined ? titleId : `${describedBy} ${titleId}`
  const trust =
    trustSeconds === null ? null : <TrustThisBrowser seconds={trustSeconds} checked={remember} onChange={setRemember} />
  const judge = (enrollmentId: string, answer: string) =>
    orOver(async () => {
      await calls.answer(enrollmentId, answer, remember && trustSeconds !== null).catch(tellAllOfLock)
      await onPassed()
    })
  const readAgain = async () => {
    const read = await calls.read()
    onChange(read)
    return read
  }
  return (
    <>
      <Heading id={titleId} className="method-title" ref={step} tabIndex={-1}>
        <Icon name={methodIcons[method.method]} />
        {titleOf(method)}
      </Heading>
      {choose.busy ? (
        <p role="status">Sending a code…</p>
      ) : method.method === 'security_key' ? (
        <KeyStep
          view={view}
          others={others.length > 0}
          describedBy={described}
          whenLast={whenLast}
          onRead={readAgain}
          onAnswer={judge}
          onOver={() => onOver(lock.current)}
          onFailed={() => setKeyFailed(true)}
          aboveButton={trust}
        />
      ) : (
        <CodeStep
          key={method.enrollmentId}
          view={view}
          method={method}
          promptRefused={choose.error ?? refused}
          whenLast={whenLast}
          describedBy={described}
          whenUndelivered={others.length > 0 ? 'Try another way.' : 'Wait a little, then send a new code.'}
          onAnswer={(answer) => judge(method.enrollmentId, answer)}
          onPrompt={() => orOver(async () => onChange(await calls.prompt(method.enrollmentId)))}
          underField={trust}
        />
      )}
      <OtherWays
        methods={others}
        open={listOpen || stuck}
        forced={stuck}
        heading={Heading}
        onToggle={() => setListOpen(!listOpen)}
        onChoose={(other) => void choose.run(other)}
      />
      {view.repeats.includes('email') ? (
        <p className="hint">
          A code by e-mail doesn’t count until you have signed in once another way, because your password was reset by
          e-mail. <Link to="/help">No other way left?</Link>
        </p>
      ) : null}
    </>
  )
}
