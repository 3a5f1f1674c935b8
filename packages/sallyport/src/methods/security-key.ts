import { createHash } from 'node:crypto'
import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialDescriptorJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import {
  type CheckContext,
  type Method,
  type MethodFactory,
  type OpenEnrollment,
  strengths,
  type Verdict,
} from '../contract/method.ts'
import { endOfItem } from './security-key/cbor.ts'
import { nameOf } from './security-key/names.ts'
import { type RelyingParty, relyingParty, type SecurityKeyOptions } from './security-key/options.ts'
import { isFramed, readAssertion, readRegistration, type Registration } from './security-key/response.ts'

export type { Algorithm, SecurityKeyOptions } from './security-key/options.ts'

/** A key that is registered; before that, only the user handle is known. Kept sealed, as JSON. */
interface Key {
  /** 32 random bytes that stand for the account (WebAuthn section 14.6.1): the same for all its keys, and not its id. */
  readonly userHandle: string
  readonly credentialId: string
  /** COSE_Key. */
  readonly publicKey: string
  readonly transports: readonly string[]
  readonly aaguid: string
  /** Whether it may be synced to other devices, which never changes (WebAuthn section 6.1.3). */
  readonly backupEligible: boolean
}

type Pending = Pick<Key, 'userHandle'>

const wrong: Verdict = { ok: false, reason: 'wrong' }
const malformed: Verdict = { ok: false, reason: 'malformed' }

/** Statements that certificates belong to (WebAuthn section 8). */
const certifying = ['packed', 'tpm', 'fido-u2f', 'android-key', 'apple']

/** Loaded when the first key is used, and not by those who have none. */
const library = async () => await import('@simplewebauthn/server')
const helpers = async () => await import('@simplewebauthn/server/helpers')

/**
 * Hardware keys and passkeys: WebAuthn Level 3. The one method that a look-alike page gets nothing from, as what is signed names
 * the origin. Needs `@simplewebauthn/server`. Throws `option_invalid` for options that don't fit the app's origin.
 */
export function securityKey(options: SecurityKeyOptions = {}): MethodFactory<Record<string, never>> {
  return (settings): Method<Record<string, never>> => {
    const party = relyingParty(options, settings.app.origin)
    return {
      kind: 'security_key',
      label: 'Security key or passkey',
      strength: strengths.security_key,
      amr: ['user'],
      perAccount: 10,
      backup: false,
      promptSeconds: null,
      enroll({ random, others }) {
        const [other] = others
        const userHandle =
          other?.secret === undefined ? Buffer.from(random(32)).toString('base64url') : key(other).userHandle
        return { secret: JSON.stringify({ userHandle } satisfies Pending), hint: '', setup: {} }
      },
      device: {
        register: ({ nonce, account }, enrollment, others) => ({
          ...({
            rp: { id: party.id, name: settings.app.name },
            user: { id: pending(enrollment).userHandle, name: account.label, displayName: account.label },
            challenge: nonce,
            pubKeyCredParams: party.algorithms.map((alg) => ({ alg, type: 'public-key' })),
            timeout: party.timeoutMs,
            excludeCredentials: others.map(descriptor),
            authenticatorSelection: {
              residentKey: 'preferred',
              requireResidentKey: false,
              userVerification: party.userVerification,
            },
            attestation: party.attestation,
          } satisfies Creation),
        }),
        ask: ({ nonce }, enrollments) => ({
          ...({
            challenge: nonce,
            timeout: party.timeoutMs,
            rpId: party.id,
            allowCredentials: enrollments.map(descriptor),
            // Without one that is known beforehand it is all there is.
            userVerification: enrollments.length === 0 ? 'required' : party.userVerification,
          } satisfies Request),
        }),
        accepted: (enrollments) => ({
          rpId: party.id,
          userId: enrollments.map((enrollment) => key(enrollment).userHandle)[0] ?? '',
          allAcceptedCredentialIds: enrollments.map((enrollment) => key(enrollment).credentialId),
        }),
        identify(answer) {
          const assertion = readAssertion(answer)
          return assertion === null || assertion.response.userHandle === null ? null : credentialOf(assertion.id)
        },
      },
      check: async (context, enrollment, _state, answer) =>
        isRegistered(enrollment)
          ? await assert(party, context, enrollment, answer)
          : await register(party, context, enrollment, answer),
    }
  }
}

/** The same as the library's, but for `attestation`, to which WebAuthn Level 3 has added. */
type Creation = Omit<PublicKeyCredentialCreationOptionsJSON, 'attestation'> & Pick<RelyingParty, 'attestation'>
type Request = PublicKeyCredentialRequestOptionsJSON

