import { Icon } from '../frame/icons.tsx'
import { Day } from '../frame/moment.tsx'

interface StatusCardProps {
  readonly enabledAt: string | null
  readonly hasPassword: boolean
}

export function StatusCard({ enabledAt, hasPassword }: StatusCardProps) {
  const on = enabledAt !== null
  return (
    <section className={on ? 'status status-on' : 'status'}>
      <Icon name={on ? 'shieldCheck' : 'shield'} />
      <div>
        <h2>Two-step sign-in is {on ? 'on' : 'off'}</h2>
        {on ? (
          <p>
            Since <Day at={enabledAt} />, signing in takes{' '}
            {hasPassword ? 'your password and a second factor' : 'a second factor too'}.
          </p>
        ) : (
          <p>
            Set up a second factor, so that someone who{' '}
            {hasPassword ? 'learns your password' : 'gets in at the site where you sign in'} still can’t sign in.
          </p>
        )}
      </div>
    </section>
  )
}
