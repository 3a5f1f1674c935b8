import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { type AuthenticationFaults, authenticatorFlags, type RegistrationFaults } from 'sallyport/testing'

/** One thing that is wrong with what a key gives, under the id of the threat that it belongs to. */
export type Fault<Faults> = readonly [id: string, what: string, faults: Faults]

type Both = Pick<AuthenticationFaults, 'clientData' | 'authenticatorData' | 'authenticatorDataBytes'>
type Attested = NonNullable<Parameters<NonNullable<AuthenticationFaults['authenticatorData']>>[0]['attested']>
type PublicKey = Attested['publicKey']

const { UP, BE, BS, AT, ED } = authenticatorFlags
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

const made = (): string => randomBytes(32).toString('base64url')
const flipped = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, place) => (place === 8 ? byte ^ 1 : byte)))
const longer = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(1)])

const otherOrigins: readonly ((origin: string) => unknown)[] = [
  (origin) => origin.replace('http:', 'https:'),
  (origin) => origin.replace(/:\d+$/, ''),
  (origin) => origin.replace(/:\d+$/, ':1'),
  (origin) => origin.replace('//', '//sub.'),
  (origin) => origin.replace('localhost', 'localhost.evil.example'),
  (origin) => `${origin}/`,
  (origin) => [origin],
  () => 'null',
  () => undefined,
]

const ofBoth: readonly Fault<Both>[] = [
  ...otherOrigins.map((other): Fault<Both> => {
    const clientData: Both['clientData'] = (data) => ({ ...data, origin: other(data.origin) })
    return ['WA-03', `the origin ${JSON.stringify(other('http://localhost:3000'))}`, { clientData }]
  }),
  ['WA-02', 'a challenge that the client made', { clientData: (data) => ({ ...data, challenge: made() }) }],
  ['WA-02', 'no challenge', { clientData: (data) => ({ ...data, challenge: '' }) }],
  ['WA-02', 'half a challenge', { clientData: (data) => ({ ...data, challenge: data.challenge.slice(0, 22) }) }],
  ['WA-02', 'another type', { clientData: (data) => ({ ...data, type: 'payment.get' }) }],
  ['WA-14', 'crossOrigin', { clientData: (data) => ({ ...data, crossOrigin: true }) }],
  ['WA-14', 'topOrigin', { clientData: (data) => ({ ...data, topOrigin: 'https://evil.example' }) }],
  ['WA-11', 'client data that is no JSON', { clientData: () => 'nothing' }],
  ['WA-11', 'client data that is null', { clientData: () => 'null' }],
  ['WA-11', 'client data that is a list', { clientData: () => [] }],
  ['WA-04', 'another rpIdHash', { authenticatorData: (data) => ({ ...data, rpIdHash: randomBytes(32) }) }],
  ['WA-06', 'nobody there', { authenticatorData: (data) => ({ ...data, flags: data.flags & ~UP }) }],
  ['WA-15', 'extensions unsaid', { authenticatorData: (data) => ({ ...data, extensions: Buffer.of(0xa0) }) }],
  ['WA-15', 'extensions that are not there', { authenticatorData: (data) => ({ ...data, flags: data.flags | ED }) }],
  ['WA-15', 'a backup of what has none', { authenticatorData: (data) => ({ ...data, flags: data.flags | BS }) }],
  ['WA-15', 'authenticator data that goes on', { authenticatorDataBytes: longer }],
  ['WA-15', 'authenticator data cut off', { authenticatorDataBytes: (bytes) => bytes.subarray(0, 36) }],
]

/** What signs in, wrong in one thing. */
export const assertionFaults: readonly Fault<AuthenticationFaults>[] = [
  ...ofBoth,
  ['WA-02', 'what would register', { clientData: (data) => ({ ...data, type: 'webauthn.create' }) }],
  ['WA-09', 'a credential of nobody', { response: (given) => ({ ...given, id: 'AAAA', rawId: 'AAAA' }) }],
  ['WA-09', 'another user handle', { response: (given) => replaced(given, 'response.userHandle', made()) }],
  ['WA-11', 'a signature that was changed', { signature: flipped }],
  ['WA-11', 'a signature that can be none', { signature: () => Buffer.alloc(64) }],
  ['WA-11', 'a signature over other bytes', { signed: flipped }],
  ['WA-11', 'a signature over nothing', { signed: () => Buffer.alloc(0) }],
  ['WA-11', 'the signature of another key', { signingKey: curve.privateKey }],
  ['WA-11', 'the signature of another kind of key', { signingKey: rsa.privateKey }],
  ['WA-15', 'a credential that can be synced by now', { authenticatorData: (d) => ({ ...d, flags: d.flags | BE }) }],
  ['WA-15', 'attested data that is not there', { authenticatorData: (data) => ({ ...data, flags: data.flags | AT }) }],
]