async function register(
  party: RelyingParty,
  context: CheckContext,
  enrollment: OpenEnrollment,
  answer: string,
): Promise<Verdict> {
  const given = readRegistration(answer)
  if (given === null || !isWellFormed(given)) return malformed
  if (isFramed(given.response.clientDataJSON)) return wrong
  const { verifyRegistrationResponse } = await library()
  const asked = party.attestation === 'none' ? await quietly(() => withoutStatement(given)) : given
  if (asked === null) return wrong
  const verified = await quietly(() =>
    verifyRegistrationResponse({
      response: asked as unknown as RegistrationResponseJSON,
      expectedChallenge: (nonce) => context.isNonce(nonce),
      expectedOrigin: [...party.origins],
      expectedRPID: party.id,
      requireUserVerification: party.userVerification === 'required',
      supportedAlgorithmIDs: [...party.algorithms],
    }),
  )
  if (verified?.verified !== true) return wrong
  const { credential, aaguid, credentialDeviceType } = verified.registrationInfo
  if (credential.id !== given.id) return wrong
  if (party.aaguids !== null) {
    const certified = party.aaguids.includes(aaguid) && (await quietly(() => isCertified(given, party.roots)))
    if (certified !== true) return wrong
  }
  const backupEligible = credentialDeviceType === 'multiDevice'
  const registered: Key = {
    userHandle: pending(enrollment).userHandle,
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString('base64url'),
    transports: given.response.transports,
    aaguid,
    backupEligible,
  }
  return {
    ok: true,
    spend: { counter: credential.counter },
    amr: amrOf(registered, verified.registrationInfo.userVerified),
    registered: {
      secret: JSON.stringify(registered),
      hint: backupEligible ? 'Synced between devices' : 'On one device',
      name: nameOf(aaguid),
      credential: credentialOf(credential.id),
    },
  }
}

async function assert(
  party: RelyingParty,
  context: CheckContext,
  enrollment: OpenEnrollment,
  answer: string,
): Promise<Verdict> {
  const given = readAssertion(answer)
  if (given === null) return malformed
  const own = key(enrollment)
  if (given.id !== own.credentialId || isFramed(given.response.clientDataJSON)) return wrong
  const { userHandle } = given.response
  if (userHandle === null ? context.alone : userHandle !== own.userHandle) return wrong
  const { verifyAuthenticationResponse } = await library()
  const verified = await quietly(() =>
    verifyAuthenticationResponse({
      response: given as unknown as AuthenticationResponseJSON,
      expectedChallenge: (nonce) => context.isNonce(nonce),
      expectedOrigin: [...party.origins],
      expectedRPID: party.id,
      requireUserVerification: context.alone || party.userVerification === 'required',
      // Whether it has risen is judged below: only of a key that is right it means anything.
      credential: {
        id: own.credentialId,
        publicKey: Uint8Array.from(Buffer.from(own.publicKey, 'base64url')),
        counter: -1,
      },
    }),
  )
  if (verified?.verified !== true) return wrong
  const { newCounter: signCount, userVerified, credentialDeviceType } = verified.authenticationInfo
  if ((credentialDeviceType === 'multiDevice') !== own.backupEligible) return wrong
  const last = Math.max(enrollment.lastCounter, 0)
  if ((signCount > 0 || last > 0) && signCount <= last) return { ok: false, reason: 'wrong', copied: true }
  return { ok: true, spend: { signCount }, amr: amrOf(own, userVerified) }
}

/** RFC 8176: a key in hardware that nothing leaves, or one that is synced; and the person who was there, known to it or not. */
function amrOf({ backupEligible }: Key, userVerified: boolean): readonly string[] {
  return [backupEligible ? 'swk' : 'hwk', 'user', ...(userVerified ? ['mfa'] : [])]
}

/** Whether what CBOR there is can be read in one way only. */
function isWellFormed({ response }: Registration): boolean {
  const object = Buffer.from(response.attestationObject, 'base64url')
  return endOfItem(object, 0) === object.length
}

/**
 * The same with no statement about the key's make, where nobody asked for one: then no certificate of a stranger's is parsed, and
 * a key whose maker nobody here knows is as good as any (WebAuthn section 7.1 step 24).
 */
async function withoutStatement(given: Registration): Promise<Registration> {
  const { isoCBOR } = await helpers()
  const authData = (await attestationIn(given)).get('authData')
  const none = new Map<string, unknown>([
    ['fmt', 'none'],
    ['attStmt', new Map()],
    ['authData', authData],
  ])
  const attestationObject = Buffer.from(isoCBOR.encode(none as Parameters<typeof isoCBOR.encode>[0])).toString(
    'base64url',
  )
  return { ...given, response: { ...given.response, attestationObject } }
}

async function attestationIn({ response }: Registration) {
  const { decodeAttestationObject } = await helpers()
  return decodeAttestationObject(Uint8Array.from(Buffer.from(response.attestationObject, 'base64url')))
}

/** Whether certificates lead from what it says of its make to one of `roots`: a key that signs for itself can claim any. */
async function isCertified(given: Registration, roots: readonly string[]): Promise<boolean> {
  const { convertCertBufferToPEM, validateCertificatePath } = await helpers()
  const object = await attestationIn(given)
  const certificates = object.get('attStmt').get('x5c') ?? []
  if (!certifying.includes(object.get('fmt')) || certificates.length === 0) return false
  return await validateCertificatePath(certificates.map(convertCertBufferToPEM), [...roots])
}

/** The library throws at whatever is wrong. What it says would help nobody but whoever tries. */
async function quietly<Result>(verify: () => Promise<Result>): Promise<Result | null> {
  try {
    return await verify()
  } catch {
    return null
  }
}

function isRegistered({ secret }: OpenEnrollment): boolean {
  return 'credentialId' in (JSON.parse(secret) as Partial<Key>)
}

function key({ secret }: OpenEnrollment): Key {
  return JSON.parse(secret) as Key
}

function pending({ secret }: OpenEnrollment): Pending {
  return JSON.parse(secret) as Pending
}

function descriptor(enrollment: OpenEnrollment): PublicKeyCredentialDescriptorJSON {
  const { credentialId, transports } = key(enrollment)
  return { id: credentialId, type: 'public-key', transports: [...transports] as AuthenticatorTransport[] }
}

function credentialOf(id: string): string {
  return createHash('sha256').update(Buffer.from(id, 'base64url')).digest('base64url')
}
