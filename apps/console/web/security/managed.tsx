import type { ReactNode } from 'react'
import { Icon } from '../frame/icons.tsx'
import { Page } from '../frame/page.tsx'

interface ManagedProps {
  readonly email: string
  /** The team whose single sign-on signs this account in. */
  readonly team: string
  readonly intruder: ReactNode
}

/** The security page of someone whom an organisation signs in: nothing is decided here. */
export function Managed({ email, team, intruder }: ManagedProps) {
  return (
    <Page title="Security" wide lead={email}>
      {intruder}
      <section className="status status-on">
        <Icon name="shieldCheck" />
        <div>
          <h2>{team} signs you in</h2>
          <p>Its single sign-on decides whether a second factor is asked for, so there is nothing to set up here.</p>
        </div>
      </section>
    </Page>
  )
}
