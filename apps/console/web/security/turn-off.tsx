import { methods } from '../api/calls.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { Sure } from '../form/sure.tsx'
import { useAction } from '../form/use-action.ts'
import { useAsking } from '../form/use-asking.ts'

interface TurnOffProps {
  readonly hasPassword: boolean
  readonly onTurnedOff: (news: string) => Promise<void>
}

export function TurnOff({ hasPassword, onTurnedOff }: TurnOffProps) {
  const turnOff = useAction(async () => {
    await methods.disable()
    await onTurnedOff('Two-step sign-in is off.')
  })
  const { asking, around, ask, stop } = useAsking<HTMLElement>()
  return (
    <section className="block" ref={around}>
      <h2>Turn off two-step sign-in</h2>
      <p className="quiet">
        {hasPassword ? 'Your password alone will sign you in.' : 'Signing in will take nothing more.'} Your second
        factors are removed, and your recovery codes stop working.
      </p>
      {turnOff.error?.code === 'mfa_mandatory' ? (
        <ProblemNotice
          error={turnOff.error}
          sentence="Your account must keep a second factor, so two-step sign-in can’t be turned off."
        />
      ) : (
        <ProblemNotice error={turnOff.error} />
      )}
      {asking ? (
        <Sure
          words="Turn off"
          busyWords="Turning off…"
          busy={turnOff.busy}
          onSure={() => void turnOff.run()}
          onCancel={stop}
        >
          Coming back to two-step sign-in takes setting everything up anew. Turn it off?
        </Sure>
      ) : (
        <div className="ways">
          <Button kind="danger" data-asks="" onClick={ask}>
            Turn off two-step sign-in
          </Button>
        </div>
      )}
    </section>
  )
}
