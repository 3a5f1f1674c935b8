import type { TeamDomain, TeamView } from '../../api/types.ts'
import { AddDomain } from './add-domain.tsx'
import { DomainRow } from './domain-row.tsx'

interface DomainsProps {
  readonly team: TeamView
  readonly domains: readonly TeamDomain[]
  readonly onChanged: (news: string) => Promise<void>
  readonly onGone: (news: string) => Promise<void>
}

export function Domains({ team, domains, onChanged, onGone }: DomainsProps) {
  return (
    <section className="block">
      <h2>Domains</h2>
      <p className="quiet">
        Members with an address in a verified domain are managed by this team: its owners and admins see their second
        factors, and can reset and unlock them.
      </p>
      {domains.length === 0 ? (
        <p className="quiet">This team has no domain yet.</p>
      ) : (
        <ul className="rows">
          {domains.map((domain) => (
            <DomainRow key={domain.domain} team={team} domain={domain} onGone={onGone} />
          ))}
        </ul>
      )}
      <AddDomain team={team} onAdded={onChanged} />
    </section>
  )
}
