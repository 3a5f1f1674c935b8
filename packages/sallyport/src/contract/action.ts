/** For how long one passed challenge confirms an action again and again, in one session and for one resource. */
export interface Window {
  /** Seconds from the challenge or, where `sliding`, from the last time the action was done: 30 to 3600. */
  readonly windowSeconds: number
  readonly sliding: boolean
  /** Seconds from the challenge after which even a sliding window is over: `windowSeconds` to 3600. */
  readonly ceilingSeconds: number
}

/** One row of the table of actions. */
export interface ActionDefinition {
  /**
   * Completes the sentence "… to <purpose>" on the page and in every message, so that a person sees what is being confirmed
   * before typing a code. Each `{name}` is a thing that the action acts on.
   */
  readonly purpose: string
  /** Completes "If this wasn't you, …" in the message that carries the code. */
  readonly unexpected: string
  /** When accounts with MFA are challenged: `always`, or `on` and `off`, between which a host may switch. */
  readonly needed: 'always' | 'on' | 'off'
  /** What passing gives: a new session, a confirmed contact, a method that is set up, or a grant to do the action. */
  readonly gives: 'session' | 'contact' | 'method' | 'grant'
  /** A grant is good for exactly what was shown, once, or for a window. */
  readonly lasts: 'once' | Window
  /** Only this method and stronger ones may answer. Left out: any that is no backup. */
  readonly atLeast?: string
  /**
   * What the account loses or has replaced by the action; the answer must be at least as strong. `method` is the enrollment
   * named in the resource, `all` are all enrollments, any other word those of that kind.
   */
  readonly loses?: string
  /**
   * Set where the action adds the method whose kind the resource names: the answer must be as strong as that, or as the
   * strongest enrollment of the account. Otherwise a weak method would be exchanged for a strong one in two steps.
   */
  readonly adds?: true
  /**
   * Set where the action takes away the method that the resource names, or all of them: refused where the host's rules say
   * that the account must have what it takes.
   */
  readonly strips?: 'method' | 'all'
  /** Set where it is refused to whoever has no second factor: the host's own check does not stand in for one. */
  readonly needsMfa?: true
  /** Whether a backup (a recovery code) may answer as well: for what is added or done, never for what is taken away or below `atLeast`. */
  readonly backups?: true
}

const stranger = 'someone is signed in to your account: change your password'
const nothingHappens = 'ignore this message: nothing happens without the code'

/**
 * Everything that a challenge can protect, and the whole policy of it: when a challenge is needed, who may answer it, and
 * how long one answer lasts. docs/actions.md is made from this table. A host adds actions of its own, switches off those that
 * are `on`, and tightens any, with the option `actions`.
 */
