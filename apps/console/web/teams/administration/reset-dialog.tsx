import { useEffect, useId, useRef, useState } from 'react'
import { administration } from '../../api/calls.ts'
import type { PersonView, TeamView } from '../../api/types.ts'
import { Button } from '../../form/button.tsx'
import { Field } from '../../form/field.tsx'
import { Form } from '../../form/form.tsx'
import { refusal, useAction } from '../../form/use-action.ts'
import { useFieldErrors } from '../../form/use-field-errors.ts'
import { Address } from '../../frame/address.tsx'
import { Notice } from '../../frame/notice.tsx'
import { useSession } from '../../frame/session.tsx'
import { OwnFactorFirst, RefusedHelp } from './refused-help.tsx'

/** As many characters as the server takes. */
const longestReason = 200

interface ResetDialogProps {
  readonly team: TeamView
  readonly person: PersonView
  readonly onReset: () => Promise<void>
  readonly onCancel: () => void
}

/** Says what a reset does and asks for its reason. The confirmation comes in a dialog over this one. */
export function ResetDialog({ team, person, onReset, onCancel }: ResetDialogProps) {
  const { accountId, email } = person
  const { account } = useSession().session
  // Whom an organisation signs in shows otherwise who they are.
  const lacksOwn = account !== null && !account.mfaEnabled && account.managed === null
  const [reason, setReason] = useState('')
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  const reset = useAction(async () => {
    const why = reason.trim()
    const empty = refusal({ reason: why === '' ? 'Say why, for the record.' : undefined })
    if (empty !== null) throw empty
    await administration.resetMfa(team.id, accountId, why)
    await onReset()
  })
  const { messages, edited } = useFieldErrors(reset.error)
  const cancel = () => {
    if (!reset.busy) onCancel()
  }

  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal()
    if (dialog.current === null) return
    // In a low window the title stays in view, and has the focus: the field is further down.
    const whole = dialog.current.scrollHeight <= dialog.current.clientHeight
    dialog.current.querySelector<HTMLElement>(whole ? 'input' : 'h2')?.focus({ preventScroll: true })
    dialog.current.scrollTo(0, 0)
  }, [])

  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-what`}
      onCancel={(event) => {
        event.preventDefault()
        cancel()
      }}
      // A browser closes it without asking when Escape is pressed twice.
      onClose={onCancel}
    >
      <div className="dialog-body">
        <h2 id={`${id}-title`} tabIndex={-1}>
          Reset the second factor of <Address of={email} />?
        </h2>
        {lacksOwn ? (
          <div id={`${id}-what`} className="dialog-part">
            <Notice tone="warning">
              <OwnFactorFirst />
            </Notice>
            <div className="ways">
              <Button onClick={cancel}>Close</Button>
            </div>
          </div>
        ) : (
          <Form error={reset.error} onSubmit={() => void reset.run()}>
            <div id={`${id}-what`} className="dialog-part">
              <p>Do this for someone who has lost theirs, once you are sure that it is really them who asks.</p>
              <ul className="plain-list">
                <li>All their second factors are removed, and their recovery codes stop working.</li>
                <li>All their sessions end, in every browser and app.</li>
                <li>Next time they sign in without a second factor, and set one up anew where they must have one.</li>
                <li>They are told in every way we can reach them. You see none of their codes, and choose none.</li>
              </ul>
            </div>
            {reset.error?.problem.errors === undefined ? <RefusedHelp error={reset.error} /> : null}
            <Field
              label="Reason"
              hint="Kept in the record of what was done here, with your name."
              error={messages['reason']}
            >
              {(control) => (
                <input
                  {...control}
                  name="reason"
                  autoComplete="off"
                  maxLength={longestReason}
                  value={reason}
                  onChange={(event) => {
                    setReason(event.target.value)
                    edited('reason')
                  }}
                />
              )}
            </Field>
            <div className="ways dialog-ways">
              <Button kind="danger" type="submit" busy={reset.busy} busyWords="Resetting…">
                Reset second factor
              </Button>
              <Button kind="quiet" onClick={cancel}>
                Cancel
              </Button>
            </div>
          </Form>
        )}
      </div>
    </dialog>
  )
}
