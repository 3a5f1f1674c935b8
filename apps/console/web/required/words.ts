import type { MethodKind, Standing } from '../api/types.ts'

/** Weakest first. Recovery codes are no second factor of their own. */
const strengths: readonly MethodKind[] = ['email', 'sms', 'totp', 'security_key']

export function counts(method: MethodKind, atLeast: string | null): boolean {
  const floor = strengths.findIndex((kind) => kind === atLeast)
  return strengths.indexOf(method) >= Math.max(floor, 0)
}

/** Those that count come first, in the order they have otherwise. */
export function countingFirst<Kind extends { readonly method: MethodKind }>(
  kinds: readonly Kind[],
  atLeast: string | null,
): readonly Kind[] {
  return kinds.toSorted((one, other) => Number(counts(other.method, atLeast)) - Number(counts(one.method, atLeast)))
}

/** What is needed of someone who may have a weaker one. */
export function whatIsNeeded(mfaEnabled: boolean): string {
  return mfaEnabled ? 'a stronger second factor' : 'a second factor'
}

/** Completes "… second factor, because …" with every reason. */
export function reasonsOf({ because }: Standing): string {
  return because.join(', and because ')
}

/** What does, and what does not. */
export function whatCounts(atLeast: string | null): string {
  switch (atLeast) {
    case null:
    case 'email':
      return 'A security key or passkey, an authenticator app, codes by text message or codes by e-mail: each of them counts.'
    case 'sms':
      return 'A security key or passkey, an authenticator app or codes by text message count. Codes by e-mail do not.'
    case 'security_key':
      return 'Only a security key or passkey counts. Codes do not, wherever they come from: a fake page can ask for them.'
    default:
      return 'A security key or passkey or an authenticator app counts. Codes by text message or by e-mail do not.'
  }
}
