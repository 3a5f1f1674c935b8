import { Buffer } from 'node:buffer'
import { createHash, createPublicKey, type KeyObject, randomBytes } from 'node:crypto'
import type { Random } from '../contract/clock.ts'
import type {
  AttestationObject,
  AuthenticationFaults,
  AuthenticatorData,
  ClientData,
  RegistrationFaults,
} from './authenticator-faults.ts'
import { cbor } from './cbor.ts'
import { coseKey, type CredentialAlgorithm, newCredentialKey, signWith } from './credential-key.ts'
import type {
  AuthenticationResponse,
  AuthenticatorTransport,
  CreationOptions,
  RegistrationResponse,
  RequestOptions,
} from './webauthn-json.ts'

export interface AuthenticatorOptions {
  /** The page that asks, such as `https://app.example.com`. */
  readonly origin: string
  /** Where keys and credential ids come from, except RSA keys. Default: `randomBytes` of node:crypto. */
  readonly random?: Random
  /** The only one it has: -7 (ES256, the default), -8 (EdDSA) or -257 (RS256). */
  readonly algorithm?: CredentialAlgorithm
  /** Its model, a UUID. Default: all zeros. */
  readonly aaguid?: string
  /** Default: `['usb']`. With `internal` among them it says that it is part of the device. */
  readonly transports?: readonly AuthenticatorTransport[]
  /** Whether it knows its user by PIN or finger. Default: true. */
  readonly userVerified?: boolean
  /** Whether its credentials can be backed up. Default: false. */
  readonly backupEligible?: boolean
  /** Whether they are backed up. Default: false. */
  readonly backedUp?: boolean
  /** The count a credential begins with; every `get` adds one. Null: always 0. Default: 0. */
  readonly signCount?: number | null
}

export interface SoftwareCredential {
  /** base64url, as everywhere in the JSON. */
  readonly id: string
  readonly rpId: string
  readonly userHandle: string
  /** Whether it is found when the options name no credential. */
  readonly discoverable: boolean
  readonly signCount: number
  readonly privateKey: KeyObject
}

/** A browser with an authenticator. What they refuse is thrown as an error with the name that a browser gives it. */
export interface SoftwareAuthenticator {
  /** Oldest first. */
  readonly credentials: readonly SoftwareCredential[]
  /**
   * `navigator.credentials.create()`: no attestation, or self attestation (`packed`) when the options ask for any.
   * Throws `SecurityError` when the origin is not within the RP ID, `NotSupportedError` without an algorithm in common,
   * `InvalidStateError` when a credential of its own is excluded, and `NotAllowedError` when it should verify its user
   * and can't.
   */
  create(options: CreationOptions, faults?: RegistrationFaults): RegistrationResponse
  /**
   * `navigator.credentials.get()` with the newest credential of those named, or discoverable when none is. Throws
   * `SecurityError` and `NotAllowedError` as above, the latter as well when there is no such credential.
   */
  get(options: RequestOptions, faults?: AuthenticationFaults): AuthenticationResponse
  /** The same keys in another authenticator; each counts for itself from now on. */
  clone(): SoftwareAuthenticator
}

/** User present, user verified, backup eligible, backed up, attested credential data, extensions: WebAuthn section 6.1. */
export const authenticatorFlags = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40, ED: 0x80 } as const

/**
 * A security key in software, for tests that have no browser: hand it the options that the server sent, and send what
 * it returns. With `faults` it lies in the part that a test names.
 */
export function createAuthenticator(options: AuthenticatorOptions): SoftwareAuthenticator {
  const behaviour: Behaviour = {
    random: randomBytes,
    algorithm: -7,
    aaguid: '00000000-0000-0000-0000-000000000000',
    transports: ['usb'],
    userVerified: true,
    backupEligible: false,
    backedUp: false,
    signCount: 0,
    ...options,
  }
  return authenticatorWith(behaviour, [])
}

type Behaviour = Required<AuthenticatorOptions>
type Held = { -readonly [Name in keyof SoftwareCredential]: SoftwareCredential[Name] }
/** The faults that both ceremonies know. */
type Common = Omit<AuthenticationFaults, 'response'>

