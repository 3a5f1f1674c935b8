import type { ReactNode } from 'react'
import { Icon } from '../frame/icons.tsx'
import { LoadFailed, Loading } from '../frame/loading.tsx'
import { Page } from '../frame/page.tsx'
import { useLoad } from '../frame/use-load.ts'
import { readSeen } from './read-security.ts'
import { Seen } from './seen.tsx'

interface ManagedProps {
  readonly email: string
  /** The team whose single sign-on signs this account in. */
  readonly team: string
  readonly intruder: ReactNode
}

/** The security page of someone whom an organisation signs in: how is not decided here. */
export function Managed({ email, team, intruder }: ManagedProps) {
  const { data, error, reload } = useLoad(readSeen)

  if (data === null) return error === null ? <Loading /> : <LoadFailed error={error} onRetry={() => void reload()} />
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
      <Seen seen={data} hasTrusted={false} onChanged={reload} />
    </Page>
  )
}
