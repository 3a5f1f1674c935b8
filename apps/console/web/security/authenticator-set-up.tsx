import type { AuthenticatorSetup } from '../api/types.ts'
import { CopyButton } from '../form/copy-button.tsx'
import { QrCode } from './qr-code.tsx'

export function AuthenticatorSetUp({ setup }: { setup: AuthenticatorSetup }) {
  return (
    <div className="authenticator">
      <QrCode text={setup.uri} label="QR code for your authenticator app" />
      <div className="authenticator-text">
        <p className="same-phone">
          Is the app on this device?{' '}
          <a className="button button-secondary" href={setup.uri}>
            Open in your authenticator app
          </a>
        </p>
        <p>Scan this with an authenticator app: in the app, choose to add an account.</p>
        <p id="manual-key">Can’t scan it? Enter this key in the app:</p>
        <p>
          <code className="manual-key" aria-labelledby="manual-key" role="group">
            {groups(setup.secret).map((group, index) => (
              <span key={index}>{group}</span>
            ))}
          </code>
        </p>
        <CopyButton text={setup.secret} label="Copy key" />
      </div>
    </div>
  )
}

function groups(secret: string): readonly string[] {
  return secret.match(/.{1,4}/g) ?? []
}
