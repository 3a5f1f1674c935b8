import { type ReactNode, useCallback } from 'react'
import { teams } from '../../api/calls.ts'
import type { TeamView } from '../../api/types.ts'
import { LoadFailed, Loading } from '../../frame/loading.tsx'
import { News, useNews } from '../../frame/news.tsx'
import { focusTitle, Page } from '../../frame/page.tsx'
import { Link, useNotice } from '../../frame/router.tsx'
import { SignedIn } from '../../frame/signed-in.tsx'
import { useLoad } from '../../frame/use-load.ts'
import { NoSuchTeam } from '../no-such-team.tsx'
import { aRole } from '../roles.ts'
import { administers, pathOf, type Place, Places } from './places.tsx'

/** What a page of the administration has in hand. */
export interface Shown<Data> {
  readonly team: TeamView
  readonly data: Data
  readonly show: (data: Data) => void
  /** Reads everything again, then tells what was done. */
  readonly onChanged: (news: string) => Promise<void>
  /** The same, where what had the focus is gone. */
  readonly onGone: (news: string) => Promise<void>
}

interface AdministrationPageProps<Data> {
  readonly teamId: string
  readonly here: Exclude<Place, 'team'>
  readonly title: (team: string) => string
  /** The same function on every render. Handed what is shown when it is read again. */
  readonly load: (teamId: string, before: Data | null) => Promise<Data>
  readonly children: (shown: Shown<Data>) => ReactNode
}

/** A page for the owners and admins of a team. */
export function AdministrationPage<Data>(props: AdministrationPageProps<Data>) {
  return <SignedIn what="this team">{(_, intruder) => <Administration {...props} intruder={intruder} />}</SignedIn>
}

interface Read<Data> {
  readonly team: TeamView
  /** Null for members, who are shown nothing. */
  readonly data: Data | null
}

function Administration<Data>(props: AdministrationPageProps<Data> & { readonly intruder: ReactNode }) {
  const { teamId, here, title, load, children, intruder } = props
  const [news, setNews] = useNews(useNotice())
  const read = useCallback(() => readFor(teamId, load, null), [teamId, load])
  const { data: shown, error, reload, replace } = useLoad<Read<Data>>(read)

  if (error?.problem.status === 404) return <NoSuchTeam />
  if (shown === null) return error === null ? <Loading /> : <LoadFailed error={error} onRetry={() => void reload()} />
  const { team, data } = shown
  if (data === null) return <NotForMembers team={team} />
  const onChanged = async (told: string) => {
    await readFor(teamId, load, data).then(replace, reload)
    setNews(told)
  }
  return (
    <Page
      title={title(team.name)}
      wide
      lead={
        <>
          <Link to="/teams">Teams</Link> · You are {aRole(team.role)}.
        </>
      }
    >
      <Places team={team} here={here} />
      {intruder}
      <News text={news} />
      {children({
        team,
        data,
        show: (next) => replace({ team, data: next }),
        onChanged,
        async onGone(told) {
          await onChanged(told)
          focusTitle()
        },
      })}
    </Page>
  )
}

async function readFor<Data>(
  teamId: string,
  load: (teamId: string, before: Data | null) => Promise<Data>,
  before: Data | null,
): Promise<Read<Data>> {
  const team = await teams.read(teamId)
  return { team, data: administers(team) ? await load(teamId, before) : null }
}

function NotForMembers({ team }: { team: TeamView }) {
  return (
    <Page title="This is for owners and admins" lead={`In ${team.name} you are ${aRole(team.role)}.`}>
      <Link to={pathOf(team.id, 'team')} className="button button-primary">
        Go to the team
      </Link>
    </Page>
  )
}
