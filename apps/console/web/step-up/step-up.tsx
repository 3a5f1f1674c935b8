import { useLayoutEffect, useRef } from 'react'
import type { Demand } from '../api/demand.ts'
import { useSession } from '../frame/session.tsx'
import { ConfirmByChallenge } from './confirm-by-challenge.tsx'
import { ConfirmByPassword } from './confirm-by-password.tsx'
import { ConfirmBySignIn } from './confirm-by-sign-in.tsx'
import { useStepUp } from './use-step-up.ts'

/**
 * Asks over the page for what a request has to be confirmed with. Stands once in the app. The native dialog keeps the focus
 * inside, makes the page behind it inert, and gives the focus back to what opened it.
 */
export function StepUp() {
  const { demand, startingAgain, confirm, startAgain, cancel } = useStepUp()
  const { account } = useSession().session
  const dialog = useRef<HTMLDialogElement>(null)
  const bySignIn = account?.ownCheck === 'sign_in'

  useLayoutEffect(() => {
    if (demand === null) dialog.current?.close()
    else if (dialog.current?.open === false) dialog.current.showModal()
  }, [demand])

  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby="step-up-title"
      aria-describedby="step-up-purpose"
      onCancel={(event) => {
        event.preventDefault()
        cancel()
      }}
      // A browser closes it without asking when Escape is pressed twice.
      onClose={() => dialog.current?.open === false && cancel()}
    >
      {demand === null ? null : (
        <div className="dialog-body">
          <div>
            <h2 id="step-up-title">Confirm it’s you</h2>
            <p className="lead" id="step-up-purpose">
              {purposeOf(demand, bySignIn)}
            </p>
          </div>
          {demand.by === 'challenge' ? (
            <ConfirmByChallenge
              key={demand.challenge.id}
              challenge={demand.challenge}
              startingAgain={startingAgain}
              onPassed={confirm}
              onStartAgain={startAgain}
              onCancel={cancel}
            />
          ) : bySignIn ? (
            <ConfirmBySignIn managed={account.managed} onCancel={cancel} />
          ) : (
            <ConfirmByPassword onPassed={confirm} onCancel={cancel} />
          )}
        </div>
      )}
    </dialog>
  )
}

function purposeOf(demand: Demand, bySignIn: boolean): string {
  const purpose = demand.by === 'challenge' ? demand.challenge.purpose : demand.purpose
  if (purpose !== null) return `to ${purpose}`
  return bySignIn ? 'by signing in again' : 'with the password you sign in with'
}
