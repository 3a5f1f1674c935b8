import { Icon } from '../frame/icons.tsx'
import { Day } from '../frame/moment.tsx'

export function StatusCard({ enabledAt }: { enabledAt: string | null }) {
  const on = enabledAt !== null
  return (
    <section className={on ? 'status status-on' : 'status'}>
      <Icon name={on ? 'shieldCheck' : 'shield'} />
      <div>
        <h2>Two-step sign-in is {on ? 'on' : 'off'}</h2>
        {on ? (
          <p>
            Since <Day at={enabledAt} />, signing in takes your password and a second factor.
          </p>
        ) : (
          <p>Set up a second factor, so that someone who learns your password still can’t sign in.</p>
        )}
      </div>
    </section>
  )
}
