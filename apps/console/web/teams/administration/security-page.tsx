import { administration } from '../../api/calls.ts'
import type { TeamSecurity } from '../../api/types.ts'
import { AdministrationPage, type Shown } from './administration-page.tsx'
import { Domains } from './domains.tsx'
import { PolicyEditor } from './policy-editor.tsx'
import { SingleSignOn } from './single-sign-on.tsx'

export function TeamSecurityPage({ teamId }: { teamId: string }) {
  return (
    <AdministrationPage
      teamId={teamId}
      here="security"
      title={(team) => `Security of ${team}`}
      load={administration.security}
    >
      {(shown) => <Security {...shown} />}
    </AdministrationPage>
  )
}

function Security({ team, data, onChanged, onGone }: Shown<TeamSecurity>) {
  return (
    <>
      <PolicyEditor team={team} policy={data.policy} onSaved={onGone} />
      <Domains team={team} domains={data.domains} onChanged={onChanged} onGone={onGone} />
      {team.role === 'owner' ? (
        <SingleSignOn team={team} security={data} onChanged={onChanged} onGone={onGone} />
      ) : null}
    </>
  )
}
