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

export function ConfirmationOver({ signedIn, contact }: { signedIn: boolean; contact: Contact }) {
  if (contact === 'phone') {
    return (
      <Page
        title={
          signedIn ? 'The phone number is not confirmed' : 'Your account is ready; the phone number is not confirmed'
        }
        lead="It took too long, or there were too many wrong codes. You can confirm it later, from the security page."
      >
        {signedIn ? <Ways signedIn /> : <SignIn />}
      </Page>
    )
  }
  return (
    <Page
      title="This confirmation is over"
      lead="It took too long, there were too many wrong codes, or it was confirmed elsewhere. Start again to get a new code."
    >
      {signedIn ? (
        <Ways signedIn />
      ) : (
        <div className="ways">
          <Link to="/register" className="button button-primary">
            Start again
          </Link>
          <Link to="/sign-in" className="button button-secondary">
            Sign in
          </Link>
        </div>
      )}
    </Page>
  )
}

export function NothingToConfirm({ signedIn }: { signedIn: boolean }) {
  return (
    <Page
      title="There is nothing to confirm"
      lead="It may be confirmed already, it may have taken too long, or you may have started in another browser."
    >
      <Ways signedIn={signedIn} />
    </Page>
  )
}

function Ways({ signedIn }: { signedIn: boolean }) {
  if (signedIn) {
    return (
      <Link to="/security" className="button button-primary">
        Go to the security page
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
