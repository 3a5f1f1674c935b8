import type { Standing } from 'sallyport'
import type { AccountRecord } from '../accounts/accounts.ts'
import type { FirstFactor, SessionKind } from '../database/tables.ts'

export interface Session {
  /** Another one after each rotation: what was allowed under the old one is over. */
  readonly id: string
  /** A browser's is carried by its cookie, an app's by access tokens. */
  readonly kind: SessionKind
  /** The challenge that it rests on; null when none was needed. */
  readonly challengeId: string | null
  /** When the person began to prove who they are: it is good while nothing has ended sessions as old as that. */
  readonly provedAt: number
  /** When the person signed in; nothing that happens later raises it. 0 where only a provider knows, and does not say. */
  readonly authAt: number
  readonly firstFactor: FirstFactor
  /** RFC 8176 values: how the person signed in. */
  readonly amr: readonly string[]
  readonly account: AccountRecord
}

/** A session that opens something now, and whether its account has to set up a second factor before that. */
export interface LiveSession extends Session {
  readonly standing: Exclude<Standing, { readonly status: 'ended' }>
}
