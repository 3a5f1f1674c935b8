import { useState } from 'react'
import { confirmation } from '../api/calls.ts'
import { type ApiError, isOver } from '../api/problem.ts'
import type { Confirmation } from '../api/types.ts'
import { CodeStep } from '../code/code-step.tsx'
import { unlessOver } from '../code/unless-over.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { LoadFailed, Loading } from '../frame/loading.tsx'
import { Notice } from '../frame/notice.tsx'
import { Page } from '../frame/page.tsx'
import { Link, navigate } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { useLoad } from '../frame/use-load.ts'
import { AllConfirmed, ConfirmationOver, NothingToConfirm } from './ends.tsx'

type End = 'open' | 'done' | 'over'

export function ConfirmPage() {
  const { session, refresh } = useSession()
  const { data, error, reload, replace } = useLoad(confirmation.current)
  const [end, setEnd] = useState<End>('open')

  const goOn = async (next: 'phone' | 'done') => {
    if (next === 'phone') return reload()
    if (session.account === null) return setEnd('done')
    const refreshed = await refresh()
    const confirmed = refreshed.account?.phone?.confirmed === true
    navigate('/security', { replace: true, ...(confirmed ? { notice: 'Your phone number is confirmed.' } : {}) })
  }

  if (end === 'done') return <AllConfirmed />
  if (end === 'over') return <ConfirmationOver signedIn={session.account !== null} contact={data?.contact ?? 'email'} />
  if (error !== null && isMissing(error)) return <NothingToConfirm signedIn={session.account !== null} />
  if (error !== null) return <LoadFailed error={error} onRetry={() => void reload()} />
  if (data === null) return <Loading />
  return (
    <ConfirmContact
      key={data.contact}
      confirmation={data}
      justConfirmedEmail={data.contact === 'phone' && session.account === null}
      onChange={replace}
      onNext={goOn}
      onOver={() => setEnd('over')}
    />
  )
}

interface ConfirmContactProps {
  readonly confirmation: Confirmation
  readonly justConfirmedEmail: boolean
  readonly onChange: (confirmation: Confirmation) => void
  readonly onNext: (next: 'phone' | 'done') => Promise<void>
  readonly onOver: () => void
}

function ConfirmContact({ confirmation: current, justConfirmedEmail, onChange, onNext, onOver }: ConfirmContactProps) {
  const skip = useAction(async () => onNext((await confirmation.skip()).next))
  const method = current.challenge.methods[0]
  if (method === undefined) return <NothingToConfirm signedIn={false} />

  const orOver = (work: () => Promise<void>) => unlessOver(work, onOver)
  const email = current.contact === 'email'
  return (
    <Page title={email ? 'Confirm your e-mail address' : 'Confirm your phone number'}>
      {justConfirmedEmail ? <Notice tone="good">Your e-mail address is confirmed.</Notice> : null}
      <CodeStep
        view={current.challenge}
        method={method}
        whenUndelivered="Wait a little, then send a new code."
        onAnswer={(answer) => orOver(async () => onNext((await confirmation.answer(answer)).next))}
        onPrompt={() => orOver(async () => onChange(await confirmation.prompt()))}
      >
        {email ? null : (
          <Button kind="quiet" busy={skip.busy} onClick={() => void skip.run()}>
            Skip for now
          </Button>
        )}
      </CodeStep>
      <ProblemNotice error={skip.error} />
      {email ? (
        <p className="aside">
          Wrong address? <Link to="/register">Start again</Link>
        </p>
      ) : null}
    </Page>
  )
}

function isMissing(error: ApiError): boolean {
  return error.problem.status === 404 || isOver(error)
}
