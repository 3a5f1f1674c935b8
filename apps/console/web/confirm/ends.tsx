import type { Contact } from '../api/types.ts'
import { Page } from '../frame/page.tsx'
import { Link } from '../frame/router.tsx'

/** Confirming signs no one in: the password still has to be typed. */
export function AllConfirmed() {
  return (
    <Page title="Now sign in" lead="Your account is ready. Sign in with your e-mail address and password.">
      <SignIn />
    </Page>
  )
}

/** The page where someone who is signed in set off the confirmation; null when nobody is. */
type Home = '/account' | '/security' | null

export function ConfirmationOver({ home, contact }: { home: Home; contact: Contact }) {
  if (home === '/account') {
    return (
      <Page
        title={`Your ${contact === 'email' ? 'e-mail address' : 'phone number'} is not changed`}
        lead="It took too long, there were too many wrong codes, or it was confirmed elsewhere. Change it again to get a new code."
      >
        <Ways home={home} />
      </Page>
    )
  }
  if (contact === 'phone') {
    return (
      <Page
        title={
          home !== null
            ? 'The phone number is not confirmed'
            : 'Your account is ready; the phone number is not confirmed'
        }
        lead="It took too long, or there were too many wrong codes. You can confirm it later, from the security page."
      >
        {home !== null ? <Ways home={home} /> : <SignIn />}
      </Page>
    )
  }
  return (
    <Page
      title="This confirmation is over"
      lead="It took too long, there were too many wrong codes, or it was confirmed elsewhere. Start again to get a new code."
    >
      <div className="ways">
        <Link to="/register" className="button button-primary">
          Start again
        </Link>
        <Link to="/sign-in" className="button button-secondary">
          Sign in
        </Link>
      </div>
    </Page>
  )
}

export function NothingToConfirm({ home }: { home: Home }) {
  return (
    <Page
      title="There is nothing to confirm"
      lead="It may be confirmed already, it may have taken too long, or you may have started in another browser."
    >
      <Ways home={home} />
    </Page>
  )
}

function Ways({ home }: { home: Home }) {
  if (home !== null) {
    return (
      <Link to={home} className="button button-primary">
        Go to the {home === '/account' ? 'account' : 'security'} page
      </Link>
    )
  }
  return (
    <div className="ways">
      <SignIn />
      <Link to="/register" className="button button-secondary">
        Create an account
      </Link>
    </div>
  )
}

function SignIn() {
  return (
    <Link to="/sign-in" className="button button-primary">
      Sign in
    </Link>
  )
}
