import { ActivityLine } from '../activity/activity-line.tsx'
import { useOlder } from '../activity/use-older.ts'
import { account } from '../api/calls.ts'
import type { ActivityPage } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { Minute } from '../frame/moment.tsx'

/** What happened to the account, newest first. `first` is the first page of it. */
export function RecentActivity({ first }: { first: ActivityPage }) {
  const { entries, isAll, showOlder, around } = useOlder<HTMLOListElement>(first, account.activity)
  return (
    <section className="block">
      <h2>Recent activity</h2>
      {entries.length === 0 ? (
        <p className="quiet">Nothing yet.</p>
      ) : (
        <ol className="entries" aria-label="Recent activity" ref={around}>
          {entries.map((entry) => (
            <li key={entry.id} data-entry="" tabIndex={-1}>
              <ActivityLine entry={entry} />
              <p className="quiet">
                <span className="whole">
                  <Minute at={entry.at} />
                </span>
                {[entry.browser, entry.ip].filter(Boolean).map((part) => (
                  <span key={part} className="whole">
                    {part}
                  </span>
                ))}
              </p>
            </li>
          ))}
        </ol>
      )}
      <ProblemNotice error={showOlder.error} />
      {isAll ? null : (
        <div className="ways">
          <Button busy={showOlder.busy} busyWords="Loading…" onClick={() => void showOlder.run()}>
            <span>
              Show more<span className="unseen"> activity</span>
            </span>
          </Button>
        </div>
      )}
    </section>
  )
}
