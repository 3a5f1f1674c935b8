import { type ReactNode, useId } from 'react'
import { cancelled } from '../api/problem.ts'
import type { AskedKeys, ChallengeView } from '../api/types.ts'
import { Locked } from '../code/delivery.tsx'
import { unlessOver } from '../code/unless-over.ts'
import { triesLeft } from '../code/words.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { ageOf, useSecondsLeft } from '../form/seconds-left.ts'
import { isCancelled, useAction } from '../form/use-action.ts'
import { Notice } from '../frame/notice.tsx'
import { askForKey, hindrance, isFresh, keyFault } from './ceremony.ts'
import { useLeaving } from './use-leaving.ts'
import { keySentence } from './words.ts'

interface KeyStepProps {
  readonly view: ChallengeView
  /** Whether another method may answer too. */
  readonly others: boolean
  /** Ids of what says what is confirmed. */
  readonly describedBy: string
  /** What one more wrong key does when it is the last try. */
  readonly whenLast?: string | undefined
  /** Reads the challenge again and puts it in place. */
  readonly onRead: () => Promise<ChallengeView>
  /** Judges the answer. Rejects with an ApiError that belongs to the key. */
  readonly onAnswer: (enrollmentId: string, answer: string) => Promise<void>
  readonly onOver: () => void
  /** It did not work, so that the other methods had better be seen. */
  readonly onFailed: () => void
  /** What else is decided with the key, above its button. */
  readonly aboveButton: ReactNode
}

/** All keys of an account at once: the browser finds out which of them is there. */
export function KeyStep(props: KeyStepProps) {
  const { view, others, describedBy, whenLast, onRead, onAnswer, onOver, onFailed, aboveButton } = props
  const aboutId = useId()
  const leaving = useLeaving()
  const hindered = hindrance()
  const words = { done: 'confirmed', otherwise: others ? 'use another method' : null, whenLast } as const
  const answerWithKey = async () => {
    const left = leaving()
    const { asking, enrollmentIds } = await freshKeys(view, onRead)
    const { credentialId, answer } = await askForKey(asking, left)
    const place = asking.allowCredentials?.findIndex(({ id }) => id === credentialId) ?? -1
    const enrollmentId = enrollmentIds[place]
    if (enrollmentId === undefined) throw keyFault('key_foreign')
    await onAnswer(enrollmentId, answer)
  }
  const ask = useAction(() =>
    unlessOver(answerWithKey, onOver).catch((reason: unknown) => {
      if (!isCancelled(reason)) onFailed()
      throw reason
    }),
  )
  const lockLeft = useSecondsLeft(view.lockedForSeconds, view)
  const pause = useSecondsLeft(ask.error?.retryAfterSeconds ?? 0, ask.error)

  if (lockLeft > 0) return <Locked total={view.lockedForSeconds} left={lockLeft} actions={null} />
  if (hindered !== null) return <Notice tone="warning">{keySentence(hindered, words)}</Notice>
  return (
    <div className="key-step">
      <p id={aboutId}>Your browser asks for your security key, or for the device that has your passkey.</p>
      <ProblemNotice error={ask.error} sentence={ask.error && keySentence(ask.error, words)} />
      {view.attemptsLeft <= 2 && ask.error === null ? (
        <p className="quiet">{triesLeft(view.attemptsLeft, whenLast)}</p>
      ) : null}
      {aboveButton}
      <Button
        kind="primary"
        data-key=""
        aria-describedby={`${describedBy} ${aboutId}`}
        busy={ask.busy}
        busyWords="Waiting for your key…"
        blocked={pause > 0}
        onClick={() => void ask.run()}
      >
        Use your key
      </Button>
    </div>
  )
}

/** What is asked with is good for five minutes, and the page may have been open for longer. */
async function freshKeys(view: ChallengeView, read: () => Promise<ChallengeView>): Promise<AskedKeys> {
  const shown = view.devices.security_key
  if (shown !== undefined && isFresh(shown.asking, ageOf(view))) return shown
  const { devices } = await read()
  // None may answer any more, and the page shows by now what may.
  if (devices.security_key === undefined) throw cancelled()
  return devices.security_key
}
