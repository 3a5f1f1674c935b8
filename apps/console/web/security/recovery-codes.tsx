import { useState } from 'react'
import { CopyButton } from '../form/copy-button.tsx'
import { Button } from '../form/button.tsx'
import { download } from '../form/download.ts'
import { Icon } from '../frame/icons.tsx'
import { Page } from '../frame/page.tsx'
import { useLeaveWarning } from '../frame/router.tsx'

interface RecoveryCodesProps {
  readonly codes: readonly string[]
  readonly account: string
  /** They take the place of older ones. */
  readonly renewed: boolean
  readonly onSaved: () => void
}

const meaning =
  'If your second factor is ever out of reach, one of these codes signs you in instead, unless a rule asks for a security key. Each works once.'

export function RecoveryCodes({ codes, account, renewed, onSaved }: RecoveryCodesProps) {
  const [kept, setKept] = useState(false)
  useLeaveWarning(kept ? null : 'Your recovery codes are shown only now. Leave without saving them?', onSaved)
  const text = fileText(codes, account)

  return (
    <Page
      title="Save your recovery codes"
      wide
      lead={`${renewed ? 'The codes you had before no longer work.' : 'Two-step sign-in is on.'} ${meaning}`}
    >
      <div className="recovery">
        <p className="print-only">Recovery codes of {account} for Sallyport Console. Each works once.</p>
        <ol className="recovery-list" aria-label="Recovery codes">
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ol>
        <p className="quiet">
          They are shown only now. Keep them where you keep important papers, or in a password manager.
        </p>
        <div className="ways">
          <CopyButton text={text} onCopied={() => setKept(true)} />
          <Button
            onClick={() => {
              download(new Blob([text], { type: 'text/plain' }), 'sallyport-recovery-codes.txt')
              setKept(true)
            }}
          >
            <Icon name="download" />
            Download
          </Button>
          <Button onClick={() => print()}>
            <Icon name="print" />
            Print
          </Button>
        </div>
      </div>
      <Button kind="primary" onClick={onSaved}>
        I have saved them
      </Button>
    </Page>
  )
}

function fileText(codes: readonly string[], account: string): string {
  return `Recovery codes of ${account} for Sallyport Console\nEach works once.\n\n${codes.join('\n')}\n`
}
