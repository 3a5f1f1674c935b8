import type { ChallengeKey, Client, Sallyport, SignInStep } from 'sallyport'
import type { Accounts } from '../accounts/accounts.ts'
import { parseEmailAddress } from '../accounts/email-address.ts'
import type { Passwords } from '../accounts/passwords.ts'

export interface SignInParts {
  readonly mfa: Sallyport
  readonly accounts: Accounts
  readonly passwords: Passwords
}

/**
 * Checks the first factor and asks Sallyport for what else it takes. Null when the address and the password don't belong
 * together; whether the account is unknown, unconfirmed or disabled makes no difference, in time neither (THREATS EO-01).
 */
export async function signIn(
  { mfa, accounts, passwords }: SignInParts,
  credentials: { readonly email: string; readonly password: string },
  pending: ChallengeKey | null,
  client: Client,
): Promise<SignInStep | null> {
  // Before the password is read: a login that compares one while it is being changed rests on the time before.
  const at = mfa.clock()
  const address = parseEmailAddress(credentials.email)
  // What is no address is looked up all the same.
  const account = await accounts.findByEmail(address?.key ?? '')
  const usable = account !== null && account.status === 'active' ? account : null
  const right = await passwords.verify(usable?.password_hash ?? null, credentials.password)
  return usable !== null && right
    ? await mfa.signIn.begin({ accountId: usable.id, evidence: ['password'], pending, at }, client)
    : null
}