function authenticatorWith(behaviour: Behaviour, credentials: Held[]): SoftwareAuthenticator {
  return {
    credentials,
    create: (options, faults = {}) => register(behaviour, credentials, options, faults),
    get: (options, faults = {}) => authenticate(behaviour, credentials, options, faults),
    clone() {
      const copies = credentials.map((credential) => ({ ...credential }))
      return authenticatorWith(behaviour, copies)
    },
  }
}

function register(
  behaviour: Behaviour,
  credentials: Held[],
  options: CreationOptions,
  faults: RegistrationFaults,
): RegistrationResponse {
  const { algorithm } = behaviour
  const credential = newCredential(behaviour, credentials, options, faults)
  const publicKey = createPublicKey(credential.privateKey)
  const clientDataJSON = clientDataOf('webauthn.create', behaviour, options, faults)
  const aaguid = Buffer.from(behaviour.aaguid.replaceAll('-', ''), 'hex')
  const credentialId = Buffer.from(credential.id, 'base64url')
  const attested = { aaguid, credentialId, publicKey: coseKey(publicKey) }
  const authData = authenticatorDataOf(behaviour, credential, attested, faults)
  const object: AttestationObject = { fmt: 'none', attStmt: {}, authData }
  if ((options.attestation ?? 'none') !== 'none') {
    object.fmt = 'packed'
    object.attStmt = { alg: algorithm, sig: signatureOf(authData, clientDataJSON, credential, faults) }
  }
  const attestation = cbor(faults.attestation?.(object) ?? object)
  const response: RegistrationResponse = {
    ...envelope(behaviour, credential),
    response: {
      clientDataJSON: base64url(clientDataJSON),
      attestationObject: base64url(faults.attestationObject?.(attestation) ?? attestation),
      authenticatorData: base64url(authData),
      transports: [...behaviour.transports],
      publicKey: base64url(publicKey.export({ format: 'der', type: 'spki' })),
      publicKeyAlgorithm: algorithm,
    },
  }
  return faults.response ? (faults.response(response) as RegistrationResponse) : response
}

/** WebAuthn section 6.3.2: a discoverable credential takes the place of the one the account had here. */
function newCredential(
  behaviour: Behaviour,
  credentials: Held[],
  options: CreationOptions,
  faults: RegistrationFaults,
): Held {
  const { authenticatorSelection: selection = {}, excludeCredentials = [], user } = options
  const rpId = rpIdFor(behaviour.origin, options.rp.id)
  if (!options.pubKeyCredParams.some(({ alg }) => alg === behaviour.algorithm)) {
    throw refusal('NotSupportedError', `${behaviour.algorithm} is the only algorithm of this authenticator`)
  }
  if (credentials.some((one) => one.rpId === rpId && excludeCredentials.some(({ id }) => id === one.id))) {
    throw refusal('InvalidStateError', 'this authenticator has a credential that is excluded')
  }
  verifyUser(behaviour, selection.userVerification)
  const privateKey = newCredentialKey(behaviour.algorithm, behaviour.random)
  const credential: Held = {
    id: base64url(faults.credentialId ?? behaviour.random(32)),
    rpId,
    userHandle: user.id,
    discoverable: selection.residentKey ? selection.residentKey !== 'discouraged' : !!selection.requireResidentKey,
    signCount: behaviour.signCount ?? 0,
    privateKey,
  }
  const former = credentials.findIndex((one) => one.discoverable && one.rpId === rpId && one.userHandle === user.id)
  if (credential.discoverable && former >= 0) credentials.splice(former, 1)
  credentials.push(credential)
  return credential
}

