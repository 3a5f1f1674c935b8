import { secondFactorNeeded } from '../frame/destination.ts'
import { Icon } from '../frame/icons.tsx'
import { Day } from '../frame/moment.tsx'
import { Link, usePath } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { whatIsNeeded } from './words.ts'

/** On every page until the day, but for the one that says more. */
export function Banner() {
  const path = usePath()
  const { account, standing } = useSession().session
  if (account === null) return null
  if (standing?.status !== 'postponed' || standing.from === null || path === secondFactorNeeded) return null
  return (
    <aside className="banner" aria-label="Second factor">
      <p>
        <Icon name="shield" />
        <span>
          From <Day at={standing.from} /> you need {whatIsNeeded(account.mfaEnabled)}.{' '}
          <Link to={secondFactorNeeded}>Why, and which</Link>
        </span>
      </p>
    </aside>
  )
}
