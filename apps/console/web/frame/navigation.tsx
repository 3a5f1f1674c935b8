import { Link, usePath } from './router.tsx'
import { useSession } from './session.tsx'

const places = [
  { to: '/security', words: 'Security' },
  { to: '/account', words: 'Account' },
  { to: '/api-keys', words: 'API keys' },
  { to: '/teams', words: 'Teams' },
] as const

/** All that opens until a second factor is set up, where one is required. */
const inNeed = [
  { to: '/security', words: 'Security' },
  { to: '/help', words: 'Help' },
] as const

/** The pages of someone who is signed in. */
export function Navigation() {
  const path = usePath()
  const { standing } = useSession().session
  const shown = standing?.status === 'required' ? inNeed : places
  return (
    <nav className="places" aria-label="Pages">
      <ul>
        {shown.map(({ to, words }) => (
          <li key={to}>
            <Link to={to} aria-current={path === to ? 'page' : path.startsWith(`${to}/`) ? 'true' : undefined}>
              {words}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
