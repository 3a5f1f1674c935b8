import type { Client, Sallyport } from 'sallyport'

/** What a session can be ended by; docs/audit.md says of each what it is. */
export const endings = [
  'sign_out',
  'another_session',
  'end_others',
  'wrong_answers',
  'replaced',
  'rule',
  'provider_unlinked',
  'password_change',
  'refresh_token_reused',
  'refreshed_too_often',
] as const

export type EndedBy = (typeof endings)[number]

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
