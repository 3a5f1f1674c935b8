import { Page } from '../frame/page.tsx'
import { Link } from '../frame/router.tsx'

export function NoSuchTeam() {
  return (
    <Page title="There is no such team" lead="It may be deleted, or you may not be in it any more.">
      <Link to="/teams" className="button button-primary">
        Go to your teams
      </Link>
    </Page>
  )
}
