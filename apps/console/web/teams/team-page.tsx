import { type ReactNode, useCallback } from 'react'
import { teams } from '../api/calls.ts'
import type { TeamView } from '../api/types.ts'
import { LoadFailed, Loading } from '../frame/loading.tsx'
import { News, useNews } from '../frame/news.tsx'
import { focusTitle, Page } from '../frame/page.tsx'
import { Link, useNotice } from '../frame/router.tsx'
import { SignedIn } from '../frame/signed-in.tsx'
import { useLoad } from '../frame/use-load.ts'
import { Places } from './administration/places.tsx'
import { InvitationRow } from './invitation-row.tsx'
import { Invite } from './invite.tsx'
import { DeleteTeam, LeaveTeam } from './leave-or-delete.tsx'
import { MemberRow } from './member-row.tsx'
import { NoSuchTeam } from './no-such-team.tsx'
import { aRole, givenBy } from './roles.ts'
import { WindowNotice } from './window-notice.tsx'

export function TeamPage({ teamId }: { teamId: string }) {
  return <SignedIn what="this team">{(_, intruder) => <OwnTeam teamId={teamId} intruder={intruder} />}</SignedIn>
}

function OwnTeam({ teamId, intruder }: { teamId: string; intruder: ReactNode }) {
  const [news, setNews] = useNews(useNotice())
  const { data, error, reload } = useLoad(useCallback(() => teams.read(teamId), [teamId]))

  const changed = async (told: string) => {
    await reload()
    setNews(told)
  }
  const rowGone = async (told: string) => {
    await changed(told)
    focusTitle()
  }

  if (error?.problem.status === 404) return <NoSuchTeam />
  if (data === null) return error === null ? <Loading /> : <LoadFailed error={error} onRetry={() => void reload()} />
  const adjusts = givenBy(data.role).length > 0
  return (
    <Page
      title={data.name}
      wide
      lead={
        <>
          <Link to="/teams">Teams</Link> · You are {aRole(data.role)}.
        </>
      }
    >
      <Places team={data} here="team" />
      {intruder}
      <News text={news} />
      <section className="block">
        <h2>Members</h2>
        {adjusts ? <WindowNotice team={data} /> : null}
        <ul className="rows">
          {data.members.map((member) => (
            <MemberRow
              // With another role it is chosen from anew.
              key={`${member.accountId} ${member.role}`}
              team={data}
              member={member}
              onChanged={rowGone}
              onRemoved={rowGone}
            />
          ))}
        </ul>
      </section>
      {adjusts ? <Invitations team={data} onCancelled={rowGone} /> : null}
      {adjusts ? <Invite team={data} onChanged={changed} /> : null}
      <LeaveTeam team={data} />
      {data.role === 'owner' ? <DeleteTeam team={data} /> : null}
    </Page>
  )
}

function Invitations({ team, onCancelled }: { team: TeamView; onCancelled: (news: string) => Promise<void> }) {
  if (team.invitations.length === 0) return null
  return (
    <section className="block">
      <h2>Open invitations</h2>
      <ul className="rows">
        {team.invitations.map((invitation) => (
          <InvitationRow key={invitation.id} team={team} invitation={invitation} onCancelled={onCancelled} />
        ))}
      </ul>
    </section>
  )
}
