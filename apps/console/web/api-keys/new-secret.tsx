import { useState } from 'react'
import { Button } from '../form/button.tsx'
import { CopyButton } from '../form/copy-button.tsx'
import { Page } from '../frame/page.tsx'
import { useLeaveWarning } from '../frame/router.tsx'

export interface Secret {
  readonly name: string
  readonly secret: string
}

export function NewSecret({ name, secret, onStored }: Secret & { readonly onStored: () => void }) {
  const [kept, setKept] = useState(false)
  useLeaveWarning(kept ? null : 'Your API key is shown only now. Leave without storing it?', onStored)
  return (
    <Page
      title="Store your API key"
      wide
      lead={
        <>
          <strong>{name}</strong> is ready. Put it where the program that uses it finds it, and nobody else does.
        </>
      }
    >
      <div className="secret">
        <p id="api-key-secret" className="quiet">
          API key, shown only now
        </p>
        <code role="group" aria-labelledby="api-key-secret">
          {secret}
        </code>
        <CopyButton text={secret} label="Copy key" onCopied={() => setKept(true)} />
      </div>
      <Button kind="primary" onClick={onStored}>
        I have stored it
      </Button>
    </Page>
  )
}
