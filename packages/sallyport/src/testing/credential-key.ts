import { Buffer } from 'node:buffer'
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { Random } from '../contract/clock.ts'

/** Numbers of the IANA COSE registry: ES256 with P-256, EdDSA with Ed25519, RS256. */
export type CredentialAlgorithm = -7 | -8 | -257

/** A public key as credentials carry it: the labels of COSE and what they say. */
export type CoseKey = Map<number, number | Uint8Array>

/** What stands in PKCS #8 before the 32 bytes of a private key: RFC 5915 with P-256, RFC 8410 with Ed25519. */
const pkcs8Heads = {
  [-7]: '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420',
  [-8]: '302e020100300506032b657004220420',
}

/** The private key of a new credential: 32 bytes of `random`, but RSA (2048 bits), which node:crypto draws by itself. */
export function newCredentialKey(algorithm: CredentialAlgorithm, random: Random): KeyObject {
  if (algorithm === -257) return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const key = Buffer.concat([Buffer.from(pkcs8Heads[algorithm], 'hex'), random(32)])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

/** RFC 9053 sections 7.1 and 7.2, RFC 8230 section 4; the labels in the order of CTAP2's canonical CBOR. */
export function coseKey(publicKey: KeyObject): CoseKey {
  const { kty, x, y, n, e } = publicKey.export({ format: 'jwk' })
  const bytes = (text = ''): Buffer => Buffer.from(text, 'base64url')
  const key: CoseKey = new Map()
  if (kty === 'EC') return key.set(1, 2).set(3, -7).set(-1, 1).set(-2, bytes(x)).set(-3, bytes(y))
  if (kty === 'OKP') return key.set(1, 1).set(3, -8).set(-1, 6).set(-2, bytes(x))
  return key.set(1, 3).set(3, -257).set(-1, bytes(n)).set(-2, bytes(e))
}

/** WebAuthn section 6.5.5: ES256 is DER, RS256 is PKCS #1 v1.5, and EdDSA hashes for itself. */
export function signWith(privateKey: KeyObject, data: Uint8Array): Buffer {
  return sign(privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256', data, privateKey)
}
