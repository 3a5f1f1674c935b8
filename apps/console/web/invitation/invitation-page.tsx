import { useCallback, useEffect, useState } from 'react'
import { invitations } from '../api/calls.ts'
import type { ApiError } from '../api/problem.ts'
import { LoadFailed, Loading } from '../frame/loading.tsx'
import { Page } from '../frame/page.tsx'
import { Link } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { useLoad } from '../frame/use-load.ts'
import { OpenInvitation } from './open-invitation.tsx'
import { invitationHere, takeInvitation } from './token.ts'

export function InvitationPage() {
  const { session } = useSession()
  const [token, setToken] = useState(invitationHere)

  useEffect(() => {
    // Another link, opened where this page is already.
    const look = () => {
      takeInvitation()
      setToken(invitationHere())
    }
    addEventListener('hashchange', look)
    return () => removeEventListener('hashchange', look)
  }, [])

  if (token === null) return <NoInvitation />
  // Whose it is depends on who is signed in.
  return <ByToken key={`${token} ${session.account?.email}`} token={token} onGone={() => setToken(null)} />
}

function ByToken({ token, onGone }: { token: string; onGone: () => void }) {
  const { data, error, reload } = useLoad(useCallback(() => invitations.read(token), [token]))
  if (error !== null && isGone(error)) return <NoInvitation />
  if (data === null) return error === null ? <Loading /> : <LoadFailed error={error} onRetry={() => void reload()} />
  return <OpenInvitation token={token} invitation={data} onGone={onGone} />
}

/** Unknown, used, cancelled or too old; or no token at all, which is a request of the wrong form. */
function isGone({ problem: { status } }: ApiError): boolean {
  return status === 400 || status === 404 || status === 422
}

function NoInvitation() {
  return (
    <Page
      title="There is no invitation here"
      lead="It may have been used, cancelled or too old. Open the link in the e-mail again, or ask for a new invitation."
    >
      <Link to="/" className="button button-primary">
        Go to the start
      </Link>
    </Page>
  )
}
