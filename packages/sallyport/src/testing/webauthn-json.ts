// The dictionaries of WebAuthn Level 3 that pages exchange with servers as JSON (section 5.1 and its `toJSON()`), as far
// as the software authenticator reads and writes them. Bytes are base64url without padding.

export type AuthenticatorTransport = 'ble' | 'hybrid' | 'internal' | 'nfc' | 'smart-card' | 'usb'

interface CredentialDescriptor {
  readonly id: string
}

/** `PublicKeyCredentialCreationOptionsJSON` */
export interface CreationOptions {
  readonly challenge: string
  readonly rp: { readonly id?: string | undefined }
  readonly user: { readonly id: string }
  readonly pubKeyCredParams: readonly { readonly alg: number }[]
  readonly excludeCredentials?: readonly CredentialDescriptor[] | undefined
  readonly authenticatorSelection?:
    | {
        readonly residentKey?: string | undefined
        readonly requireResidentKey?: boolean | undefined
        readonly userVerification?: string | undefined
      }
    | undefined
  readonly attestation?: string | undefined
}

/** `PublicKeyCredentialRequestOptionsJSON` */
export interface RequestOptions {
  readonly challenge: string
  readonly rpId?: string | undefined
  readonly allowCredentials?: readonly CredentialDescriptor[] | undefined
  readonly userVerification?: string | undefined
}

interface CredentialJson<Response> {
  id: string
  rawId: string
  type: 'public-key'
  authenticatorAttachment: 'cross-platform' | 'platform'
  clientExtensionResults: Record<string, never>
  response: Response
}

/** `RegistrationResponseJSON` */
export type RegistrationResponse = CredentialJson<{
  clientDataJSON: string
  attestationObject: string
  authenticatorData: string
  transports: AuthenticatorTransport[]
  /** SubjectPublicKeyInfo, RFC 5280. */
  publicKey: string
  publicKeyAlgorithm: number
}>

/** `AuthenticationResponseJSON` */
export type AuthenticationResponse = CredentialJson<{
  clientDataJSON: string
  authenticatorData: string
  signature: string
  /** Of a discoverable credential. */
  userHandle?: string
}>
