import { useRef } from 'react'
import { trustedBrowsers as calls } from '../api/calls.ts'
import { unlessGone } from '../api/problem.ts'
import type { TrustedBrowser } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { Sure } from '../form/sure.tsx'
import { useAction } from '../form/use-action.ts'
import { useAsking } from '../form/use-asking.ts'
import { News, useNews } from '../frame/news.tsx'
import { TrustedBrowserRow } from './trusted-browser-row.tsx'

interface TrustedBrowsersProps {
  readonly browsers: readonly TrustedBrowser[]
  readonly onChanged: () => Promise<void>
}

/** Where signing in takes no second factor. */
export function TrustedBrowsers({ browsers, onChanged }: TrustedBrowsersProps) {
  const [news, setNews] = useNews(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const { asking, around, ask, stop } = useAsking<HTMLElement>()
  const gone = async (told: string) => {
    await onChanged()
    setNews(told)
    // The button that had the focus is gone.
    heading.current?.focus({ preventScroll: true })
  }
  const removeAll = useAction(async () => {
    await calls.removeAll()
    stop()
    await gone('No browser is trusted any more.')
  })

  return (
    <section className="block" ref={around}>
      <h2 ref={heading} tabIndex={-1}>
        Trusted browsers
      </h2>
      <News text={news} />
      {browsers.length === 0 ? (
        <p className="quiet">None. When you sign in, you can choose not to be asked for a second factor there again.</p>
      ) : (
        <>
          <p className="quiet">Signing in there takes no second factor. Remove what you don’t know or don’t use.</p>
          <ul className="rows" aria-label="Trusted browsers">
            {browsers.map((browser) => (
              <TrustedBrowserRow
                key={browser.deviceId}
                browser={browser}
                onRemove={async () => {
                  await calls.remove(browser.deviceId).catch(unlessGone('device_not_found'))
                  await gone(`${browser.browser} is not trusted any more.`)
                }}
              />
            ))}
          </ul>
        </>
      )}
      <ProblemNotice error={removeAll.error} />
      {asking ? (
        <Sure
          words="Remove all"
          busyWords="Removing…"
          busy={removeAll.busy}
          onSure={() => void removeAll.run()}
          onCancel={stop}
        >
          The next sign-in in each of them asks for a second factor again. Remove all {browsers.length}?
        </Sure>
      ) : browsers.length > 1 ? (
        <div className="ways">
          <Button kind="quiet" data-asks="" onClick={ask}>
            <span>
              Remove all<span className="unseen"> trusted browsers</span>
            </span>
          </Button>
        </div>
      ) : null}
    </section>
  )
}
