import type { ReactNode } from 'react'
import { signIn } from '../api/calls.ts'
import { ApiError, sentenceOf } from '../api/problem.ts'
import { Button } from '../form/button.tsx'
import { useAction } from '../form/use-action.ts'
import { Banner } from '../required/banner.tsx'
import { forgetDestination } from './destination.ts'
import { Mark } from './icons.tsx'
import { Notice } from './notice.tsx'
import { Navigation } from './navigation.tsx'
import { Link, mayLeave, navigate } from './router.tsx'
import { useSession } from './session.tsx'

/** What surrounds every page: the name, the pages of the account and the way out of it, the way to help, and in development the one to the outbox. */
export function Shell({ children }: { children: ReactNode }) {
  const { session, refresh } = useSession()
  const signOut = useAction(async () => {
    if (!mayLeave()) return
    await signIn.out().catch(unlessSignedOut)
    await refresh()
    forgetDestination()
    navigate('/sign-in', { asked: true, notice: 'You are signed out.' })
  })

  return (
    <>
      <header className="bar">
        <Link to="/" className="brand">
          <Mark />
          <span>Sallyport Console</span>
        </Link>
        {session.account === null ? null : <Navigation />}
        {session.account === null ? null : (
          <div className="bar-account">
            <span className="bar-email">{session.account.email}</span>
            <Button kind="quiet" busy={signOut.busy} busyWords="Signing out…" onClick={() => void signOut.run()}>
              Sign out
            </Button>
          </div>
        )}
      </header>
      <Banner />
      <main>
        {signOut.error === null ? null : <Notice tone="danger">{sentenceOf(signOut.error)}</Notice>}
        {children}
      </main>
      <footer className="foot">
        <Link to="/help">Help</Link>
        {session.development ? (
          <>
            <Link to="/dev/outbox">Outbox</Link>
            <span className="badge badge-plain">Development</span>
          </>
        ) : null}
      </footer>
    </>
  )
}

/** Another tab has signed out already: then all is done. */
function unlessSignedOut(reason: unknown): void {
  if (!(reason instanceof ApiError) || reason.code !== 'not_signed_in') throw reason
}
