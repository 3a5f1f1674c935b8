import type { Client, Sallyport } from 'sallyport'

/**
 * What a session was ended by: `sign_out` in itself, `another_session` of the account that has picked it, `end_others` from a
 * session that ends all but itself, or `wrong_answers`, too many of them.
 */
export type EndedBy = 'sign_out' | 'another_session' | 'end_others' | 'wrong_answers'

/** Writes into the audit log that sessions have ended: one by its id, or how many. */
export async function recordEnd(
  mfa: Pick<Sallyport, 'audit'>,
  what: { readonly accountId: string; readonly by: EndedBy } & (
    | { readonly session: string }
    | { readonly count: number }
  ),
  client: Client,
): Promise<void> {
  const { accountId, ...detail } = what
  await mfa.audit.record({ event: 'session.ended', accountId, detail }, client)
}
