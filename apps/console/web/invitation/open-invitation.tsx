import { useEffect } from 'react'
import { invitations, signIn } from '../api/calls.ts'
import type { Invitation } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { wantDestination } from '../frame/destination.ts'
import { Page } from '../frame/page.tsx'
import { Link, navigate } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { aRole } from '../teams/roles.ts'
import { forgetInvitation, keepInvited } from './token.ts'

interface OpenInvitationProps {
  readonly token: string
  readonly invitation: Invitation
  readonly onGone: () => void
}

export function OpenInvitation({ token, invitation, onGone }: OpenInvitationProps) {
  const { account } = useSession().session
  const { team, role, email, yours } = invitation
  return (
    <Page
      title={`Join ${team}`}
      lead={
        <>
          <strong>{email}</strong> is invited to be {aRole(role)} of this team.
        </>
      }
    >
      {account === null ? (
        <SignInFirst email={email} />
      ) : yours ? (
        <Accept token={token} team={team} onGone={onGone} />
      ) : (
        <SomeoneElses own={account.email} />
      )}
    </Page>
  )
}

function SignInFirst({ email }: { email: string }) {
  useEffect(() => {
    // Whichever way leads to being signed in, it leads back here.
    wantDestination('/invitation')
    keepInvited(email)
  }, [email])
  return (
    <>
      <p>Sign in with this address, or create an account with it. Then you come back here.</p>
      <div className="ways">
        <Link to="/sign-in" className="button button-primary">
          Sign in
        </Link>
        <Link to="/register" className="button button-secondary">
          Create an account
        </Link>
      </div>
    </>
  )
}

function Accept({ token, team, onGone }: { token: string; team: string; onGone: () => void }) {
  const accept = useAction(async () => {
    const { teamId } = await invitations.accept(token)
    forgetInvitation()
    navigate(`/teams/${teamId}`, { replace: true, notice: `You are in ${team} now.` })
  })
  return (
    <>
      <ProblemNotice error={accept.error} />
      <div className="ways">
        <Button kind="primary" busy={accept.busy} busyWords="Joining…" onClick={() => void accept.run()}>
          Accept
        </Button>
        <Button
          kind="quiet"
          onClick={() => {
            forgetInvitation()
            onGone()
            navigate('/teams', { replace: true })
          }}
        >
          Not now
        </Button>
      </div>
    </>
  )
}

function SomeoneElses({ own }: { own: string }) {
  const { refresh } = useSession()
  const signOut = useAction(async () => {
    await signIn.out()
    await refresh()
  })
  return (
    <>
      <p>
        You are signed in as{' '}
        <span className="hint">
          <strong>{own}</strong>.
        </span>{' '}
        Sign out to accept it with the invited address.
      </p>
      <ProblemNotice error={signOut.error} />
      <div className="ways">
        <Button kind="primary" busy={signOut.busy} busyWords="Signing out…" onClick={() => void signOut.run()}>
          Sign out
        </Button>
        <Link to="/" className="button button-quiet">
          Stay signed in
        </Link>
      </div>
    </>
  )
}
