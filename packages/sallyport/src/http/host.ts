import type { Context, Env } from 'hono'
import type { Client } from '../contract/client.ts'
import type { Proof } from '../engine/proof.ts'

/** What the routes need of the application they are mounted in. */
export interface Host<E extends Env = Env> {
  /** The one origin whose pages may send unsafe requests, for example `https://app.example`. */
  readonly origin: string
  /** Who is asking, from the connection. */
  client(context: Context<E>): Client
  /**
   * Whose session the request carries; null when it carries none that is good. `challengeId` is that of the proof it was
   * issued from.
   */
  signedIn(
    context: Context<E>,
  ): Promise<{ readonly accountId: string; readonly sessionId: string; readonly challengeId: string | null } | null>
  /**
   * Redeems the proof and sets the new session's cookie on the context. The one place where a session is made. False when
   * the account may not have one any more (disabled or deleted since).
   */
  issueSession(context: Context<E>, proof: Proof<'login'> | Proof<'mfa.enable'>): Promise<boolean>
  /**
   * The host's own check of who is asking, for example that this session's owner has just given the password again. Asked only
   * while the account has MFA off or is managed, and good for one action.
   */
  ownCheck(context: Context<E>): Promise<boolean>
  /**
   * Another id for the session that the request carries, in force once `apply` is called, which sets its cookie; from then on
   * the old one opens nothing. False when the session has ended meanwhile.
   */
  renewSession(context: Context<E>): Promise<{ readonly id: string; apply(): Promise<boolean> }>
  /** Ends the session that the request carries: it has answered wrongly too often. */
  endSession(context: Context<E>): Promise<void>
  /** Told of errors that become a 5xx; to be logged. */
  onFault(error: unknown): void
}
