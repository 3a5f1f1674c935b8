import { confirmation } from '../api/calls.ts'
import { ApiError } from '../api/problem.ts'
import type { Confirmation } from '../api/types.ts'
import { CodeStep } from '../code/code-step.tsx'
import { unlessOver } from '../code/unless-over.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { Notice } from '../frame/notice.tsx'
import { Page, titleId } from '../frame/page.tsx'
import { Link } from '../frame/router.tsx'
import { typedFor } from '../register/draft.ts'
import { NothingToConfirm } from './ends.tsx'

interface ConfirmContactProps {
  readonly confirmation: Confirmation
  /** Another tab had begun this one while the page showed an older one. */
  readonly behind: boolean
  readonly justConfirmedEmail: boolean
  /** Set off from the account page. */
  readonly changing: boolean
  /** It takes the place of one that is confirmed. */
  readonly another: boolean
  readonly onChange: (confirmation: Confirmation) => void
  /** What the page shows is not what this browser confirms by now. */
  readonly onBehind: () => Promise<void>
  readonly onNext: (next: 'phone' | 'done') => Promise<void>
  readonly onOver: () => void
}

export function ConfirmContact(props: ConfirmContactProps) {
  const {
    confirmation: current,
    behind,
    justConfirmedEmail,
    changing,
    another,
    onChange,
    onBehind,
    onNext,
    onOver,
  } = props
  const { contact, challenge } = current
  const skip = useAction(async () => onNext((await confirmation.skip()).next))
  const masked = challenge.methods[0]
  if (masked === undefined) return <NothingToConfirm home={null} />

  const method = { ...masked, hint: typedFor(contact, challenge.id) ?? masked.hint }
  const orOver = (work: () => Promise<void>) => unlessOver(work, onOver)
  const answer = async (code: string) => {
    try {
      await onNext((await confirmation.answer(challenge.id, code)).next)
    } catch (reason) {
      if (!(reason instanceof ApiError) || reason.code !== 'confirmation_changed') throw reason
      await onBehind()
    }
  }
  const email = contact === 'email'
  return (
    <Page title={`Confirm your ${another ? 'new ' : ''}${email ? 'e-mail address' : 'phone number'}`} begins="code">
      {behind ? (
        <Notice tone="warning">
          This page was behind; please enter the code for <strong className="hint">{method.hint}</strong>.
        </Notice>
      ) : null}
      {justConfirmedEmail && !behind ? <Notice tone="good">Your e-mail address is confirmed.</Notice> : null}
      <CodeStep
        view={challenge}
        method={method}
        describedBy={titleId}
        whenUndelivered="Wait a little, then send a new code."
        onAnswer={(code) => orOver(() => answer(code))}
        onPrompt={() => orOver(async () => onChange(await confirmation.prompt()))}
      >
        {email || changing ? null : (
          <Button kind="quiet" busy={skip.busy} onClick={() => void skip.run()}>
            Skip for now
          </Button>
        )}
      </CodeStep>
      <ProblemNotice error={skip.error} />
      {changing ? (
        <p className="aside">
          Nothing changes until then. <Link to="/account">Back to your account</Link>
        </p>
      ) : email ? (
        <p className="aside">
          Wrong address? <Link to="/register">Start again</Link>
        </p>
      ) : (
        <p className="aside">Wrong number? Skip this: your account works without one.</p>
      )}
    </Page>
  )
}
