import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely'
import type { SessionKind, Tables } from '../database/tables.ts'

const hourMs = 60 * 60_000
const dayMs = 24 * hourMs

/** When a session is over that nobody uses (`idleMs`), and when it is over at the latest. */
export const lifetimes = {
  browser: { idleMs: hourMs / 2, absoluteMs: 12 * hourMs },
  tokens: { idleMs: 7 * dayMs, absoluteMs: 30 * dayMs },
} as const satisfies Record<SessionKind, { readonly idleMs: number; readonly absoluteMs: number }>

/** Whether a session of one of these kinds opens anything at this moment, by all that the database knows of it. */
export function isOpen(
  { and, eb, or, ref }: ExpressionBuilder<Tables, 'session' | 'account'>,
  kinds: readonly SessionKind[],
  now: number,
): ExpressionWrapper<Tables, 'session' | 'account', SqlBool> {
  return and([
    or(
      kinds.map((each) =>
        and([eb('session.kind', '=', each), eb('session.last_seen_at', '>', now - lifetimes[each].idleMs)]),
      ),
    ),
    eb('session.expires_at', '>', now),
    eb('account.status', '=', 'active'),
    eb('session.proved_at', '>=', ref('account.sessions_valid_from')),
  ])
}
