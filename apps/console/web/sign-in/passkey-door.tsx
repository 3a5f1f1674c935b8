import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import type { Action } from '../form/use-action.ts'
import { Icon } from '../frame/icons.tsx'
import { Notice } from '../frame/notice.tsx'
import { keySentence } from '../security-key/words.ts'

/** Signing in with a passkey and nothing else. */
export function PasskeyDoor({ action: { run, busy, error } }: { action: Action<readonly []> }) {
  const wait = useSecondsLeft(error?.retryAfterSeconds ?? 0, error)
  return (
    <>
      {error?.code === 'key_unconfirmed' ? (
        <Notice tone="info">No passkey was used. Try again, or sign in another way.</Notice>
      ) : (
        <ProblemNotice
          error={error}
          sentence={error && keySentence(error, { done: 'confirmed', otherwise: 'sign in another way' })}
        />
      )}
      <Button busy={busy} busyWords="Waiting for your passkey…" blocked={wait > 0} onClick={() => void run()}>
        <Icon name="token" />
        Sign in with a passkey
      </Button>
    </>
  )
}
