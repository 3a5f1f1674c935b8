import type { Client, Grant, Sallyport } from 'sallyport'
import type { ContactChanges } from '../accounts/contact-changes.ts'
import { recordEnd } from './session-ended.ts'
import type { SessionList } from './session-list.ts'

export interface EndOneParts {
  readonly mfa: Pick<Sallyport, 'actions' | 'audit'>
  readonly list: Pick<SessionList, 'end'>
  readonly contactChanges: Pick<ContactChanges, 'dropAll'>
}

/**
 * Ends another session of the account, with what was confirmed in it and contacts that are yet to be confirmed: they could be
 * its doing. False when it has ended meanwhile, or has another id by now.
 */
export async function endOneSession(
  { mfa, list, contactChanges }: EndOneParts,
  grant: Grant<'session.end_others', { readonly session: string }>,
  client: Client,
): Promise<boolean> {
  const { accountId, parameters } = grant.redeem('session.end_others')
  const { session } = parameters
  if (!(await list.end(accountId, session))) return false
  // In this order: without the session nothing new is asked for.
  await contactChanges.dropAll(accountId)
  await mfa.actions.end({ accountId, sessionId: session }, client)
  await recordEnd(mfa, { accountId, session, by: 'another_session' }, client)
  return true
}
