import type { ApiError } from '../../api/problem.ts'
import { ProblemNotice } from '../../form/problem-notice.tsx'
import { Link } from '../../frame/router.tsx'
import { useSession } from '../../frame/session.tsx'

/** Why a person could not be helped with their second factor. Only who has one may. */
export function RefusedHelp({ error }: { error: ApiError | null }) {
  const { account } = useSession().session
  if (error?.code !== 'method_too_weak' || account === null || account.mfaEnabled)
    return <ProblemNotice error={error} />
  const sentence =
    account.managed === null ? (
      <OwnFactorFirst />
    ) : (
      'This takes a second factor of your own, and you sign in through single sign-on. Ask an owner of the team.'
    )
  return <ProblemNotice error={error} sentence={sentence} />
}

export function OwnFactorFirst() {
  return (
    <>
      This takes a second factor of your own. <Link to="/security">Set one up</Link> first.
    </>
  )
}
