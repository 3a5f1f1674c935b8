/**
 * What a challenge can protect. `purpose` completes the sentence "… to <purpose>" on the page and in every message,
 * so that a person sees what is being confirmed before typing a code. `{resource}` is replaced by the thing acted on.
 */
export const actions = {
  login: { purpose: 'sign in' },
  'mfa.method.add': { purpose: 'set up {resource} as a second factor' },
  'mfa.method.remove': { purpose: 'remove {resource} from your second factors' },
  'email.confirm': { purpose: 'confirm your e-mail address' },
  'phone.confirm': { purpose: 'confirm your phone number' },
} as const satisfies Record<string, { readonly purpose: string }>

export type Action = keyof typeof actions

/** The purpose of `action` as a person reads it, with `resource` named where the action acts on something. */
export function purposeOf(action: Action, resource: string): string {
  return actions[action].purpose.replace('{resource}', () => resource)
}
