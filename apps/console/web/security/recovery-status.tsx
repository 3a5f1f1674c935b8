import { methods } from '../api/calls.ts'
import type { EnrolledMethod } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { Icon } from '../frame/icons.tsx'
import { Minute } from '../frame/moment.tsx'

const few = 3

interface RecoveryStatusProps {
  readonly codes: EnrolledMethod
  readonly onRenewed: (codes: readonly string[]) => Promise<void>
}

export function RecoveryStatus({ codes, onRenewed }: RecoveryStatusProps) {
  const left = codes.codesLeft ?? 0
  const renew = useAction(async () => onRenewed((await methods.renewRecoveryCodes()).recoveryCodes))
  return (
    <section className="block">
      <h2>Recovery codes</h2>
      <ul className="rows">
        <li className="row">
          <Icon name="codes" />
          <div className="row-main">
            <h3>
              {left === 1 ? '1 code left' : `${left} codes left`}{' '}
              {left <= few ? <span className="badge badge-warning">Running out</span> : null}
            </h3>
            <p className="quiet">
              Each signs you in once, when no second factor is at hand and no rule asks for a key.{' '}
              {codes.lastUsedAt === null ? (
                'None used yet.'
              ) : (
                <>
                  Last used <Minute at={codes.lastUsedAt} />.
                </>
              )}
            </p>
            <p className="quiet">New codes take the place of these, which stop working then.</p>
            <ProblemNotice error={renew.error} />
          </div>
          <div className="row-actions">
            <Button busy={renew.busy} busyWords="Getting new codes…" onClick={() => void renew.run()}>
              Get new codes
            </Button>
          </div>
        </li>
      </ul>
    </section>
  )
}
