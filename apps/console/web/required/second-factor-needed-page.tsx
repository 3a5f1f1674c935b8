import { useEffect } from 'react'
import { methods } from '../api/calls.ts'
import type { Account, Standing } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { secondFactorNeeded, takeDestination } from '../frame/destination.ts'
import { Loading } from '../frame/loading.tsx'
import { Notice } from '../frame/notice.tsx'
import { Page } from '../frame/page.tsx'
import { Link, navigate, Redirect } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { useLoad } from '../frame/use-load.ts'
import { Demand } from './demand.tsx'
import { Kinds } from './kinds.tsx'
import { whatCounts, whatIsNeeded } from './words.ts'

/** Why a second factor is needed, and what to do: shown at each sign-in until the day, and instead of all else from then on. */
export function SecondFactorNeededPage() {
  const { account, standing } = useSession().session
  if (account === null) return <Redirect to="/sign-in" />
  if (standing === null || standing.status === 'free') return <GoOn />
  return <Needed account={account} standing={standing} />
}

function Needed({ account, standing }: { account: Account; standing: Standing }) {
  const { data, error } = useLoad(methods.list)
  const postponed = standing.status === 'postponed'
  const needed = whatIsNeeded(account.mfaEnabled)
  if (data === null && error === null) return <Loading />
  return (
    <Page
      title={postponed ? `You will need ${needed}` : `Set up ${needed} to go on`}
      lead={<Demand account={account} standing={standing} />}
    >
      {postponed ? null : (
        <Notice tone="warning">Until one is set up, nothing else opens. What you have here stays as it is.</Notice>
      )}
      {data === null ? <p>{whatCounts(standing.atLeast)}</p> : <Kinds view={data} standing={standing} />}
      <div className="ways">
        <Button kind="primary" onClick={() => navigate('/security', { from: secondFactorNeeded })}>
          Set up now
        </Button>
        {postponed ? (
          <Button kind="quiet" onClick={() => navigate(takeDestination(), { replace: true })}>
            Later
          </Button>
        ) : null}
      </div>
      <p className="aside">
        Does something stand in the way? <Link to="/help">Get help</Link>
      </p>
    </Page>
  )
}

/** Nothing is needed any more: it may have been set up in another tab. */
function GoOn() {
  useEffect(() => navigate(takeDestination(), { replace: true }), [])
  return null
}
