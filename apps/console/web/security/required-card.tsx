import type { Account, Standing } from '../api/types.ts'
import { Icon } from '../frame/icons.tsx'
import { Demand } from '../required/demand.tsx'
import { whatIsNeeded } from '../required/words.ts'

interface RequiredCardProps {
  readonly account: Account
  readonly standing: Standing
}

/** In place of the status, where one must be set up before anything else. */
export function RequiredCard({ account, standing }: RequiredCardProps) {
  return (
    <section className="status">
      <Icon name="shield" />
      <div>
        <h2>Set up {whatIsNeeded(account.mfaEnabled)} to go on</h2>
        <p>
          <Demand account={account} standing={standing} /> Until it is set up, nothing else opens.
        </p>
      </div>
    </section>
  )
}