export const actions = {
  login: {
    purpose: 'sign in',
    unexpected: 'someone knows your password: change it',
    needed: 'always',
    gives: 'session',
    lasts: 'once',
    backups: true,
  },
  'email.confirm': {
    purpose: 'confirm your e-mail address',
    unexpected: nothingHappens,
    needed: 'always',
    gives: 'contact',
    lasts: 'once',
  },
  'phone.confirm': {
    purpose: 'confirm your phone number',
    unexpected: nothingHappens,
    needed: 'always',
    gives: 'contact',
    lasts: 'once',
  },
  'mfa.method.confirm': {
    purpose: 'set up {method} as a second factor',
    unexpected: stranger,
    needed: 'always',
    gives: 'method',
    lasts: 'once',
  },
  'password.change': {
    purpose: 'change your password',
    unexpected: stranger,
    needed: 'always',
    gives: 'grant',
    lasts: 'once',
  },
  'account.delete': {
    purpose: 'delete account {account}',
    unexpected: stranger,
    needed: 'always',
    gives: 'grant',
    lasts: 'once',
    loses: 'all',
  },
  'email.change': {
    purpose: 'change your e-mail address to {email}',
    unexpected: stranger,
    needed: 'always',
    gives: 'grant',
    lasts: 'once',
    loses: 'email',
  },
  'phone.change': {
    purpose: 'change your phone number to {phone}',
    unexpected: stranger,
    needed: 'always',
    gives: 'grant',
    lasts: 'once',
    loses: 'sms',
  },
  'mfa.method.add': {
    purpose: 'add {method} to your second factors',
    unexpected: stranger,
    needed: 'always',
    gives: 'grant',
    lasts: 'once',
    adds: true,
    // Whoever has lost the app they sign in with gets back to two factors with a code from paper, and in no other way.
    backups: true,
  },
  'mfa.method.remove': {
    purpose: 'remove {method} from your second factors',
    unexpected: stranger,
    needed: 'always',
    gives: 'grant',
    lasts: 'once',
    loses: 'method',
    strips: 'method',
  },
  'mfa.method.rename': {
    purpose: 'rename your second factor {method}',
    unexpected: stranger,
    needed: 'always',
    gives: 'grant',
    lasts: 'once',
  },
  'mfa.method.set_primary': {
    purpose: 'be asked for {method} first',
    unexpected: stranger,
    needed: 'always',
    gives: 'grant',
    lasts: 'once',
  },
  'mfa.disable': {
    purpose: 'turn off two-step sign-in',
    unexpected: stranger,
    needed: 'always',
    gives: 'grant',
    lasts: 'once',
    loses: 'all',
    strips: 'all',
  },
  'mfa.reset': {
    purpose: 'reset two-step sign-in of {account}',
    unexpected: stranger,
    needed: 'always',
    gives: 'grant',
    lasts: 'once',
    // A mailbox is no match for what it could take away from others (requirement M10).
    atLeast: 'sms',
    needsMfa: true,
  },
  'account.unlock': {
    purpose: 'unlock the account of {account}',
    unexpected: stranger,
    needed: 'always',
    gives: 'grant',
    lasts: 'once',
    atLeast: 'sms',
    needsMfa: true,
  },
  'recovery_codes.renew': {
    purpose: 'get new recovery codes',
    unexpected: stranger,
    needed: 'always',
    gives: 'grant',
    lasts: 'once',
    // Each code signs in in place of any method, so a weak one must not bring them forth.
    loses: 'all',
  },
  'api_key.create': {
    purpose: 'create API key {key}',
    unexpected: stranger,
    needed: 'on',
    gives: 'grant',
    lasts: 'once',
  },
  'api_key.revoke': {
    purpose: 'invalidate API key {key}',
    unexpected: stranger,
    needed: 'on',
    gives: 'grant',
    lasts: 'once',
  },
  'team.adjust': {
    purpose: 'change who is in team {team}',
    unexpected: stranger,
    needed: 'on',
    gives: 'grant',
    lasts: { windowSeconds: 300, sliding: true, ceilingSeconds: 3600 },
  },
  'session.end_others': {
    purpose: 'end your other sessions',
    unexpected: stranger,
    needed: 'on',
    gives: 'grant',
    lasts: 'once',
  },
} as const satisfies Record<string, ActionDefinition>

export type Shipped = typeof actions
export type Action = keyof Shipped

/** The shipped actions that are confirmed within a session. */
export type ShippedStepUp = { [Name in Action]: Shipped[Name]['gives'] extends 'grant' ? Name : never }[Action]

/** The names between braces in a purpose. */
export type NamesIn<Purpose extends string> = Purpose extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never

/** A thing that an action acts on: how the host knows it and how a person does. A string when both are the same. */
export type Thing = string | { readonly id: string; readonly name: string }

/** What an action acts on: exactly the names in its purpose. */
export type ResourceIn<Purpose extends string> = { readonly [Name in NamesIn<Purpose>]: Thing }

/** The names between braces, in the order of the sentence. */
export function namesIn(purpose: string): readonly string[] {
  return [...purpose.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
}

/** The purpose as a person reads it, with every thing named. */
export function purposeOf(purpose: string, resource: Readonly<Record<string, Thing>> = {}): string {
  return purpose.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const thing = resource[name] ?? ''
    return typeof thing === 'string' ? thing : thing.name
  })
}
