import type { EnrolledMethod } from '../api/types.ts'
import { Icon } from '../frame/icons.tsx'
import { Minute } from '../frame/moment.tsx'

const few = 3

export function RecoveryStatus({ codes }: { codes: EnrolledMethod }) {
  const left = codes.codesLeft ?? 0
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
              Each signs you in once, when no second factor is at hand.{' '}
              {codes.lastUsedAt === null ? (
                'None used yet.'
              ) : (
                <>
                  Last used <Minute at={codes.lastUsedAt} />.
                </>
              )}
            </p>
          </div>
        </li>
      </ul>
    </section>
  )
}
