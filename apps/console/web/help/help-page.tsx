import { Page } from '../frame/page.tsx'
import { Link } from '../frame/router.tsx'

/** For whoever can't get in. Open to all, and the same for all. */
export function HelpPage() {
  return (
    <Page title="When you can’t get in" wide lead="What to do, by what is in the way.">
      <section className="block">
        <h2>You don’t know your password</h2>
        <p>
          <Link to="/forgot-password">Get a link</Link> to choose a new one. It goes to your e-mail address. Your second
          factors stay as they are.
        </p>
      </section>
      <section className="block">
        <h2>Your second factor is not at hand</h2>
        <ul className="points">
          <li>Where the code is asked for, choose “Try another way” for the others you have set up.</li>
          <li>
            One of your recovery codes does as well, unless a rule asks for a security key or passkey. Each works once.
          </li>
          <li>
            Have you none of them? If your e-mail address belongs to an organisation that uses this console, its
            administrators can reset your two-step sign-in. Then you set it up anew.
          </li>
        </ul>
      </section>
      <section className="block">
        <h2>You have reset your password, and a code by e-mail doesn’t count</h2>
        <ul className="points">
          <li>
            Whoever reads your e-mail could have set that password, so something else has to show that it is you:
            another of your second factors, or a recovery code. Once you have signed in that way, codes by e-mail count
            again.
          </li>
          <li>
            Have you nothing else? If your e-mail address belongs to an organisation that uses this console, an
            administrator of your team can reset your two-step sign-in. Nobody else can.
          </li>
        </ul>
      </section>
      <section className="block">
        <h2>Your account is locked</h2>
        <ul className="points">
          <li>
            After too many wrong codes the account takes no more for a while. The page says how long. Nothing is lost:
            wait, and sign in again.
          </li>
          <li>A browser in which you have signed in before may still let you in while others have to wait.</li>
          <li>
            If your e-mail address belongs to an organisation that uses this console, an administrator of your team can
            unlock it at once. They can reset your two-step sign-in too, if you have lost what it takes.
          </li>
        </ul>
      </section>
      <section className="block">
        <h2>There were too many wrong tries from your network</h2>
        <p>
          When many wrong passwords or codes come from one network, everyone in it has to wait a few minutes. It need
          not have been you: an office or a café is often one network. Nothing is wrong with your account, and what you
          have typed stays where it is. Wait until the page lets you try again, or use another network, such as your
          phone’s.
        </p>
      </section>
      <section className="block">
        <h2>You are asked for a second factor in a browser that you trust</h2>
        <p>
          When you sign in, you can choose to trust the browser: until the day it says, it asks for no second factor
          there. That ends early when your password or your second factors change, and it is never so for owners and
          admins of a team. What could do harm is confirmed all the same. Your <Link to="/security">security page</Link>{' '}
          lists the trusted browsers, and there you can remove any of them.
        </p>
      </section>
      <section className="block">
        <h2>The code does not come, or is not right</h2>
        <ul className="points">
          <li>Only the newest code works. E-mails may be among the unwanted mail; text messages need reception.</li>
          <li>An authenticator app needs the right time: have the phone set its clock by itself.</li>
        </ul>
      </section>
      <section className="block">
        <h2>Your security key or passkey is not accepted</h2>
        <ul className="points">
          <li>It works only at the address where you set it up, and only if it is one of those on your account.</li>
          <li>
            A passkey is where you saved it: on that phone or computer, or in that password manager. Your browser can
            use the one on your phone when Bluetooth is on.
          </li>
          <li>
            Is the key lost? Sign in another way. Removing a key takes a key: set up another one, with a recovery code
            if you have to, and remove the lost one with it. After a recovery code that takes a day. Or ask an
            administrator of your team to reset it.
          </li>
        </ul>
      </section>
      <section className="block">
        <h2>Your organisation signs you in</h2>
        <p>
          Choose “Sign in with your organisation” where you sign in. If that goes wrong, your organisation’s
          administrators can help.
        </p>
      </section>
      <section className="block">
        <h2>You are asked to set up a second factor</h2>
        <p>
          Someone decided that your account must have one; the page names the reason. An authenticator app on your phone
          takes two minutes and works without a connection. Until one is set up, nothing else opens.
        </p>
      </section>
      <Link to="/" className="button button-primary">
        Go to the start
      </Link>
    </Page>
  )
}
