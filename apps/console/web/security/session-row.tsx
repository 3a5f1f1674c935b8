import type { OpenSession } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { Icon } from '../frame/icons.tsx'
import { Minute } from '../frame/moment.tsx'

interface SessionRowProps {
  readonly session: OpenSession
  readonly onEnd: () => Promise<void>
}

export function SessionRow({ session, onEnd }: SessionRowProps) {
  const { current, kind, ip, signedInAt, lastSeenAt, secondFactor } = session
  const end = useAction(onEnd)
  return (
    <li className="row">
      <Icon name={kind === 'app' ? 'phone' : 'browser'} />
      <div className="row-main">
        <h3>
          {nameOf(session)} {current ? <span className="badge">This browser</span> : null}
        </h3>
        <p className="quiet">
          <span className="whole">
            Signed in <Minute at={signedInAt} />
            {ip === '' ? '' : ` from ${ip}`}, {secondFactor ? 'with' : 'without'} a second factor.
          </span>{' '}
          <span className="whole">
            Last active <Minute at={lastSeenAt} />.
          </span>
        </p>
        <ProblemNotice error={end.error} />
      </div>
      {current ? null : (
        <div className="row-actions">
          <Button busy={end.busy} busyWords="Signing out…" onClick={() => void end.run()}>
            <span>
              Sign out<span className="unseen"> {nameOf(session)}</span>
            </span>
          </Button>
        </div>
      )}
    </li>
  )
}

/** An app seldom says what it runs in. */
export function nameOf({ kind, browser }: Pick<OpenSession, 'kind' | 'browser'>): string {
  return kind === 'browser' ? browser : browser.replace(/^Unknown browser|^/, (unknown) => (unknown ? 'App' : 'App, '))
}
