import { useState } from 'react'
import { apiKeys } from '../api/calls.ts'
import type { ApiKey } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { Icon } from '../frame/icons.tsx'
import { Day, Minute } from '../frame/moment.tsx'

interface KeyRowProps {
  readonly apiKey: ApiKey
  readonly onInvalidated: () => Promise<void>
}

export function KeyRow({ apiKey, onInvalidated }: KeyRowProps) {
  const { id, name, hint, scopes, createdAt, expiresAt, lastUsedAt } = apiKey
  const invalidate = useAction(async () => {
    await apiKeys.invalidate(id)
    await onInvalidated()
  })
  const [openedAt] = useState(Date.now)
  const expired = expiresAt !== null && Date.parse(expiresAt) <= openedAt
  return (
    <li className="row">
      <Icon name="key" />
      <div className="row-main">
        <h3>
          {name} {expired ? <span className="badge badge-warning">Expired</span> : null}
        </h3>
        <p>
          <code>…{hint}</code>
        </p>
        <p className="quiet">May use {scopes.join(', ')}.</p>
        <p className="quiet">
          <span className="whole">
            Created <Day at={createdAt} />.
          </span>{' '}
          <span className="whole">
            {expiresAt === null ? (
              'Never expires.'
            ) : (
              <>
                {expired ? 'Expired' : 'Expires'} <Day at={expiresAt} />.
              </>
            )}
          </span>{' '}
          <span className="whole">
            {lastUsedAt === null ? (
              'Not used yet.'
            ) : (
              <>
                Last used <Minute at={lastUsedAt} />.
              </>
            )}
          </span>
        </p>
        <ProblemNotice error={invalidate.error} />
      </div>
      <div className="row-actions">
        <Button busy={invalidate.busy} busyWords="Invalidating…" onClick={() => void invalidate.run()}>
          <span>
            Invalidate<span className="unseen"> {name}</span>
          </span>
        </Button>
      </div>
    </li>
  )
}
