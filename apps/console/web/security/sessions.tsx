import { useRef } from 'react'
import { sessions as calls } from '../api/calls.ts'
import { unlessGone } from '../api/problem.ts'
import type { OpenSession } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { News, useNews } from '../frame/news.tsx'
import { nameOf, SessionRow } from './session-row.tsx'

interface SessionsProps {
  readonly sessions: readonly OpenSession[]
  /** Whether any browser is trusted. */
  readonly hasTrusted: boolean
  readonly onChanged: () => Promise<void>
}

/** Where the account is signed in, with the way to end it. */
export function Sessions({ sessions, hasTrusted, onChanged }: SessionsProps) {
  const [news, setNews] = useNews(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const gone = async (told: string) => {
    await onChanged()
    setNews(told)
    // The button that had the focus is gone.
    heading.current?.focus({ preventScroll: true })
  }
  const endOthers = useAction(async () => {
    await calls.endOthers()
    await gone('You are signed out everywhere but here, and no browser is trusted any more.')
  })
  const others = sessions.filter(({ current }) => !current)

  return (
    <section className="block">
      <h2 ref={heading} tabIndex={-1}>
        Signed in
      </h2>
      <News text={news} />
      <ul className="rows" aria-label="Signed in">
        {sessions.map((session) => (
          <SessionRow
            key={session.sessionId}
            session={session}
            onEnd={async () => {
              await calls.end(session.sessionId).catch(unlessGone('session_not_found'))
              await gone(`${nameOf(session)} is signed out.`)
            }}
          />
        ))}
      </ul>
      <ProblemNotice error={endOthers.error} />
      {others.length > 0 ? (
        <>
          <p className="quiet">
            {hasTrusted
              ? 'A trusted browser that you sign out stays trusted until you remove it under Trusted browsers. '
              : ''}
            Signing out everywhere but here ends the trust in every browser, this one included.
          </p>
          <div className="ways">
            <Button busy={endOthers.busy} busyWords="Signing out…" onClick={() => void endOthers.run()}>
              Sign out everywhere but here
            </Button>
          </div>
        </>
      ) : null}
    </section>
  )
}