function authenticate(
  behaviour: Behaviour,
  credentials: Held[],
  options: RequestOptions,
  faults: AuthenticationFaults,
): AuthenticationResponse {
  const { allowCredentials: allowed = [] } = options
  const rpId = rpIdFor(behaviour.origin, options.rpId)
  const mayBeUsed = ({ id, discoverable }: Held): boolean =>
    allowed.length > 0 ? allowed.some((one) => one.id === id) : discoverable
  const credential = credentials.findLast((one) => one.rpId === rpId && mayBeUsed(one))
  if (!credential) throw refusal('NotAllowedError', 'this authenticator has no credential that is allowed here')
  verifyUser(behaviour, options.userVerification)
  if (behaviour.signCount !== null) credential.signCount += 1
  const clientDataJSON = clientDataOf('webauthn.get', behaviour, options, faults)
  const authData = authenticatorDataOf(behaviour, credential, null, faults)
  const response: AuthenticationResponse = {
    ...envelope(behaviour, credential),
    response: {
      clientDataJSON: base64url(clientDataJSON),
      authenticatorData: base64url(authData),
      signature: base64url(signatureOf(authData, clientDataJSON, credential, faults)),
      ...(credential.discoverable && { userHandle: credential.userHandle }),
    },
  }
  return faults.response ? (faults.response(response) as AuthenticationResponse) : response
}

function clientDataOf(type: string, { origin }: Behaviour, options: { challenge: string }, faults: Common): Uint8Array {
  // A page hands the challenge to its browser as bytes, so it comes back in one spelling only.
  const challenge = base64url(Buffer.from(options.challenge, 'base64url'))
  const data: ClientData = { type, challenge, origin, crossOrigin: false }
  const made = faults.clientData ? faults.clientData(data) : data
  if (made instanceof Uint8Array) return made
  return Buffer.from(typeof made === 'string' ? made : JSON.stringify(made))
}

function authenticatorDataOf(
  behaviour: Behaviour,
  credential: Held,
  attested: AuthenticatorData['attested'],
  faults: Common,
): Uint8Array {
  const { UP, UV, BE, BS, AT } = authenticatorFlags
  const parts: AuthenticatorData = {
    rpIdHash: sha256(Buffer.from(credential.rpId)),
    flags:
      UP |
      (behaviour.userVerified ? UV : 0) |
      (behaviour.backupEligible ? BE : 0) |
      (behaviour.backedUp ? BS : 0) |
      (attested ? AT : 0),
    signCount: credential.signCount,
    attested,
    extensions: Buffer.alloc(0),
  }
  const bytes = encoded(faults.authenticatorData?.(parts) ?? parts)
  return faults.authenticatorDataBytes?.(bytes) ?? bytes
}

/** WebAuthn section 6.1, and 6.5.2 for the attested credential data. */
function encoded({ rpIdHash, flags, signCount, attested, extensions }: AuthenticatorData): Buffer {
  const counted = Buffer.alloc(5)
  counted.writeUInt8(flags)
  counted.writeUInt32BE(signCount, 1)
  if (!attested) return Buffer.concat([rpIdHash, counted, extensions])
  const { aaguid, credentialId, publicKey } = attested
  const length = Buffer.alloc(2)
  length.writeUInt16BE(credentialId.length)
  return Buffer.concat([rpIdHash, counted, aaguid, length, credentialId, cbor(publicKey), extensions])
}

function signatureOf(
  authData: Uint8Array,
  clientDataJSON: Uint8Array,
  { privateKey }: Held,
  faults: Common,
): Uint8Array {
  const data = Buffer.concat([authData, sha256(clientDataJSON)])
  const signature = signWith(faults.signingKey ?? privateKey, faults.signed?.(data) ?? data)
  return faults.signature?.(signature) ?? signature
}

/** WebAuthn sections 5.1.3 and 5.1.4: a page may ask for its own domain or one above it. */
function rpIdFor(origin: string, asked: string | undefined): string {
  const { hostname } = new URL(origin)
  const rpId = asked ?? hostname
  if (hostname === rpId || hostname.endsWith(`.${rpId}`)) return rpId
  throw refusal('SecurityError', `${origin} is not within ${rpId}`)
}

function verifyUser({ userVerified }: Behaviour, wanted: string | undefined): void {
  if (wanted === 'required' && !userVerified) throw refusal('NotAllowedError', 'this authenticator verifies no user')
}

function envelope({ transports }: Behaviour, { id }: Held) {
  const authenticatorAttachment = transports.includes('internal') ? 'platform' : 'cross-platform'
  return { id, rawId: id, type: 'public-key', authenticatorAttachment, clientExtensionResults: {} } as const
}

function refusal(name: string, message: string): Error {
  return Object.assign(new Error(message), { name })
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
