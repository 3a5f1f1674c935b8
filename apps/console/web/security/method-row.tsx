import { useEffect, useRef, useState } from 'react'
import type { EnrolledMethod, Standing } from '../api/types.ts'
import { titleOf } from '../code/words.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { Sure } from '../form/sure.tsx'
import { useAction } from '../form/use-action.ts'
import { Icon, methodIcons } from '../frame/icons.tsx'
import { Day, Minute } from '../frame/moment.tsx'
import { DoesNotCount } from '../required/does-not-count.tsx'
import { RenameForm } from './rename-form.tsx'
import { Strength } from './strength.tsx'

interface MethodRowProps {
  readonly method: EnrolledMethod
  readonly standing: Standing | null
  readonly busy: boolean
  /** Without it two-step sign-in is off. */
  readonly last: boolean
  readonly onMakePrimary: () => void
  readonly onRenamed: (name: string) => Promise<void>
  readonly onRemove: () => Promise<void>
}

export function MethodRow({ method, standing, busy, last, onMakePrimary, onRenamed, onRemove }: MethodRowProps) {
  const [doing, setDoing] = useState<'nothing' | 'renaming' | 'removing'>('nothing')
  const row = useRef<HTMLLIElement>(null)
  const before = useRef(doing)
  const title = titleOf(method)
  const remove = useAction(onRemove)
  const stop = () => setDoing('nothing')

  useEffect(() => {
    // Back to the button that began it.
    if (doing === 'nothing')
      row.current?.querySelector<HTMLElement>(`[data-begins=${before.current}]`)?.focus({ preventScroll: true })
    before.current = doing
  }, [doing])

  return (
    <li className="row row-many row-below" ref={row}>
      <Icon name={methodIcons[method.method]} />
      <div className="row-main">
        {doing === 'renaming' ? (
          <RenameForm
            method={method}
            onRenamed={async (name) => {
              await onRenamed(name)
              stop()
            }}
            onCancel={stop}
          />
        ) : (
          <h3>
            {title} {method.primary ? <span className="badge">Primary</span> : null}
            <DoesNotCount method={method.method} standing={standing} />
            {method.disabled ? <span className="badge badge-warning">Switched off</span> : null}
          </h3>
        )}
        {method.hint === '' ? null : <p className="hint">{method.hint}</p>}
        <p className="quiet">
          <Strength method={method.method} />
        </p>
        <p className="quiet">
          <span className="whole">
            Added <Day at={method.createdAt} />.
          </span>{' '}
          <span className="whole">
            {method.lastUsedAt === null ? (
              'Not used yet.'
            ) : (
              <>
                Last used <Minute at={method.lastUsedAt} />.
              </>
            )}
          </span>
        </p>
        {method.disabled ? <p>Switched off after too many wrong answers. Remove it and set it up again.</p> : null}
        <ProblemNotice error={remove.error} />
        {doing === 'removing' ? (
          <Sure
            words="Remove and turn off"
            busyWords="Removing…"
            busy={remove.busy}
            onSure={() => void remove.run()}
            onCancel={stop}
          >
            This is your last second factor. Removing it turns two-step sign-in off, and your recovery codes stop
            working.
          </Sure>
        ) : null}
      </div>
      {doing === 'nothing' ? (
        <div className="row-actions">
          {method.primary || method.disabled ? null : (
            <Button busy={busy} busyWords="Making primary…" onClick={onMakePrimary}>
              <span>
                Make primary<span className="unseen"> {title}</span>
              </span>
            </Button>
          )}
          <Button kind="quiet" data-begins="renaming" onClick={() => setDoing('renaming')}>
            <Icon name="pencil" />
            <span>
              Rename<span className="unseen"> {title}</span>
            </span>
          </Button>
          <Button
            kind="quiet"
            data-begins="removing"
            busy={remove.busy}
            busyWords="Removing…"
            onClick={() => (last ? setDoing('removing') : void remove.run())}
          >
            <Icon name="remove" />
            <span>
              Remove<span className="unseen"> {title}</span>
            </span>
          </Button>
        </div>
      ) : null}
    </li>
  )
}
