import type { TeamView } from '../../api/types.ts'
import { Link } from '../../frame/router.tsx'
import { givenBy } from '../roles.ts'

/** The pages of a team, by the end of their address. */
export type Place = 'team' | 'people' | 'security' | 'activity'

const words: Readonly<Record<Place, string>> = {
  team: 'Team',
  people: 'People',
  security: 'Security',
  activity: 'Activity',
}
const places = Object.keys(words) as readonly Place[]

/** Whether someone of this team sees who of it has a second factor, and decides who must. */
export function administers({ role }: TeamView): boolean {
  return givenBy(role).length > 0
}

/** Between the pages of a team. Members have one only, and nowhere to go from it. */
export function Places({ team, here }: { team: TeamView; here: Place }) {
  if (!administers(team)) return null
  return (
    <nav className="tabs" aria-label={`Pages of ${team.name}`}>
      <ul>
        {places.map((place) => (
          <li key={place}>
            <Link to={pathOf(team.id, place)} aria-current={place === here ? 'page' : undefined}>
              {words[place]}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

export function pathOf(teamId: string, place: Place): string {
  return place === 'team' ? `/teams/${teamId}` : `/teams/${teamId}/${place}`
}
