/**
 * What a challenge can protect. `purpose` completes the sentence "… to <purpose>" on the page and in every message,
 * so that a person sees what is being confirmed before typing a code. `{resource}` is replaced by the thing acted on.
 * `unexpected` completes "If this wasn't you, …" in the message that carries the code.
 */
export const actions = {
  login: { purpose: 'sign in', unexpected: 'someone knows your password: change it' },
  'mfa.method.add': {
    purpose: 'set up {resource} as a second factor',
    unexpected: 'someone is signed in to your account: change your password',
  },
  'mfa.method.remove': {
    purpose: 'remove {resource} from your second factors',
    unexpected: 'someone is signed in to your account: change your password',
  },
  'email.confirm': {
    purpose: 'confirm your e-mail address',
    unexpected: 'ignore this message: nothing happens without the code',
  },
  'phone.confirm': {
    purpose: 'confirm your phone number',
    unexpected: 'ignore this message: nothing happens without the code',
  },
} as const satisfies Record<string, { readonly purpose: string; readonly unexpected: string }>

export type Action = keyof typeof actions

/** The purpose of `action` as a person reads it, with `resource` named where the action acts on something. */
export function purposeOf(action: Action, resource: string): string {
  return actions[action].purpose.replace('{resource}', () => resource)
}

/** What someone is to do who gets a code for `action` without having asked for it. */
export function unexpectedOf(action: string): string {
  return (actions[action as Action] ?? actions.login).unexpected
}
