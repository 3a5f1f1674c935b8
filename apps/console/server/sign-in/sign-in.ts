import type { Client, Sallyport } from 'sallyport'
import type { Accounts } from '../accounts/accounts.ts'
import { parseEmailAddress } from '../accounts/email-address.ts'
import type { Passwords } from '../accounts/passwords.ts'

export interface SignInParts {
  readonly mfa: Sallyport
  readonly accounts: Accounts
  readonly passwords: Passwords
}

export type FirstFactor =
  | { readonly status: 'right'; readonly accountId: string; readonly at: number }
  | { readonly status: 'wrong' }
  | { readonly status: 'limited'; readonly retryAt: number }

/**
 * Whether the address and the password belong together: whether the account is unknown, unconfirmed or disabled makes no
 * difference, in time neither (THREATS EO-01). `at`: when this began.
 */
export async function checkPassword(
  { mfa, accounts, passwords }: SignInParts,
  credentials: { readonly email: string; readonly password: string },
  client: Client,
): Promise<FirstFactor> {
  // Before the password is read: a login that compares one while it is being changed rests on the time before.
  const at = mfa.clock()
  const address = parseEmailAddress(credentials.email)
  // What is no address is looked up all the same.
  const account = await accounts.findByEmail(address?.key ?? '')
  const usable = account !== null && account.status === 'active' ? account : null
  const verify = async (): Promise<boolean> =>
    (await passwords.verify(usable?.password_hash ?? null, credentials.password)) && usable !== null
  const guessed = await mfa.network.guess(usable?.id ?? null, verify, client)
  if (guessed.status === 'limited') return guessed
  return guessed.status === 'wrong' || usable === null
    ? { status: 'wrong' }
    : { status: 'right', accountId: usable.id, at }
}
