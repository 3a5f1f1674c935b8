import { Fragment, type ReactNode, useEffect, useState } from 'react'
import { whyEnded } from '../api/calls.ts'
import { someoneElseIsHere } from '../api/problem.ts'
import type { Account } from '../api/types.ts'
import { wantDestination } from './destination.ts'
import { Notice } from './notice.tsx'
import { Redirect, usePath } from './router.tsx'
import { useSession } from './session.tsx'

interface SignedInProps {
  /** What there is to see, in "Sign in to see …". */
  readonly what: string
  /** Shown this once, so it stays even when the session ends meanwhile. */
  readonly onlyNow?: ReactNode
  /** `intruder` tells that another tab has signed in as this account while the page was open for someone else. */
  readonly children: (account: Account, intruder: ReactNode) => ReactNode
}

/** A page for someone who is signed in. Nothing of one account stays in view for another. */
export function SignedIn({ what, onlyNow = null, children }: SignedInProps) {
  const { account } = useSession().session
  const [first] = useState(account?.email ?? null)

  if (onlyNow !== null) return onlyNow
  if (account === null) {
    const why = first === null ? `Sign in to see ${what}.` : whyEnded()
    return <ToSignIn why={why} />
  }
  const intruder = first === account.email ? null : <Notice tone="warning">{someoneElseIsHere}</Notice>
  return <Fragment key={account.email}>{children(account, intruder)}</Fragment>
}

function ToSignIn({ why }: { why: string }) {
  const path = usePath()
  useEffect(() => wantDestination(path), [path])
  return <Redirect to="/sign-in" notice={why} />
}
