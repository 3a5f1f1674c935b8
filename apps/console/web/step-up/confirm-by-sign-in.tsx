import { signIn } from '../api/calls.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { takeDestination, wantFreshSignIn } from '../frame/destination.ts'
import { navigate, usePath } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { useFirstFocus } from './use-first-focus.ts'

interface ConfirmBySignInProps {
  /** The team whose single sign-on signs this account in; null for all others. */
  readonly managed: string | null
  readonly onCancel: () => void
}

/** Where two-step sign-in is off, and the account has no password that could be asked for. */
export function ConfirmBySignIn({ managed, onCancel }: ConfirmBySignInProps) {
  const { session, refresh } = useSession()
  const path = usePath()
  const around = useFirstFocus<HTMLDivElement>()
  const again = useAction(async () => {
    // Whoever was led to this page was going to another.
    const wanted = session.standing?.status === 'required' ? takeDestination() : path
    await signIn.out()
    // After it: signing out has the browser throw away what is stored.
    wantFreshSignIn(wanted)
    await refresh()
    navigate('/sign-in', { asked: true, notice: 'Sign in again to confirm it’s you. Then you come back to the page.' })
  })
  return (
    <div className="dialog-part" ref={around} tabIndex={-1}>
      <p>
        {managed === null ? 'Your account has no password' : `${managed} signs you in`}, so signing in again confirms
        it. It counts for 5 minutes.
      </p>
      <p>You are signed out first. What you have typed on this page is lost, and nothing is changed yet.</p>
      <ProblemNotice error={again.error} />
      <div className="ways">
        <Button kind="primary" busy={again.busy} busyWords="Signing out…" onClick={() => void again.run()}>
          Sign in again to confirm
        </Button>
        <Button kind="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </div>
  )
}
