import { signIn } from '../api/calls.ts'
import { ApiError, sentenceOf } from '../api/problem.ts'
import type { Provider } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { type Action, refusal, useAction } from '../form/use-action.ts'
import { signInElsewhere, wantsFreshSignIn } from '../frame/destination.ts'
import { PasskeyDoor } from './passkey-door.tsx'

/** Signing in at the organisation that `email` belongs to. Its failure is about the field of the address. */
export function useSingleSignOn(email: string): Action<readonly []> {
  return useAction(async () => {
    const typed = email.trim()
    const empty = refusal({ email: typed === '' ? 'Enter your e-mail address at your organisation.' : undefined })
    if (empty !== null) throw empty
    const { location } = await signIn.withOrganisation(typed, wantsFreshSignIn()).catch(besideEmail)
    signInElsewhere(location, 'organisation')
  })
}

function besideEmail(reason: unknown): never {
  if (reason instanceof ApiError && reason.code === 'sso_not_found')
    throw refusal({ email: sentenceOf(reason) }) ?? reason
  throw reason
}

interface OtherDoorsProps {
  /** Null where no passkey signs people in. */
  readonly passkey: Action<readonly []> | null
  readonly providers: readonly Provider[]
  readonly singleSignOn: Action<readonly []>
  /** Id of what says why it has to be the organisation's; undefined where any does. */
  readonly describedBy: string | undefined
}

/** Where people sign in without their password here. */
export function OtherDoors({ passkey, providers, singleSignOn, describedBy }: OtherDoorsProps) {
  return (
    <section className="doors" aria-label="Other ways to sign in">
      {passkey === null ? null : <PasskeyDoor action={passkey} />}
      {providers.map((provider) => (
        <ProviderDoor key={provider.id} provider={provider} />
      ))}
      <Button
        kind={describedBy === undefined ? 'quiet' : 'primary'}
        data-organisation=""
        aria-describedby={describedBy}
        busy={singleSignOn.busy}
        busyWords="Looking for it…"
        onClick={() => void singleSignOn.run()}
      >
        Sign in with your organisation
      </Button>
    </section>
  )
}

function ProviderDoor({ provider: { id, name } }: { provider: Provider }) {
  const begin = useAction(async () => {
    const { location } = await signIn.withProvider(id, wantsFreshSignIn())
    signInElsewhere(location, 'provider')
  })
  return (
    <>
      <ProblemNotice error={begin.error} />
      <Button busy={begin.busy} busyWords={`Going to ${name}…`} onClick={() => void begin.run()}>
        Continue with {name}
      </Button>
    </>
  )
}
