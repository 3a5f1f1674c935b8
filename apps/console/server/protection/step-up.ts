import type { Context } from 'hono'
import { SallyportError } from 'sallyport'
import { presentedChallenge } from 'sallyport/http'
import type { Sessions } from '../sessions/sessions.ts'
import type { ConsoleEnv } from './environment.ts'

/** Who demands an action, from which session, and with what: all that `mfa.actions.require` asks of a request. */
export interface Demand {
  readonly accountId: string
  readonly session: { readonly id: string; readonly challengeId: string | null }
  /** The passed challenge that the browser presents. */
  readonly challengeId: string | null
  /** Where MFA is off or not ours to ask for: whether it is still the person who signed in; see `Sessions.ownCheck`. */
  readonly ownCheck: () => Promise<boolean>
}

/** Everything comes from the session and the header: a route adds the thing it acts on. Throws `not_signed_in`. */
export function demandFrom(c: Context<ConsoleEnv>, { sessions }: { readonly sessions: Sessions }): Demand {
  const session = c.get('session')
  if (session === null) throw new SallyportError('not_signed_in')
  return {
    accountId: session.account.id,
    session: { id: session.id, challengeId: session.challengeId },
    challengeId: presentedChallenge(c),
    ownCheck: () => sessions.ownCheck(session),
  }
}