/** The same, of which every field in turn is no such field. */
export const assertionFields: readonly Fault<AuthenticationFaults>[] = everyField([
  'id',
  'rawId',
  'type',
  'response.clientDataJSON',
  'response.authenticatorData',
  'response.signature',
])

/** What sets a key up, wrong in one thing. */
export const registrationFaults: readonly Fault<RegistrationFaults>[] = [
  ...ofBoth,
  ['WA-02', 'what would sign in', { clientData: (data) => ({ ...data, type: 'webauthn.get' }) }],
  ['WA-11', 'an algorithm that was not offered', withKey((key) => key.set(3, -39))],
  ['WA-11', 'an algorithm that nothing has', withKey((key) => key.set(3, 0))],
  ['WA-11', 'no algorithm', withKey((key) => (key.delete(3), key))],
  ['WA-11', 'RS1', withKey((key) => key.set(3, -65_535))],
  ['WA-15', 'no attested data', { authenticatorData: (data) => ({ ...data, attested: null }) }],
  ['WA-15', 'attested data unsaid', { authenticatorData: (data) => ({ ...data, flags: data.flags & ~AT }) }],
  ['WA-15', 'a credential id of 1,024 bytes', { credentialId: Buffer.alloc(1024, 7) }],
  ['WA-15', 'a credential id of none', { credentialId: Buffer.alloc(0) }],
  ['WA-15', 'another credential id than it sends', { response: (given) => ({ ...given, id: 'AAAA', rawId: 'AAAA' }) }],
  ['WA-15', 'bytes after the attestation', { attestationObject: longer }],
  ['WA-15', 'an attestation cut off', { attestationObject: (bytes) => bytes.subarray(0, -3) }],
  ['WA-15', 'null for an attestation', { attestationObject: () => Buffer.of(0xf6) }],
  ['WA-15', 'an attestation with one key twice', { attestationObject: withFmtTwice }],
  ['WA-15', 'a map of no length', { attestationObject: withoutLength }],
  ['WA-15', 'lists in lists', { attestationObject: () => Buffer.alloc(10_000, 0x81) }],
  ['WA-15', 'a length of 4 GB', { attestationObject: () => Buffer.from('5affffffff', 'hex') }],
  ['WA-15', 'authData that is text', { attestation: (object) => ({ ...object, authData: 'text' }) }],
  ...everyField(['id', 'rawId', 'type', 'response.clientDataJSON', 'response.attestationObject']),
]

/** Each field missing, of another type, empty and of another content; and something else in place of it all. */
function everyField(fields: readonly string[]): readonly Fault<{ readonly response: (given: object) => unknown }>[] {
  const odd = [undefined, 7, '', 'not base64url!', 'AAAA', ['AAAA']]
  const whole = [null, [], { response: null }, JSON.parse('{"__proto__":{"id":"AAAA"}}') as unknown]
  return [
    ...fields.flatMap((field) =>
      odd.map((value) => {
        const response = (given: object): unknown => replaced(given, field, value)
        return ['WA-11', `${field} ${JSON.stringify(value)?.slice(0, 20)}`, { response }] as const
      }),
    ),
    ...whole.map((value) => ['WA-11', `${JSON.stringify(value)} for all of it`, { response: () => value }] as const),
  ]
}

/** `name` is a member, or a member of `response` behind a dot. */
function replaced(given: object, name: string, value: unknown): unknown {
  const [outer = '', inner] = name.split('.')
  if (inner === undefined) return { ...given, [outer]: value }
  return { ...given, [outer]: { ...(given as Record<string, object>)[outer], [inner]: value } }
}

function withKey(changed: (key: PublicKey) => PublicKey): RegistrationFaults {
  return {
    authenticatorData: (data) => ({
      ...data,
      attested: data.attested && { ...data.attested, publicKey: changed(new Map(data.attested.publicKey)) },
    }),
  }
}

/** RFC 8949: 0xa3 is a map of three. `fmt` comes first, with "none": nine bytes together. */
function withFmtTwice(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0xa4), bytes.subarray(1), bytes.subarray(1, 10)])
}

function withoutLength(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0xbf), bytes.subarray(1), Buffer.of(0xff)])
}
