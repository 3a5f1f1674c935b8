/** A person's account in the host application, as far as Sallyport needs to know it. */
export interface Account {
  /** The host's own id for the account: opaque, 1 to 128 characters, never reused for another person. */
  readonly id: string
  /** What an authenticator app shows beside the issuer, and what a notice greets: usually the e-mail address. */
  readonly label: string
  /** The address, only once the host has confirmed that it is this person's; otherwise null. */
  readonly confirmedEmail: string | null
  /** The number in E.164, only once the host has confirmed that it is this person's; otherwise null. */
  readonly confirmedPhone: string | null
}

/** What the host does for Sallyport. Sallyport never reads or writes the host's own tables. */
export interface Accounts {
  /** The account, or null when it does not exist or may not sign in (deleted, disabled). */
  find(accountId: string): Promise<Account | null>
  /**
   * Ends every session and refresh token of the account that rests on a proof made before `before` (milliseconds since
   * the epoch), those included that are still being written: remember `before` and refuse older proofs from then on.
   * May be called more than once for one event. The clocks of all processes must agree to well below a second.
   */
  endSessions(accountId: string, before: number): Promise<void>
}
