import { account as calls } from '../api/calls.ts'
import { type ApiError, sentenceOf, sentenceOfCode } from '../api/problem.ts'
import type { LinkedProvider } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { Icon } from '../frame/icons.tsx'
import { Day } from '../frame/moment.tsx'
import { Notice } from '../frame/notice.tsx'
import { useLoad } from '../frame/use-load.ts'

/** The other sites that the account's owner can sign in at, and those they could. Rows of the list around it. */
export function LinkedProviders({ onNews }: { onNews: (news: string) => void }) {
  const { data, error, reload } = useLoad(calls.providers)
  if (error !== null) {
    return (
      <li className="row">
        <Icon name="key" />
        <div className="row-main">
          <Notice tone="danger">{sentenceOf(error)}</Notice>
        </div>
        <div className="row-actions">
          <Button onClick={() => void reload()}>Try again</Button>
        </div>
      </li>
    )
  }
  return (data?.providers ?? []).map((provider) => (
    <ProviderRow
      key={provider.id}
      provider={provider}
      onUnlinked={async () => {
        await reload()
        onNews(`You no longer sign in with ${provider.name}.`)
      }}
    />
  ))
}

function ProviderRow({ provider, onUnlinked }: { provider: LinkedProvider; onUnlinked: () => Promise<void> }) {
  const { id, name, linked } = provider
  const link = useAction(async () => location.assign((await calls.linkProvider(id)).location))
  const unlink = useAction(async () => {
    await calls.unlinkProvider(id)
    await onUnlinked()
  })
  return (
    <li className="row">
      <Icon name="key" />
      <div className="row-main">
        <h3>
          {name} {linked === null ? null : <span className="badge">Linked</span>}
        </h3>
        {linked === null ? (
          <p className="quiet">Not linked.</p>
        ) : (
          <>
            {linked.email === '' ? null : <p className="hint">{linked.email}</p>}
            <p className="quiet">
              Linked <Day at={linked.linkedAt} />.
            </p>
          </>
        )}
        <ProblemNotice error={link.error ?? unlink.error} {...ofLinking(link.error)} />
      </div>
      <div className="row-actions">
        {linked === null ? (
          <Button busy={link.busy} busyWords={`Going to ${name}…`} onClick={() => void link.run()}>
            <span>
              Link<span className="unseen"> {name}</span>
            </span>
          </Button>
        ) : (
          <Button busy={unlink.busy} busyWords="Unlinking…" onClick={() => void unlink.run()}>
            <span>
              Unlink<span className="unseen"> {name}</span>
            </span>
          </Button>
        )}
      </div>
    </li>
  )
}

/** Nobody wants to sign in here, so "sign in another way" is no advice. */
function ofLinking(error: ApiError | null) {
  return error?.code === 'provider_unavailable' ? { sentence: sentenceOfCode(error.code, 'link') } : {}
}
