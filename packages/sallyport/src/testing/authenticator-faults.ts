import type { Buffer } from 'node:buffer'
import type { KeyObject } from 'node:crypto'
import type { CborValue } from './cbor.ts'
import type { CoseKey } from './credential-key.ts'
import type { AuthenticationResponse, RegistrationResponse } from './webauthn-json.ts'

/** WebAuthn section 5.8.1. */
export interface ClientData {
  type: string
  challenge: string
  origin: string
  crossOrigin: boolean
}

/** WebAuthn section 6.1, the parts in their order. */
export interface AuthenticatorData {
  rpIdHash: Uint8Array
  /** Of `authenticatorFlags`. */
  flags: number
  signCount: number
  /** Stands there, or not when null, whatever the flags say. */
  attested: { aaguid: Uint8Array; credentialId: Uint8Array; publicKey: CoseKey } | null
  /** CBOR as bytes, or whatever else should stand at the end. Empty unless a fault says otherwise. */
  extensions: Uint8Array
}

/** WebAuthn section 6.5.4. */
export type AttestationObject = {
  fmt: string
  attStmt: { [key: string]: CborValue }
  authData: Uint8Array
}

/**
 * What a test wants wrong. Each function is given what would have been made, in the order below, and returns what is made
 * instead; all that follows from it is made to match, so that one fault is one fault.
 */
interface Faults<Response> {
  /** A string or bytes are sent as they are, in place of JSON. */
  readonly clientData?: (data: ClientData) => unknown
  readonly authenticatorData?: (parts: AuthenticatorData) => AuthenticatorData
  readonly authenticatorDataBytes?: (bytes: Buffer) => Uint8Array
  /** What is signed: authenticator data and the hash of the client data. */
  readonly signed?: (bytes: Buffer) => Uint8Array
  /** Signs in place of the credential's own key, with the algorithm of its kind. */
  readonly signingKey?: KeyObject
  readonly signature?: (bytes: Buffer) => Uint8Array
  /** Last of all, what `create` or `get` returns, of whatever shape. */
  readonly response?: (response: Response) => unknown
}

export type AuthenticationFaults = Faults<AuthenticationResponse>

export interface RegistrationFaults extends Faults<RegistrationResponse> {
  /** In place of 32 random bytes; the authenticator keeps its credential by this id. */
  readonly credentialId?: Uint8Array
  readonly attestation?: (object: AttestationObject) => CborValue
  readonly attestationObject?: (bytes: Buffer) => Uint8Array
}
