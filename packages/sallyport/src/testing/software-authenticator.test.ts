import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../../test/support/random.ts'
import type { AuthenticationFaults, RegistrationFaults } from './authenticator-faults.ts'
import {
  type AuthenticationResponse,
  authenticatorFlags,
  type AuthenticatorOptions,
  createAuthenticator,
  type CreationOptions,
  type RegistrationResponse,
} from './index.ts'

const origin = 'https://example.org'
const rpId = 'example.org'
const challenge = Buffer.from('a challenge of some length').toString('base64url')
/** SHA-256 of `example.org`. */
const rpIdHash = 'bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5'

const asked = (more: Partial<CreationOptions> = {}): CreationOptions => ({
  challenge,
  rp: { id: rpId },
  user: { id: 'dXNlcg' },
  pubKeyCredParams: [{ alg: -8 }, { alg: -7 }, { alg: -257 }],
  ...more,
})
const discoverable = asked({ authenticatorSelection: { residentKey: 'required' } })
const key = (behaviour: Partial<AuthenticatorOptions> = {}) => createAuthenticator({ origin, ...behaviour })

describe('What it makes, byte by byte', () => {
  /** RFC 8032 section 7.1, test 1. */
  const secret = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
  const point = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
  const credentialId = '00112233445566778899aabbccddeeff'.repeat(2)
  const given = [secret, credentialId].map((hex) => Buffer.from(hex, 'hex'))
  const authenticator = key({
    random: () => given.shift()!,
    algorithm: -8,
    aaguid: '01020304-0506-0708-090a-0b0c0d0e0f10',
    transports: ['internal', 'hybrid'],
    backupEligible: true,
    backedUp: true,
    signCount: 0x01020304,
  })

  test('A registration is written as WebAuthn and CTAP2 say', () => {
    const made = authenticator.create(discoverable)
    const authenticatorData = [
      rpIdHash,
      '5d', // UP, UV, BE, BS, AT
      '01020304',
      '0102030405060708090a0b0c0d0e0f10',
      `0020${credentialId}`,
      'a4', // the key: a map of four
      '0101', // kty: OKP
      '0327', // alg: EdDSA
      '2006', // crv: Ed25519
      `215820${point}`,
    ].join('')
    const attestationObject = [
      'a3',
      '63666d74', // "fmt"
      '646e6f6e65', // "none"
      '6761747453746d74', // "attStmt"
      'a0',
      '686175746844617461', // "authData"
      '5881', // 129 bytes
      authenticatorData,
    ].join('')
    const id = Buffer.from(credentialId, 'hex').toString('base64url')
    expect({ ...made, response: { ...made.response, clientDataJSON: text(made.response.clientDataJSON) } }).toEqual({
      id,
      rawId: id,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response: {
        clientDataJSON: `{"type":"webauthn.create","challenge":"${challenge}","origin":"${origin}","crossOrigin":false}`,
        attestationObject: Buffer.from(attestationObject, 'hex').toString('base64url'),
        authenticatorData: Buffer.from(authenticatorData, 'hex').toString('base64url'),
        transports: ['internal', 'hybrid'],
        // RFC 8410 section 4
        publicKey: Buffer.from(`302a300506032b6570032100${point}`, 'hex').toString('base64url'),
        publicKeyAlgorithm: -8,
      },
    })
  })

  test('So is an answer, with one more on its count', () => {
    const { response } = authenticator.get({ challenge, rpId })
    expect(text(response.clientDataJSON)).toBe(
      `{"type":"webauthn.get","challenge":"${challenge}","origin":"${origin}","crossOrigin":false}`,
    )
    expect(hex(response.authenticatorData)).toBe(`${rpIdHash}1d01020305`)
    expect(response.userHandle).toBe('dXNlcg')
  })
})

describe.each([-7, -8, -257] as const)('COSE algorithm %d', (algorithm) => {
  test('The public key that is told verifies self attestation and every answer, and nothing else', () => {
    const authenticator = key({ algorithm })
    const made = authenticator.create(asked({ attestation: 'direct' }))
    const publicKey = createPublicKey({ key: bytes(made.response.publicKey), format: 'der', type: 'spki' })
    const object = bytes(made.response.attestationObject)
    // The signature is what ends before the key `authData`, and its length is known of its head.
    const before = object.subarray(0, object.indexOf('hauthData'))
    const signature = before.subarray(before.indexOf('csig') + 4)
    const self = signature.subarray(signature[0] === 0x59 ? 3 : 2)
    expect(signed(publicKey, made.response, self)).toBe(true)

    const answer = authenticator.get({ challenge, rpId, allowCredentials: [{ id: made.id }] })
    const first = bytes(answer.response.signature)
    expect(signed(publicKey, answer.response, first)).toBe(true)
    expect(signed(publicKey, { ...answer.response, clientDataJSON: made.response.clientDataJSON }, first)).toBe(false)
  })
})

