import { useEffect, useRef, useState } from 'react'
import { methods } from '../api/calls.ts'
import { ApiError, isOver } from '../api/problem.ts'
import type { BegunEnrollment, KeySetup } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { Field } from '../form/field.tsx'
import { Form } from '../form/form.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { useAction } from '../form/use-action.ts'
import { useFieldErrors } from '../form/use-field-errors.ts'
import { createKey, isFresh, keyFault, signalUnknown } from '../security-key/ceremony.ts'
import { useLeaving } from '../security-key/use-leaving.ts'
import { keySentence, keySetUpWords } from '../security-key/words.ts'
import { longestName } from './rename-form.tsx'

interface KeySetUpProps {
  readonly onCancel: () => void
  readonly onDone: (recoveryCodes: readonly string[] | null) => Promise<void>
}

interface Begun {
  readonly name: string
  readonly at: number
  readonly enrollment: BegunEnrollment
  readonly setup: KeySetup
}

export function KeySetUp({ onCancel, onDone }: KeySetUpProps) {
  const [name, setName] = useState('')
  const heading = useRef<HTMLHeadingElement>(null)
  /** What the browser is to be asked with once more, so that nothing has to be confirmed anew for it. */
  const begun = useRef<Begun | null>(null)
  const leaving = useLeaving()
  const add = useAction(async () => {
    const left = leaving()
    const { enrollment, setup } = (begun.current = await begin(begun.current, name.trim()))
    const { credentialId, answer } = await createKey(setup, left)
    begun.current = null
    const done = await methods
      .confirm(enrollment.enrollmentId, enrollment.challenge.id, answer)
      .catch((reason: unknown) => {
        // Refused for good, it would be offered in vain. After a lost answer it may well be set up.
        if (reason instanceof ApiError && reason.code === 'answer_wrong') signalUnknown(setup.rp.id, credentialId)
        throw whyRefused(reason)
      })
    await onDone(done.recoveryCodes)
  })
  const wait = useSecondsLeft(add.error?.retryAfterSeconds ?? 0, add.error)
  const { messages, edited } = useFieldErrors(add.error)

  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
    heading.current?.scrollIntoView({ block: 'start' })
  }, [])

  return (
    <section className="block panel" aria-labelledby="set-up-title">
      <h2 id="set-up-title" ref={heading} tabIndex={-1}>
        Set up security key or passkey
      </h2>
      <p>
        A security key is a small device that you plug in or hold to your phone. A passkey is the same without the
        device: your phone, your computer or your password manager keeps it.
      </p>
      <Form error={add.error} onSubmit={() => wait === 0 && void add.run()}>
        {add.error?.problem.errors === undefined ? <SetUpProblem error={add.error} /> : null}
        <Field
          label="Name (optional)"
          hint="Left empty, it is named after its make, where we can tell."
          error={messages['name']}
        >
          {(control) => (
            <input
              {...control}
              name="name"
              autoComplete="off"
              maxLength={longestName}
              value={name}
              onChange={(event) => {
                setName(event.target.value)
                edited('name')
              }}
            />
          )}
        </Field>
        <div className="ways">
          <Button kind="primary" type="submit" busy={add.busy} busyWords="Waiting for your key…" blocked={wait > 0}>
            Set up your key
          </Button>
          <Button kind="quiet" onClick={onCancel}>
            Cancel
          </Button>
        </div>
      </Form>
    </section>
  )
}

function SetUpProblem({ error }: { error: ApiError | null }) {
  return <ProblemNotice error={error} sentence={error && keySentence(error, keySetUpWords)} />
}

/** A new key has nothing to be wrong about: it is of a kind that is not taken, or came too late. */
function whyRefused(reason: unknown): unknown {
  if (isOver(reason)) return keyFault('key_timeout')
  return reason instanceof ApiError && reason.code === 'answer_wrong' ? keyFault('key_unsuitable') : reason
}

/** Begins the set-up, unless there is one of this name that the browser can still be asked with. */
async function begin(before: Begun | null, name: string): Promise<Begun> {
  if (before !== null && before.name === name && isFresh(before.setup, Date.now() - before.at)) return before
  const enrollment = await methods.begin('security_key', name)
  const { setup } = enrollment
  if (!('rp' in setup)) throw new Error('a key is set up with what the browser is to be asked')
  return { name, at: Date.now(), enrollment, setup }
}
