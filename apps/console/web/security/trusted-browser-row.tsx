import type { TrustedBrowser } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { Sure } from '../form/sure.tsx'
import { useAction } from '../form/use-action.ts'
import { useAsking } from '../form/use-asking.ts'
import { Icon } from '../frame/icons.tsx'
import { Minute } from '../frame/moment.tsx'

interface TrustedBrowserRowProps {
  readonly browser: TrustedBrowser
  readonly onRemove: () => Promise<void>
}

export function TrustedBrowserRow({ browser: trusted, onRemove }: TrustedBrowserRowProps) {
  const { browser, ip, lastUsedAt, expiresAt, current } = trusted
  const remove = useAction(onRemove)
  const { asking, around, ask, stop } = useAsking<HTMLLIElement>()
  return (
    <li className="row" ref={around}>
      <Icon name="browser" />
      <div className="row-main">
        <h3>
          {browser} {current ? <span className="badge">This browser</span> : null}
        </h3>
        <p className="quiet">
          <span className="whole">
            Last used <Minute at={lastUsedAt} />
            {ip === '' ? '' : ` from ${ip}`}.
          </span>{' '}
          <span className="whole">
            Trusted until <Minute at={expiresAt} />.
          </span>
        </p>
        <ProblemNotice error={remove.error} />
        {asking ? (
          <Sure
            words="Remove"
            busyWords="Removing…"
            busy={remove.busy}
            onSure={() => void remove.run()}
            onCancel={stop}
          >
            The next sign-in {current ? 'here' : 'there'} asks for a second factor again. Remove it?
          </Sure>
        ) : null}
      </div>
      {asking ? null : (
        <div className="row-actions">
          <Button kind="quiet" data-asks="" onClick={ask}>
            <Icon name="remove" />
            <span>
              Remove<span className="unseen"> {browser}</span>
            </span>
          </Button>
        </div>
      )}
    </li>
  )
}
