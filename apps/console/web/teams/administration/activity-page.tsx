import { useCallback } from 'react'
import { administration } from '../../api/calls.ts'
import type { TeamView } from '../../api/types.ts'
import { Button } from '../../form/button.tsx'
import { ProblemNotice } from '../../form/problem-notice.tsx'
import { useAction } from '../../form/use-action.ts'
import { Loading } from '../../frame/loading.tsx'
import { Link, navigate, useSearch } from '../../frame/router.tsx'
import { useLoad } from '../../frame/use-load.ts'
import { filtersIn, searchOf, wantedBy } from './activity-filter.ts'
import { ActivityFilters } from './activity-filters.tsx'
import { ActivityTable } from './activity-table.tsx'
import { AdministrationPage } from './administration-page.tsx'
import { pathOf } from './places.tsx'

export function ActivityPage({ teamId }: { teamId: string }) {
  return (
    <AdministrationPage teamId={teamId} here="activity" title={(team) => `Activity in ${team}`} load={nothing}>
      {({ team }) => <Activity team={team} />}
    </AdministrationPage>
  )
}

/** What is shown depends on the query of the address, so it is read below. */
const nothing = () => Promise.resolve({})

function Activity({ team }: { team: TeamView }) {
  const search = useSearch()
  const { data, error, reload } = useLoad(
    useCallback(
      async () => ({ search, view: await administration.activity(team.id, wantedBy(filtersIn(search))) }),
      [team.id, search],
    ),
  )
  const again = useAction(reload)

  if (data === null && error === null) return <Loading />
  return (
    <>
      {data === null ? null : (
        <ActivityFilters
          search={search}
          people={data.view.people}
          actions={data.view.actions}
          busy={error === null && data.search !== search}
          onShow={(filters) => navigate(pathOf(team.id, 'activity') + searchOf(filters))}
        />
      )}
      <section className="block">
        <h2>Entries</h2>
        <p className="quiet">
          Of people with an address in a domain of this team only. The domains stand under{' '}
          <Link to={pathOf(team.id, 'security')}>Security</Link>. An export has all that fits, one entry a line as JSON.
        </p>
        {error === null ? null : (
          <>
            <ProblemNotice error={error} />
            <div className="ways">
              <Button busy={again.busy} busyWords="Loading…" onClick={() => void again.run()}>
                Try again
              </Button>
              {data !== null || search === '' ? null : (
                <Button kind="quiet" onClick={() => navigate(pathOf(team.id, 'activity'))}>
                  Show everything
                </Button>
              )}
            </div>
          </>
        )}
        {data === null || error !== null ? null : (
          // With another question the list begins anew.
          <ActivityTable key={data.search} team={team} first={data.view} filters={filtersIn(data.search)} />
        )}
      </section>
    </>
  )
}
