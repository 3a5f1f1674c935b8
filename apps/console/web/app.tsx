import { type ComponentType, useEffect } from 'react'
import { AccountPage } from './account/account-page.tsx'
import { ApiKeysPage } from './api-keys/api-keys-page.tsx'
import { ChallengePage } from './challenge/challenge-page.tsx'
import { ConfirmPage } from './confirm/confirm-page.tsx'
import { ForgotPasswordPage } from './forgot-password/forgot-password-page.tsx'
import { secondFactorNeeded, startOf } from './frame/destination.ts'
import { Page } from './frame/page.tsx'
import { Link, navigate, usePath } from './frame/router.tsx'
import { SessionProvider, useSession } from './frame/session.tsx'
import { Shell } from './frame/shell.tsx'
import { HelpPage } from './help/help-page.tsx'
import { InvitationPage } from './invitation/invitation-page.tsx'
import { OutboxPage } from './outbox/outbox-page.tsx'
import { RegisterPage } from './register/register-page.tsx'
import { Gate } from './required/gate.tsx'
import { SecondFactorNeededPage } from './required/second-factor-needed-page.tsx'
import { ResetPasswordPage } from './reset-password/reset-password-page.tsx'
import { SecurityPage } from './security/security-page.tsx'
import { SignInPage } from './sign-in/sign-in-page.tsx'
import { StepUp } from './step-up/step-up.tsx'
import { ActivityPage } from './teams/administration/activity-page.tsx'
import { PeoplePage } from './teams/administration/people-page.tsx'
import { TeamSecurityPage } from './teams/administration/security-page.tsx'
import { TeamPage } from './teams/team-page.tsx'
import { TeamsPage } from './teams/teams-page.tsx'

const pages: Readonly<Record<string, ComponentType>> = {
  '/': Home,
  '/register': RegisterPage,
  '/confirm': ConfirmPage,
  '/sign-in': SignInPage,
  '/challenge': ChallengePage,
  '/forgot-password': ForgotPasswordPage,
  '/reset-password': ResetPasswordPage,
  [secondFactorNeeded]: SecondFactorNeededPage,
  '/help': HelpPage,
  '/security': SecurityPage,
  '/account': AccountPage,
  '/api-keys': ApiKeysPage,
  '/teams': TeamsPage,
  '/invitation': InvitationPage,
  '/dev/outbox': OutboxPage,
}

/** By what follows the team in the address. */
const teamPages: Readonly<Record<string, ComponentType<{ readonly teamId: string }>>> = {
  '': TeamPage,
  people: PeoplePage,
  security: TeamSecurityPage,
  activity: ActivityPage,
}

export function App() {
  return (
    <SessionProvider>
      <Shell>
        <Gate>
          <Here />
        </Gate>
      </Shell>
      <StepUp />
    </SessionProvider>
  )
}

function Here() {
  const path = usePath()
  const [, team, place = ''] = /^\/teams\/([\w-]+)(?:\/(people|security|activity))?$/.exec(path) ?? []
  const OfTeam = teamPages[place]
  if (team !== undefined && OfTeam !== undefined) return <OfTeam key={team} teamId={team} />
  const Found = pages[path] ?? NoSuchPage
  return <Found />
}

function Home() {
  const { session } = useSession()
  // Once: what it finds out is used up by that.
  useEffect(() => navigate(startOf(session), { replace: true }), [])
  return null
}

function NoSuchPage() {
  return (
    <Page title="There is no page here">
      <p>The address may be mistyped, or the page may have moved.</p>
      <Link to="/" className="button button-primary">
        Go to the start
      </Link>
    </Page>
  )
}
