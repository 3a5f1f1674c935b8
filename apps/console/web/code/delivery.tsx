import type { ReactNode } from 'react'
import type { ChallengeMethod, MethodKind, SentCode } from '../api/types.ts'
import { TryAgainIn } from '../form/problem-notice.tsx'
import { spokenTime, useSecondsLeft } from '../form/seconds-left.ts'
import { Notice } from '../frame/notice.tsx'
import { carrier } from './words.ts'

/** Where the code went. A screen reader hears it again when a new one is sent. */
export function Sent({ method, sent, since }: { method: ChallengeMethod; sent: SentCode | null; since: unknown }) {
  const lifetime = sent?.expiresInSeconds ?? 0
  const left = useSecondsLeft(lifetime, since)
  if (sent === null) {
    return (
      <p>
        We can send a code to <strong className="hint">{method.hint}</strong>.
      </p>
    )
  }
  if (!sent.delivered) return null
  if (left === 0) return <p role="status">The last code has expired. Send a new one.</p>
  return (
    <p role="status">
      We sent a code to <strong className="hint">{method.hint}</strong>. It works for {spokenTime(lifetime)}.
    </p>
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
        <TryAgainIn total={total} left={left} />
      </Notice>
      <div className="more">{actions}</div>
    </>
  )
}
