import { ApiError, cancelled, unreachable } from '../api/problem.ts'
import type { AcceptedKeys, KeyAsking, KeySetup } from '../api/types.ts'

/** What a key has given, as the server takes it. */
export interface GivenKey {
  readonly credentialId: string
  readonly answer: string
}

/** Why nothing came of asking for a key, as the code of an `ApiError` whose words are in words.ts. */
export type KeyFault =
  | 'key_insecure'
  | 'key_unsupported'
  | 'key_unconfirmed'
  | 'key_timeout'
  | 'key_registered'
  | 'key_unsuitable'
  | 'key_elsewhere'
  | 'key_foreign'
  | 'key_failed'

type Library = typeof import('@simplewebauthn/browser')

/** So long the server takes an answer after it has said what to ask with: five minutes, but for its steps of half a minute. */
const goodForMs = 270_000
/** Where the server names no time-out. */
const usualTimeoutMs = 120_000

export function keyFault(code: KeyFault): ApiError {
  return new ApiError({ status: 0, code, title: code })
}

/** Why this page can ask for no key at all; null where it can. */
export function hindrance(): ApiError | null {
  if (!isSecureContext) return keyFault('key_insecure')
  return typeof PublicKeyCredential === 'function' ? null : keyFault('key_unsupported')
}

/** Whether what was read `ageMs` ago leaves the person all the time that it names. */
export function isFresh({ timeout = usualTimeoutMs }: KeyAsking | KeySetup, ageMs: number): boolean {
  return ageMs + timeout <= goodForMs
}

/** Has the browser set up a key. Ends, as `cancelled`, when `leaving` is aborted. */
export async function createKey(setup: KeySetup, leaving: AbortSignal): Promise<GivenKey> {
  return await ceremony(setup, leaving, ({ startRegistration }) => startRegistration({ optionsJSON: setup }))
}

/** Has the browser ask for one of the keys. Ends, as `cancelled`, when `leaving` is aborted. */
export async function askForKey(asking: KeyAsking, leaving: AbortSignal): Promise<GivenKey> {
  return await ceremony(asking, leaving, ({ startAuthentication }) => startAuthentication({ optionsJSON: asking }))
}

/** Whether the browser can offer passkeys among the addresses it fills in. */
export async function canOfferPasskeys(): Promise<boolean> {
  if (hindrance() !== null) return false
  // Browsers that have keys need not have this.
  const offers = (PublicKeyCredential as Partial<typeof PublicKeyCredential>).isConditionalMediationAvailable
  return (await offers?.call(PublicKeyCredential)) === true
}

/** Has the browser offer passkeys in the field that is marked for it, until one is chosen or `leaving` is aborted. */
export async function offerPasskeys(asking: KeyAsking, leaving: AbortSignal): Promise<GivenKey> {
  return await ceremony(asking, leaving, ({ startAuthentication }) =>
    startAuthentication({ optionsJSON: asking, useBrowserAutofill: true }),
  )
}

async function ceremony(
  { timeout = usualTimeoutMs }: KeyAsking | KeySetup,
  leaving: AbortSignal,
  begin: (library: Library) => Promise<{ readonly id: string }>,
): Promise<GivenKey> {
  // A file of its own, so that whoever uses no key does not load it.
  const library = await import('@simplewebauthn/browser').catch(() => Promise.reject(unreachable()))
  if (leaving.aborted) throw cancelled()
  const stop = () => library.WebAuthnAbortService.cancelCeremony()
  const begunAt = performance.now()
  leaving.addEventListener('abort', stop)
  try {
    const credential = await begin(library)
    return { credentialId: credential.id, answer: JSON.stringify(credential) }
  } catch (reason) {
    // The browser says the same of a refusal and of its own patience.
    throw faultIn(reason, performance.now() - begunAt >= timeout)
  } finally {
    leaving.removeEventListener('abort', stop)
  }
}

function faultIn(reason: unknown, late: boolean): ApiError {
  if (!(reason instanceof Error)) return keyFault('key_failed')
  if ('code' in reason && reason.code === 'ERROR_CEREMONY_ABORTED') return cancelled()
  switch (reason.name) {
    case 'NotAllowedError':
      return keyFault(late ? 'key_timeout' : 'key_unconfirmed')
    case 'InvalidStateError':
      return keyFault('key_registered')
    case 'NotSupportedError':
    case 'ConstraintError':
      return keyFault('key_unsuitable')
    case 'SecurityError':
      return keyFault('key_elsewhere')
    default:
      console.error(reason)
      return keyFault('key_failed')
  }
}

/** Tells the browser which keys of the account still work, so that it offers no other. */
export function signalAccepted(accepted: AcceptedKeys | undefined): void {
  if (accepted === undefined) return
  void signalled(({ signalAllAcceptedCredentials: signal }) => signal?.call(PublicKeyCredential, accepted))
}

/** After the last one is removed. `before`: what there was. */
export function signalNoneLeft(before: AcceptedKeys | undefined): void {
  signalAccepted(before && { ...before, allAcceptedCredentialIds: [] })
}

/** Tells the browser that this key is of no use here, so that it stops offering it. */
export function signalUnknown(rpId: string | undefined, credentialId: string): void {
  const key = { rpId: rpId ?? location.hostname, credentialId }
  void signalled(({ signalUnknownCredential: signal }) => signal?.call(PublicKeyCredential, key))
}

/** Few browsers listen, and what they make of it is theirs. */
async function signalled(
  signal: (credentials: Partial<typeof PublicKeyCredential>) => Promise<void> | undefined,
): Promise<void> {
  if (hindrance() !== null) return
  await signal(PublicKeyCredential)?.catch(() => undefined)
}
