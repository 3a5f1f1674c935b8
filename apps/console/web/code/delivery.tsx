import type { ReactNode } from 'react'
import type { ChallengeMethod, MethodKind, SentCode } from '../api/types.ts'
import { TryAgainIn } from '../form/problem-notice.tsx'
import { spokenTime } from '../form/seconds-left.ts'
import { Notice } from '../frame/notice.tsx'
import { Link } from '../frame/router.tsx'
import { carrier } from './words.ts'

interface SentProps {
  readonly id: string
  readonly method: ChallengeMethod
  readonly sent: SentCode | null
  /** How many more seconds the code works. */
  readonly left: number
  readonly sending: boolean
  /** It was sent from this page, after an earlier one. */
  readonly again: boolean
}

/** Where the code went. A screen reader hears it again when a new one is sent, but not how its time runs out. */
export function Sent({ id, method, sent, left, sending, again }: SentProps) {
  if (sent === null && !sending) {
    return (
      <p id={id}>
        We can send a code to <Hint of={method} />
      </p>
    )
  }
  if (sent?.delivered === false && !sending) return null
  const live = sent?.delivered === true && left > 0
  return (
    <p id={id}>
      <span role="status">
        {sending ? (
          'Sending a code…'
        ) : live ? (
          <>
            We sent {again ? 'a new code' : 'a code'} to <Hint of={method} />
          </>
        ) : sent?.delivered === true ? (
          'That code has expired. Send a new one.'
        ) : null}
      </span>
      {live && !sending ? ` It works for another ${spokenTime(left)}.` : null}
    </p>
  )
}

/** The address or number that ends a sentence, together with its full stop. */
function Hint({ of }: { of: ChallengeMethod }) {
  return (
    <span className="hint">
      <strong>{of.hint}</strong>.
    </span>
  )
}

export function DeliveryFailed({ method, advice }: { method: MethodKind; advice: string }) {
  return (
    <Notice tone="warning">
      We couldn’t send {carrier(method)}. {advice}
    </Notice>
  )
}

export function Locked({ total, left, actions }: { total: number; left: number; actions: ReactNode }) {
  return (
    <>
      <Notice tone="warning">
        There were too many wrong codes, so this account takes no more for now.
        <TryAgainIn total={total} left={left} /> <Link to="/help">Get help</Link>
      </Notice>
      <div className="more">{actions}</div>
    </>
  )
}
