import { Button } from '../form/button.tsx'
import { clockTime } from '../form/seconds-left.ts'

interface ResendProps {
  /** Whether a code went out before; the first one is "a code", the next "a new code". */
  readonly again: boolean
  /** There is nothing else to do than to send one. */
  readonly needed: boolean
  readonly waitSeconds: number
  readonly busy: boolean
  readonly onSend: () => void
}

export function Resend({ again, needed, waitSeconds, busy, onSend }: ResendProps) {
  const label = again ? 'Send a new code' : 'Send a code'
  return (
    <Button
      kind={needed ? 'primary' : 'quiet'}
      busy={busy}
      busyWords="Sending…"
      blocked={waitSeconds > 0}
      onClick={onSend}
    >
      {waitSeconds > 0 ? (
        <span>
          {label} in <span className="clock">{clockTime(waitSeconds)}</span>
        </span>
      ) : (
        label
      )}
    </Button>
  )
}
