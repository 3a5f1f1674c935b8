import { useEffect, useRef, useState } from 'react'
import type { EnrolledMethod } from '../api/types.ts'
import { titleOf } from '../code/words.ts'
import { Button } from '../form/button.tsx'
import { Icon, methodIcons } from '../frame/icons.tsx'
import { Day, Minute } from '../frame/moment.tsx'
import { RenameForm } from './rename-form.tsx'

interface MethodRowProps {
  readonly method: EnrolledMethod
  readonly busy: boolean
  readonly onMakePrimary: () => void
  readonly onRenamed: (name: string) => Promise<void>
}

export function MethodRow({ method, busy, onMakePrimary, onRenamed }: MethodRowProps) {
  const [renaming, setRenaming] = useState(false)
  const row = useRef<HTMLLIElement>(null)
  const wasRenaming = useRef(false)
  const title = titleOf(method)

  useEffect(() => {
    if (wasRenaming.current && !renaming)
      row.current?.querySelector<HTMLElement>('[data-rename]')?.focus({ preventScroll: true })
    wasRenaming.current = renaming
  }, [renaming])

  return (
    <li className="row" ref={row}>
      <Icon name={methodIcons[method.method]} />
      <div className="row-main">
        {renaming ? (
          <RenameForm
            method={method}
            onRenamed={async (name) => {
              await onRenamed(name)
              setRenaming(false)
            }}
            onCancel={() => setRenaming(false)}
          />
        ) : (
          <h3>
            {title} {method.primary ? <span className="badge">Primary</span> : null}
          </h3>
        )}
        {method.hint === '' ? null : <p className="hint">{method.hint}</p>}
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
      </div>
      {renaming ? null : (
        <div className="row-actions">
          {method.primary ? null : (
            <Button busy={busy} busyWords="Making primary…" onClick={onMakePrimary}>
              <span>
                Make primary<span className="unseen"> {title}</span>
              </span>
            </Button>
          )}
          <Button kind="quiet" data-rename="" onClick={() => setRenaming(true)}>
            <Icon name="pencil" />
            <span>
              Rename<span className="unseen"> {title}</span>
            </span>
          </Button>
        </div>
      )}
    </li>
  )
}