describe('What browser and authenticator refuse', () => {
  const named = (name: string) => expect.objectContaining({ name })

  test('An authenticator registers once where its credential is excluded', () => {
    const authenticator = key()
    const { id } = authenticator.create(asked())
    expect(() => authenticator.create(asked({ excludeCredentials: [{ id }] }))).toThrow(named('InvalidStateError'))
    expect(() => authenticator.clone().create(asked({ excludeCredentials: [{ id }] }))).toThrow(
      named('InvalidStateError'),
    )
    expect(key().create(asked({ excludeCredentials: [{ id }] })).id).not.toBe(id)
    expect(authenticator.credentials).toHaveLength(1)
  })

  test('It answers with the newest of its credentials that are named, and for their RP ID only', () => {
    const authenticator = key({ origin: 'https://app.example.org' })
    const [first, second] = [authenticator.create(asked()).id, authenticator.create(asked()).id]
    const other = authenticator.create(asked({ rp: {} })).id
    const answered = (ids: string[], id?: string) =>
      authenticator.get({ challenge, rpId: id, allowCredentials: ids.map((one) => ({ id: one })) }).id
    expect(answered([first, second, other], rpId)).toBe(second)
    expect(answered([first, 'AAAA'], rpId)).toBe(first)
    expect(answered([first, other])).toBe(other)
    expect(() => answered([other], rpId)).toThrow(named('NotAllowedError'))
    expect(() => answered(['AAAA'], rpId)).toThrow(named('NotAllowedError'))
  })

  test('Without a name only a discoverable credential answers, and one account has one', () => {
    const authenticator = key()
    authenticator.create(asked({ authenticatorSelection: { residentKey: 'discouraged', requireResidentKey: true } }))
    expect(() => authenticator.get({ challenge, rpId })).toThrow(named('NotAllowedError'))
    authenticator.create(discoverable)
    const { id } = authenticator.create(asked({ authenticatorSelection: { requireResidentKey: true } }))
    expect(authenticator.get({ challenge, rpId, allowCredentials: [] }).id).toBe(id)
    expect(authenticator.credentials.map((one) => one.discoverable)).toEqual([false, true])
    authenticator.create({ ...discoverable, user: { id: 'b3RoZXI' } })
    expect(authenticator.credentials).toHaveLength(3)
  })

  test('A page gets nothing for a domain it is not within', () => {
    for (const page of ['https://example.org.evil.test', 'https://evilexample.org', 'https://org']) {
      const authenticator = key({ origin: page })
      expect(() => authenticator.create(asked()), page).toThrow(named('SecurityError'))
      expect(() => authenticator.get({ challenge, rpId }), page).toThrow(named('SecurityError'))
    }
    expect(key({ origin: 'http://localhost:3000' }).create(asked({ rp: {} })).type).toBe('public-key')
  })

  test('No credential is made with an algorithm that is not offered, nor a user verified who can not be', () => {
    const required = { userVerification: 'required' }
    expect(() => key({ algorithm: -257 }).create(asked({ pubKeyCredParams: [{ alg: -7 }] }))).toThrow(
      named('NotSupportedError'),
    )
    const authenticator = key({ userVerified: false })
    expect(() => authenticator.create(asked({ authenticatorSelection: required }))).toThrow(named('NotAllowedError'))
    authenticator.create(discoverable)
    expect(() => authenticator.get({ challenge, rpId, ...required })).toThrow(named('NotAllowedError'))
    expect(hex(authenticator.get({ challenge, rpId }).response.authenticatorData)).toBe(`${rpIdHash}0100000001`)
  })
})

test('A clone has the same keys and counts for itself', () => {
  const authenticator = key({ signCount: 7 })
  const made = authenticator.create(discoverable)
  const count = ({ response }: { response: { authenticatorData: string } }) =>
    bytes(response.authenticatorData).readUInt32BE(33)
  const next = (of: typeof authenticator) => count(of.get({ challenge, rpId }))
  expect([count(made), next(authenticator)]).toEqual([7, 8])
  const clone = authenticator.clone()
  expect([next(clone), next(clone), next(authenticator)]).toEqual([9, 10, 9])
  expect(clone.credentials.map(({ id }) => id)).toEqual([made.id])
  expect(clone.credentials[0]!.privateKey).toBe(authenticator.credentials[0]!.privateKey)
  clone.create(asked())
  expect(authenticator.credentials).toHaveLength(1)
})

test('An authenticator without a count says 0 always', () => {
  const authenticator = key({ signCount: null })
  const all = [
    authenticator.create(discoverable),
    authenticator.get({ challenge, rpId }),
    authenticator.get({ challenge }),
  ]
  expect(all.map(({ response }) => bytes(response.authenticatorData).readUInt32BE(33))).toEqual([0, 0, 0])
})

