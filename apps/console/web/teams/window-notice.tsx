import type { TeamView } from '../api/types.ts'
import { clockTime, spokenTime, useSecondsLeft } from '../form/seconds-left.ts'
import { Icon } from '../frame/icons.tsx'

/** How long one confirmation still covers changes to the team. Counts by itself: asking the server again is not needed. */
export function WindowNotice({ team }: { team: TeamView }) {
  const { window } = team
  const seconds = window === null ? 0 : Math.min(window.expiresInSeconds, window.ceilingInSeconds)
  const left = useSecondsLeft(seconds, team)
  // Always there, so that nothing moves when it opens or closes.
  return (
    <p className="window">
      <Icon name={left > 0 ? 'shieldCheck' : 'shield'} />
      {left > 0 ? (
        <span>
          <span aria-hidden="true">
            Confirmed for <span className="clock">{clockTime(left)}</span> more: changes to this team need no new
            confirmation.
          </span>
          <span className="unseen">
            Confirmed for {spokenTime(left)} more: changes to this team need no new confirmation.
          </span>
        </span>
      ) : (
        <span>Changes to this team have to be confirmed.</span>
      )}
    </p>
  )
}
