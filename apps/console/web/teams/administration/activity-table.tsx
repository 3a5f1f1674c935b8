import { ActivityLine } from '../../activity/activity-line.tsx'
import { useOlder } from '../../activity/use-older.ts'
import { administration } from '../../api/calls.ts'
import type { ActivityPage, TeamView } from '../../api/types.ts'
import { Button } from '../../form/button.tsx'
import { ProblemNotice } from '../../form/problem-notice.tsx'
import { Address } from '../../frame/address.tsx'
import { Minute } from '../../frame/moment.tsx'
import { ExportActivity } from './export-activity.tsx'
import { type Filters, searchOf, wantedBy } from './activity-filter.ts'

interface ActivityTableProps {
  readonly team: TeamView
  readonly first: ActivityPage
  readonly filters: Filters
}

export function ActivityTable({ team, first, filters }: ActivityTableProps) {
  const { entries, isAll, showOlder, around } = useOlder<HTMLTableSectionElement>(first, (before) =>
    administration.olderActivity(team.id, wantedBy(filters), before),
  )
  return (
    <>
      {entries.length === 0 && isAll ? null : <ExportActivity team={team} filters={filters} />}
      <p className="quiet" role="status">
        {entries.length === 0 ? nothingOf(filters, isAll) : `${countOf(entries.length, isAll)}, newest first.`}
      </p>
      {entries.length === 0 ? null : (
        <table className="log" role="table">
          <caption className="unseen">Activity in {team.name}, newest first</caption>
          <thead role="rowgroup">
            <tr role="row">
              <th scope="col" role="columnheader">
                When
              </th>
              <th scope="col" role="columnheader">
                Who
              </th>
              <th scope="col" role="columnheader">
                What
              </th>
              <th scope="col" role="columnheader">
                Where
              </th>
            </tr>
          </thead>
          <tbody ref={around} role="rowgroup">
            {entries.map((entry) => (
              <tr key={entry.id} role="row" data-entry="" tabIndex={-1}>
                <td role="cell" className="log-when">
                  <Minute at={entry.at} />
                </td>
                <td role="cell" className="log-who">
                  <Address of={entry.email ?? 'Someone who is gone'} />
                </td>
                <td role="cell" className="log-what">
                  <ActivityLine entry={entry} />
                </td>
                <td role="cell" className="log-where">
                  <span className="whole">{entry.browser}</span> <span className="whole">{entry.ip}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <ProblemNotice error={showOlder.error} />
      {isAll ? null : (
        <div className="ways">
          <Button busy={showOlder.busy} busyWords="Loading…" onClick={() => void showOlder.run()}>
            <span>
              Older<span className="unseen"> entries</span>
            </span>
          </Button>
        </div>
      )}
    </>
  )
}

/** Where few are let through, the search stops before its end, so that nobody waits for long. */
function nothingOf(filters: Filters, isAll: boolean): string {
  if (!isAll) return 'Nothing like this among the newest entries. There are older ones to look through.'
  return searchOf(filters) === '' ? 'Nothing has happened yet.' : 'There is nothing like this. Show something else.'
}

function countOf(entries: number, isAll: boolean): string {
  if (!isAll) return `The last ${entries} entries`
  return entries === 1 ? '1 entry' : `${entries} entries`
}
