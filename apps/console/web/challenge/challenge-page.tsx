import { useState } from 'react'
import { challenge } from '../api/calls.ts'
import { type ApiError, isOver } from '../api/problem.ts'
import type { ChallengeView } from '../api/types.ts'
import { spokenTime, useSecondsLeft } from '../form/seconds-left.ts'
import { afterSignIn } from '../frame/destination.ts'
import { LoadFailed, Loading } from '../frame/loading.tsx'
import { Page } from '../frame/page.tsx'
import { Link, navigate, Redirect } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { useLoad } from '../frame/use-load.ts'
import { OpenChallenge } from './open-challenge.tsx'

export function ChallengePage() {
  const { session, refresh } = useSession()
  const { data: view, error, reload, replace } = useLoad(challenge.current)
  const [over, setOver] = useState(false)
  const [lock, setLock] = useState<ApiError | null>(null)
  const [passed, setPassed] = useState(false)

  const end = (paused: ApiError | null) => {
    setLock(paused)
    setOver(true)
  }
  const goIn = async () => {
    setPassed(true)
    navigate(afterSignIn(await refresh()), { replace: true })
  }

  if (session.account !== null && !passed) return <Redirect to="/security" />
  if (over || (error !== null && isOver(error) && challenge.wasShown())) return <ChallengeOver lock={lock} />
  if (error !== null && isOver(error)) return <NoChallenge />
  if (error !== null) return <LoadFailed error={error} onRetry={() => void reload()} />
  if (view === null) return <Loading />
  return <UntilExpiry view={view} onChange={replace} onPassed={goIn} onOver={end} />
}

interface UntilExpiryProps {
  readonly view: ChallengeView
  readonly onChange: (view: ChallengeView) => void
  readonly onPassed: () => Promise<void>
  readonly onOver: (lock: ApiError | null) => void
}

function UntilExpiry(props: UntilExpiryProps) {
  const left = useSecondsLeft(props.view.expiresInSeconds, props.view)
  return left === 0 ? <ChallengeOver lock={null} /> : <OpenChallenge {...props} />
}

/** This tab has shown none, so it can't tell whether one is over or was never begun. */
function NoChallenge() {
  return (
    <Page
      title="There is no sign-in to complete here"
      lead="It may be over, or you may have started in another browser."
    >
      <BackToSignIn />
    </Page>
  )
}

function ChallengeOver({ lock }: { lock: ApiError | null }) {
  const left = useSecondsLeft(lock?.retryAfterSeconds ?? 0, lock)
  return (
    <Page
      title="This sign-in is over"
      lead={
        lock === null
          ? 'It took too long, there were too many wrong codes, or it was ended elsewhere. Nothing is lost: sign in again.'
          : `There were too many wrong codes, so this account takes no more for now. ${
              left === 0 ? 'Sign in again.' : `Try again in ${spokenTime(left)}.`
            }`
      }
    >
      <BackToSignIn />
      {lock === null ? null : (
        <p className="aside">
          Does something stand in the way? <Link to="/help">Get help</Link>
        </p>
      )}
    </Page>
  )
}

function BackToSignIn() {
  return (
    <Link to="/sign-in" className="button button-primary">
      Back to sign in
    </Link>
  )
}
