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

/** A rule of the host's by which an account must have MFA. */
export interface Mandate {
  /** Completes "You need a second factor because …": `you are an owner of Acme`. Shown to the person. */
  readonly because: string
  /** Milliseconds since the epoch: until then it may be postponed. */
  readonly from: number
  /** The weakest method that counts, by its kind. Left out: any that is no backup. */
  readonly atLeast?: string
}

/** What the host's rules say of an account at this moment. */
export interface Rules {
  /**
   * Whether the single sign-on of an organisation decides who signs in to the account. Then nothing else signs in to it, and
   * Sallyport challenges it for nothing (requirement L4). A social provider is no single sign-on.
   */
  readonly managed: boolean
  /** Whether the account can do harm to others. No browser is trusted to sign in to it without a second factor. */
  readonly privileged: boolean
  /** Every rule that applies, those included that are met or lie ahead. */
  readonly mandates: readonly Mandate[]
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
  /**
   * Asked at each sign-in, for each request of a session, and before a method is removed, so that a change bites at once. Left
   * out: nobody is managed, and nobody must have MFA.
   */
  rules?(accountId: string): Promise<Rules>
  /**
   * Anything that is another text once the account's password is another one, such as a hash of the stored password hash. Only
   * a keyed hash of it is kept. Left out: no browser is trusted, since nothing would tell that the password was changed.
   */
  securityStamp?(accountId: string): Promise<string>
}
