import type { Account, Standing } from '../api/types.ts'
import { Day } from '../frame/moment.tsx'
import { reasonsOf, whatIsNeeded } from './words.ts'

interface DemandProps {
  readonly account: Account
  readonly standing: Standing
}

/** "From 1 Dec 2030 you need a second factor, because …." */
export function Demand({ account, standing }: DemandProps) {
  const why = standing.because.length === 0 ? '' : `, because ${reasonsOf(standing)}`
  const needed = `you need ${whatIsNeeded(account.mfaEnabled)}${why}.`
  if (standing.status === 'postponed' && standing.from !== null) {
    return (
      <>
        From <Day at={standing.from} /> {needed}
      </>
    )
  }
  return <>{needed.charAt(0).toUpperCase() + needed.slice(1)}</>
}