describe('A fault changes what it names, and what follows from that', () => {
  const stranger = generateKeyPairSync('ed25519').privateKey
  const { UV, AT, ED } = authenticatorFlags

  const registrations: [string, RegistrationFaults, string[]][] = [
    ['client data', { clientData: (data) => ({ ...data, type: 'x' }) }, ['clientDataJSON', 'attestationObject']],
    ['client data as text', { clientData: () => '{' }, ['clientDataJSON', 'attestationObject']],
    [
      'a flag',
      { authenticatorData: (parts) => ({ ...parts, flags: parts.flags & ~AT }) },
      ['attestationObject', 'authenticatorData'],
    ],
    [
      'attested data',
      { authenticatorData: (parts) => ({ ...parts, attested: null }) },
      ['attestationObject', 'authenticatorData'],
    ],
    [
      'authenticator data, cut off',
      { authenticatorDataBytes: (whole) => whole.subarray(0, 36) },
      ['attestationObject', 'authenticatorData'],
    ],
    ['what is signed', { signed: (data) => data.fill(0) }, ['attestationObject']],
    ['who signs', { signingKey: stranger }, ['attestationObject']],
    ['signature', { signature: () => Buffer.alloc(0) }, ['attestationObject']],
    ['attestation', { attestation: (object) => ({ ...object, fmt: 'tpm' }) }, ['attestationObject']],
    ['attestation object', { attestationObject: (object) => Buffer.concat([object, object]) }, ['attestationObject']],
    ['credential id', { credentialId: randomBytes(1023) }, ['id', 'rawId', 'attestationObject', 'authenticatorData']],
    ['response', { response: (whole) => ({ ...whole, rawId: 'AAAA' }) }, ['rawId']],
  ]
  test.each(registrations)('Registration: %s', (_name, faults, changed) => {
    const made = (of?: RegistrationFaults) =>
      key({ algorithm: -8, random: seededRandom('faults') }).create(asked({ attestation: 'direct' }), of)
    expect(differences(made(), made(faults))).toEqual(changed)
  })

  const answers: [string, AuthenticationFaults, string[]][] = [
    ['client data', { clientData: (data) => ({ ...data, origin: 'https://a' }) }, ['clientDataJSON', 'signature']],
    ['client data as bytes', { clientData: () => Buffer.of(0xff) }, ['clientDataJSON', 'signature']],
    [
      'a flag',
      { authenticatorData: (parts) => ({ ...parts, flags: parts.flags & ~UV }) },
      ['authenticatorData', 'signature'],
    ],
    [
      'count',
      { authenticatorData: (parts) => ({ ...parts, signCount: 0xffffffff }) },
      ['authenticatorData', 'signature'],
    ],
    [
      'extensions',
      { authenticatorData: (parts) => ({ ...parts, flags: parts.flags | ED, extensions: Buffer.of(0xa0) }) },
      ['authenticatorData', 'signature'],
    ],
    ['what is signed', { signed: (data) => data.subarray(1) }, ['signature']],
    ['who signs', { signingKey: stranger }, ['signature']],
    ['signature', { signature: (signature) => signature.reverse() }, ['signature']],
    [
      'user',
      { response: (whole) => ({ ...whole, response: { ...whole.response, userHandle: 'AA' } }) },
      ['userHandle'],
    ],
  ]
  test.each(answers)('Answer: %s', (_name, faults, changed) => {
    const made = (of?: AuthenticationFaults) => {
      const authenticator = key({ algorithm: -8, random: seededRandom('faults') })
      authenticator.create(discoverable)
      return authenticator.get({ challenge, rpId }, of)
    }
    expect(differences(made(), made(faults))).toEqual(changed)
  })
})

/** The members of a response that differ, in the order they stand. */
function differences<Made extends RegistrationResponse | AuthenticationResponse>(a: Made, b: Made): string[] {
  const flat = ({ response, ...whole }: Made): [string, unknown][] => Object.entries({ ...whole, ...response })
  const other = new Map(flat(b))
  return flat(a).flatMap(([name, value]) => (JSON.stringify(other.get(name)) === JSON.stringify(value) ? [] : [name]))
}

/** Whether `signature` is over this authenticator data and client data: WebAuthn section 7.2, steps 20 and 21. */
function signed(
  publicKey: KeyObject,
  response: { authenticatorData: string; clientDataJSON: string },
  signature: Uint8Array,
): boolean {
  const hash = createHash('sha256').update(bytes(response.clientDataJSON)).digest()
  const data = Buffer.concat([bytes(response.authenticatorData), hash])
  return verify(publicKey.asymmetricKeyType === 'ed25519' ? null : 'sha256', data, publicKey, signature)
}

const bytes = (base64url: string): Buffer => Buffer.from(base64url, 'base64url')
const text = (base64url: string): string => bytes(base64url).toString()
const hex = (base64url: string): string => bytes(base64url).toString('hex')
