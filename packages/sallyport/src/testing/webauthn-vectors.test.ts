import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { cbor } from './cbor.ts'
import { coseKey } from './credential-key.ts'
import { createAuthenticator } from './index.ts'

/** W3C Web Authentication Level 3, appendix "Test Vectors"; all values in hexadecimal. */
interface Vector {
  readonly registration: {
    readonly credential_private_key?: string
    readonly private_key?: string
    readonly challenge: string
    readonly aaguid: string
    readonly credential_id: string
    readonly clientDataJSON: string
    readonly attestationObject: string
  }
  readonly authentication: {
    readonly challenge: string
    readonly clientDataJSON: string
    readonly authenticatorData: string
    readonly signature: string
  }
}

const file = new URL('../../../../test/support/webauthn-l3-vectors.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Record<string, Vector> }

/** The vectors of the algorithms it has, from their private keys: all but ES384, ES512, Ed448, and RS256, which has none here. */
const made = Object.entries(vectors).filter(([name]) => /-(?:es256(?:-.*)?|eddsa)$/.test(name))

describe.each(made)('WebAuthn test vector %s', (name, { registration, authentication }) => {
  const algorithm = name.endsWith('eddsa') ? -8 : -7
  const given = [registration.credential_private_key ?? registration.private_key ?? '', registration.credential_id]
  const authenticator = createAuthenticator({
    origin: 'https://example.org',
    algorithm,
    aaguid: registration.aaguid,
    signCount: null,
    random: () => bytes(given.shift() ?? ''),
  })
  const object = bytes(registration.attestationObject)
  const authData = authDataIn(object)
  const publicKey = () => createPublicKey(authenticator.credentials[0]!.privateKey)

  test('Its registration comes out the same', () => {
    const { id, response } = authenticator.create(
      {
        challenge: base64url(registration.challenge),
        rp: { id: 'example.org' },
        user: { id: 'AA' },
        pubKeyCredParams: [{ alg: algorithm }],
        attestation: name.startsWith('packed-self') ? 'direct' : 'none',
      },
      {
        credentialId: bytes(registration.credential_id),
        clientData: (data) => ({ ...data, ...more(registration.clientDataJSON) }),
        authenticatorData: (parts) => ({ ...parts, flags: authData[32]! }),
        // ECDSA signs with a random number: the vector's own signature has to stand here, if one stands here.
        signature: () => signatureIn(object),
      },
    )
    expect(id).toBe(base64url(registration.credential_id))
    expect(hex(response.clientDataJSON)).toBe(registration.clientDataJSON)
    expect(hex(response.authenticatorData)).toBe(authData.toString('hex'))
    if (!/^(?:none|packed-self)/.test(name)) return
    expect(hex(response.attestationObject)).toBe(registration.attestationObject)
    if (!name.startsWith('packed-self')) return
    const hash = createHash('sha256').update(bytes(registration.clientDataJSON)).digest()
    expect(verify('sha256', Buffer.concat([authData, hash]), publicKey(), signatureIn(object))).toBe(true)
  })

  test('Its authentication comes out the same, and its signature is over what is signed here', () => {
    let over: Uint8Array = Buffer.alloc(0)
    const { response } = authenticator.get(
      {
        challenge: base64url(authentication.challenge),
        rpId: 'example.org',
        allowCredentials: [{ id: base64url(registration.credential_id) }],
      },
      {
        clientData: (data) => ({ ...data, ...more(authentication.clientDataJSON) }),
        authenticatorData: (parts) => ({ ...parts, flags: bytes(authentication.authenticatorData)[32]! }),
        signed: (data) => (over = data),
      },
    )
    expect(hex(response.clientDataJSON)).toBe(authentication.clientDataJSON)
    expect(hex(response.authenticatorData)).toBe(authentication.authenticatorData)
    const hash = algorithm === -8 ? null : 'sha256'
    expect(verify(hash, over, publicKey(), bytes(authentication.signature))).toBe(true)
    expect(verify(hash, over, publicKey(), bytes(hex(response.signature)))).toBe(true)
    if (algorithm === -8) expect(hex(response.signature)).toBe(authentication.signature)
  })
})

test('WebAuthn test vector packed-rs256: its key is written the same, and its signature verifies', () => {
  const { registration, authentication } = vectors['packed-rs256']!
  const written = authDataIn(bytes(registration.attestationObject)).subarray(55 + 32)
  // A map of kty, alg, n (436 bytes) and e.
  const [n, e] = [written.subarray(11, 447), written.subarray(-3)].map((part) => part.toString('base64url'))
  const publicKey = createPublicKey({ key: { kty: 'RSA', n: n!, e: e! }, format: 'jwk' })
  expect(cbor(coseKey(publicKey)).toString('hex')).toBe(written.toString('hex'))
  const hash = createHash('sha256').update(bytes(authentication.clientDataJSON)).digest()
  const data = Buffer.concat([bytes(authentication.authenticatorData), hash])
  expect(verify('sha256', data, publicKey, bytes(authentication.signature))).toBe(true)
})

test('All the vectors of these algorithms are tried', () => {
  expect(made.map(([name]) => name)).toHaveLength(11)
})

/** `authData` comes last, after its key and the head of its one or two bytes of length. */
function authDataIn(object: Buffer): Buffer {
  const start = object.lastIndexOf('hauthData') + 9
  return object.subarray(start + (object[start] === 0x59 ? 3 : 2))
}

/** Of 70 to 72 bytes, as `sig` has in the statement of an ES256 key; empty in one without. */
function signatureIn(object: Buffer): Buffer {
  const start = object.indexOf('csig')
  return start < 0 ? Buffer.alloc(0) : object.subarray(start + 6, start + 6 + object[start + 5]!)
}

/** The client data of a vector without what it must share with every browser's. */
function more(clientDataJSON: string): object {
  const data = JSON.parse(bytes(clientDataJSON).toString()) as Record<string, unknown>
  return Object.fromEntries(Object.entries(data).filter(([name]) => !['type', 'challenge', 'origin'].includes(name)))
}

const bytes = (text: string): Buffer => Buffer.from(text, 'hex')
const base64url = (text: string): string => bytes(text).toString('base64url')
const hex = (text: string): string => Buffer.from(text, 'base64url').toString('hex')
