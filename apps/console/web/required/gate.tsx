import { type ReactNode, useEffect } from 'react'
import { secondFactorNeeded, wantDestination } from '../frame/destination.ts'
import { Redirect, usePath } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'

/** What opens also to someone who must set up a second factor first. */
const open: ReadonlySet<string> = new Set([
  secondFactorNeeded,
  '/security',
  '/help',
  '/forgot-password',
  '/reset-password',
  '/dev/outbox',
])

/** Pages on the way in, which nobody wants to come back to. */
const onTheWay: ReadonlySet<string> = new Set(['/', '/register', '/confirm', '/sign-in', '/challenge'])

/** Leads whoever must set up a second factor to where it says so, and keeps in mind where they were going. */
export function Gate({ children }: { children: ReactNode }) {
  const path = usePath()
  const { standing } = useSession().session
  return standing?.status === 'required' && !open.has(path) ? <ToWhatIsNeeded path={path} /> : children
}

function ToWhatIsNeeded({ path }: { path: string }) {
  useEffect(() => {
    if (!onTheWay.has(path)) wantDestination(path)
  }, [path])
  return <Redirect to={secondFactorNeeded} />
}
