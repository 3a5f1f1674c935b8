import { type ReactNode, useState } from 'react'
import { apiKeys } from '../api/calls.ts'
import { LoadFailed, Loading } from '../frame/loading.tsx'
import { News, useNews } from '../frame/news.tsx'
import { focusTitle, Page } from '../frame/page.tsx'
import { SignedIn } from '../frame/signed-in.tsx'
import { useLoad } from '../frame/use-load.ts'
import { CreateKey } from './create-key.tsx'
import { KeyRow } from './key-row.tsx'
import { NewSecret, type Secret } from './new-secret.tsx'

export function ApiKeysPage() {
  const [secret, setSecret] = useState<Secret | null>(null)
  return (
    <SignedIn
      what="your API keys"
      onlyNow={secret === null ? null : <NewSecret {...secret} onStored={() => setSecret(null)} />}
    >
      {(_, intruder) => <OwnKeys intruder={intruder} onCreated={setSecret} />}
    </SignedIn>
  )
}

function OwnKeys({ intruder, onCreated }: { intruder: ReactNode; onCreated: (secret: Secret) => void }) {
  const { data, error, reload } = useLoad(apiKeys.list)
  const [news, setNews] = useNews(null)

  if (data === null) return error === null ? <Loading /> : <LoadFailed error={error} onRetry={() => void reload()} />
  return (
    <Page title="API keys" wide lead="A program with a key acts as you, as far as the key’s scopes go.">
      {intruder}
      <News text={news} />
      <section className="block">
        <h2>Your keys</h2>
        {data.keys.length === 0 ? (
          <p className="quiet">You have no API keys.</p>
        ) : (
          <ul className="rows">
            {data.keys.map((key) => (
              <KeyRow
                key={key.id}
                apiKey={key}
                onInvalidated={async () => {
                  await reload()
                  setNews(`${key.name} is invalid from now on.`)
                  // The row that had the focus is gone.
                  focusTitle()
                }}
              />
            ))}
          </ul>
        )}
      </section>
      <CreateKey scopes={data.scopes} onCreated={onCreated} />
    </Page>
  )
}
