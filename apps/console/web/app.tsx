import type { ComponentType } from 'react'
import { ChallengePage } from './challenge/challenge-page.tsx'
import { ConfirmPage } from './confirm/confirm-page.tsx'
import { Page } from './frame/page.tsx'
import { Link, Redirect, usePath } from './frame/router.tsx'
import { SessionProvider, useSession } from './frame/session.tsx'
import { Shell } from './frame/shell.tsx'
import { OutboxPage } from './outbox/outbox-page.tsx'
import { RegisterPage } from './register/register-page.tsx'
import { SecurityPage } from './security/security-page.tsx'
import { SignInPage } from './sign-in/sign-in-page.tsx'

const pages: Readonly<Record<string, ComponentType>> = {
  '/': Home,
  '/register': RegisterPage,
  '/confirm': ConfirmPage,
  '/sign-in': SignInPage,
  '/challenge': ChallengePage,
  '/security': SecurityPage,
  '/dev/outbox': OutboxPage,
}

export function App() {
  const Here = pages[usePath()] ?? NoSuchPage
  return (
    <SessionProvider>
      <Shell>
        <Here />
      </Shell>
    </SessionProvider>
  )
}

function Home() {
  const { session } = useSession()
  return <Redirect to={session.account === null ? '/sign-in' : '/security'} />
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
