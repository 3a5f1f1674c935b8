import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { account, checking, enrolled, settings } from '../../../../test/support/methods.ts'
import type { Method, OpenEnrollment, Verdict } from '../contract/method.ts'
import {
  type AuthenticationFaults,
  authenticatorFlags,
  type AuthenticatorOptions,
  createAuthenticator,
  type CreationOptions,
  type RegistrationFaults,
  type RequestOptions,
} from '../testing/index.ts'
import { securityKey, type SecurityKeyOptions } from './security-key.ts'

const { origin } = settings.app
const { UP, UV, BE, BS } = authenticatorFlags
const nonceA = randomBytes(32).toString('base64url')
const nonceB = randomBytes(32).toString('base64url')

function asked(options: SecurityKeyOptions = {}, app = origin) {
  const method = securityKey(options)({ ...settings, app: { ...settings.app, origin: app } })
  const { device } = method
  if (device === undefined) throw new Error('it asks no device')
  return { ...method, device }
}

type Asked = ReturnType<typeof asked>

function pending(method: Method, others: readonly OpenEnrollment[] = []): OpenEnrollment {
  const enrolling = method.enroll({ account, now: 0, random: randomBytes, others })
  return enrolled(enrolling?.secret ?? '')
}

const creation = (method: Asked, enrollment: OpenEnrollment, others: readonly OpenEnrollment[] = []): CreationOptions =>
  method.device.register({ nonce: nonceA, account }, enrollment, others) as unknown as CreationOptions

const request = (method: Asked, enrollments: readonly OpenEnrollment[]): RequestOptions =>
  method.device.ask({ nonce: nonceB }, enrollments) as unknown as RequestOptions

const check = async (
  method: Method,
  enrollment: OpenEnrollment,
  answer: unknown,
  { nonce = nonceB, alone = false } = {},
): Promise<Verdict> =>
  await method.check(
    { ...checking, isNonce: (given) => given === nonce, alone },
    enrollment,
    null,
    typeof answer === 'string' ? answer : JSON.stringify(answer),
  )

/** A key of ada's, registered, with the authenticator that holds it. */
async function registered(options: SecurityKeyOptions = {}, behaviour: Partial<AuthenticatorOptions> = {}) {
  const method = asked(options)
  const authenticator = createAuthenticator({ origin, ...behaviour })
  const before = pending(method)
  const verdict = await check(method, before, authenticator.create(creation(method, before)), { nonce: nonceA })
  if (!verdict.ok || verdict.registered === undefined) throw new Error('it was not registered')
  const enrollment: OpenEnrollment = { ...before, secret: verdict.registered.secret, lastCounter: 0 }
  return { method, authenticator, enrollment, verdict, registered: verdict.registered }
}

describe('setting up a key', () => {
  test('asks for one of this account that is not there yet, whose user is 32 random bytes', () => {
    const method = asked()
    const [one, other] = [creation(method, pending(method)), creation(method, pending(method))]
    expect(one).toMatchObject({
      challenge: nonceA,
      rp: { id: 'console.example.com', name: settings.app.name },
      attestation: 'none',
      excludeCredentials: [],
      pubKeyCredParams: [{ alg: -8 }, { alg: -7 }, { alg: -257 }],
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    })
    expect(Buffer.from(one.user.id, 'base64url')).toHaveLength(32)
    expect(one.user.id).not.toBe(other.user.id)
    expect(JSON.stringify(one)).not.toContain(account.id)
  })

  test('WA-17 names the keys that the account has, and all of them have one user', async () => {
    const { method, enrollment, authenticator } = await registered()
    const second = pending(method, [enrollment])
    const asking = creation(method, second, [enrollment])
    expect(asking.excludeCredentials?.map(({ id }) => id)).toEqual([authenticator.credentials[0]?.id])
    expect(asking.user.id).toBe(authenticator.credentials[0]?.userHandle)
    expect(() => authenticator.create(asking)).toThrow(expect.objectContaining({ name: 'InvalidStateError' }))
  })

  test.each([-7, -8, -257] as const)('takes a key that signs with %i', async (algorithm) => {
    const { method, authenticator, enrollment } = await registered({}, { algorithm })
    const answer = authenticator.get(request(method, [enrollment]))
    expect(await check(method, enrollment, answer)).toMatchObject({ ok: true })
  })

  test('says what the key is, and whether it is synced', async () => {
    const aaguid = 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd'
    const synced = await registered({}, { aaguid, backupEligible: true, backedUp: true })
    expect(synced.registered).toMatchObject({ name: 'Apple Passwords', hint: 'Synced between devices' })
    expect(synced.verdict.amr).toEqual(['swk', 'user', 'mfa'])
    const bound = await registered({}, { userVerified: false })
    expect(bound.registered).toMatchObject({ name: null, hint: 'On one device' })
    expect(bound.verdict.amr).toEqual(['hwk', 'user'])
    expect(bound.registered.credential).toMatch(/^[\w-]{43}$/)
  })

  test('a count that begins above 0 is where it goes on from', async () => {
    const { verdict } = await registered({}, { signCount: 7 })
    expect(verdict.spend).toEqual({ counter: 7 })
  })

  const data = (bytes: Buffer): Buffer => Buffer.from(bytes)
  test.each<readonly [string, RegistrationFaults]>([
    ['WA-02 a challenge of its own', { clientData: (client) => ({ ...client, challenge: nonceB }) }],
    ['WA-02 no challenge', { clientData: ({ type, origin: from }) => ({ type, origin: from }) }],
    ['an assertion’s type', { clientData: (client) => ({ ...client, type: 'webauthn.get' }) }],
    [
      'WA-03 an origin in plain text',
      { clientData: (client) => ({ ...client, origin: origin.replace('https', 'http') }) },
    ],
    ['WA-03 another port', { clientData: (client) => ({ ...client, origin: 'https://console.example.com' }) }],
    ['WA-03 a subdomain', { clientData: (client) => ({ ...client, origin: origin.replace('console', 'a.console') }) }],
    ['WA-03 a look-alike', { clientData: (client) => ({ ...client, origin: `${origin}.evil.example` }) }],
    ['WA-03 null', { clientData: (client) => ({ ...client, origin: 'null' }) }],
    ['WA-14 a frame of another site', { clientData: (client) => ({ ...client, crossOrigin: true }) }],
    ['WA-14 a page above', { clientData: (client) => ({ ...client, topOrigin: 'https://evil.example' }) }],
    ['client data that is no JSON', { clientData: () => 'nothing' }],
    ['client data that is null', { clientData: () => 'null' }],
    ['WA-04 another rpId', { authenticatorData: (parts) => ({ ...parts, rpIdHash: randomBytes(32) }) }],
    ['WA-06 nobody present', { authenticatorData: (parts) => ({ ...parts, flags: parts.flags & ~UP }) }],
    ['no key in it', { authenticatorData: (parts) => ({ ...parts, attested: null }) }],
    ['BS without BE', { authenticatorData: (parts) => ({ ...parts, flags: (parts.flags | BS) & ~BE }) }],
    [
      'WA-15 bytes after the key',
      { authenticatorData: (parts) => ({ ...parts, extensions: Buffer.from('00', 'hex') }) },
    ],
    ['cut off', { authenticatorDataBytes: (bytes) => bytes.subarray(0, 60) }],
    ['WA-15 bytes after it all', { attestationObject: (bytes) => Buffer.concat([bytes, Buffer.from('00', 'hex')]) }],
    ['WA-15 no CBOR', { attestationObject: () => Buffer.from('ff', 'hex') }],
    ['WA-15 no end of arrays', { attestationObject: () => Buffer.alloc(8000, 0x81) }],
    [
      'WA-15 indefinite',
      {
        attestationObject: (bytes) =>
          Buffer.concat([Buffer.from('bf', 'hex'), data(bytes).subarray(1), Buffer.from('ff', 'hex')]),
      },
    ],
    [
      'WA-15 a key twice',
      {
        attestationObject: (bytes) =>
          Buffer.concat([Buffer.from('a4', 'hex'), data(bytes).subarray(1), Buffer.from('63666d74646e6f6e65', 'hex')]),
      },
    ],
    ['WA-15 an id of 1,024 bytes', { credentialId: randomBytes(1024) }],
    ['another id than the one that is signed', { response: (json) => ({ ...json, id: nonceB, rawId: nonceB }) }],
    ['a raw id of its own', { response: (json) => ({ ...json, rawId: nonceB }) }],
    ['another type', { response: (json) => ({ ...json, type: 'password' }) }],
    ['a list', { response: (json) => [json] }],
    ['numbers', { response: (json) => ({ ...json, response: { clientDataJSON: 1, attestationObject: 2 } }) }],
    ['no response', { response: ({ id, rawId, type }) => ({ id, rawId, type }) }],
  ])('refuses %s', async (_what, faults) => {
    const method = asked()
    const enrollment = pending(method)
    const answer = createAuthenticator({ origin }).create(creation(method, enrollment), faults)
    expect(await check(method, enrollment, answer, { nonce: nonceA })).toMatchObject({ ok: false })
  })

  test.each<readonly [string, RegistrationFaults]>([
    ['a statement beside none', { attestation: (object) => ({ ...object, attStmt: { sig: randomBytes(64) } }) }],
    ['a format nobody knows', { attestation: (object) => ({ ...object, fmt: 'sealing-wax' }) }],
    [
      'a key’s own statement that it did not sign',
      { attestation: (object) => ({ ...object, attStmt: { alg: -7, sig: randomBytes(64) } }) },
    ],
  ])('looks at what a key says of its make only where that is asked for: %s', async (_what, faults) => {
    for (const attestation of ['none', 'indirect'] as const) {
      const method = asked({ attestation })
      const enrollment = pending(method)
      const says = {
        ...creation(method, enrollment),
        attestation: faults.attestation === undefined ? 'none' : 'direct',
      }
      const answer = createAuthenticator({ origin }).create(says, faults)
      const verdict = await check(method, enrollment, answer, { nonce: nonceA })
      expect(verdict.ok, attestation).toBe(attestation === 'none')
    }
  })

  test('WA-07 refuses a key that doesn’t know its user where that is asked for, whatever the page asked', async () => {
    const method = asked({ userVerification: 'required' })
    const enrollment = pending(method)
    const weakened = { ...creation(method, enrollment), authenticatorSelection: { userVerification: 'discouraged' } }
    const answer = createAuthenticator({ origin, userVerified: false }).create(weakened)
    expect(await check(method, enrollment, answer, { nonce: nonceA })).toMatchObject({ ok: false })
  })

  test('WA-11 refuses a key of an algorithm that was not offered', async () => {
    const method = asked({ algorithms: [-7] })
    const enrollment = pending(method)
    const offered = { ...creation(method, enrollment), pubKeyCredParams: [{ alg: -8 }] }
    const answer = createAuthenticator({ origin, algorithm: -8 }).create(offered)
    expect(await check(method, enrollment, answer, { nonce: nonceA })).toMatchObject({ ok: false })
  })
})

describe('answering with a key', () => {
  test('asks for the keys that there are, in their order', async () => {
    const { method, enrollment, authenticator } = await registered({}, { transports: ['usb', 'nfc'] })
    expect(request(method, [enrollment])).toMatchObject({
      challenge: nonceB,
      rpId: 'console.example.com',
      userVerification: 'preferred',
      allowCredentials: [{ id: authenticator.credentials[0]?.id, type: 'public-key', transports: ['usb', 'nfc'] }],
    })
    expect(request(method, [])).toMatchObject({ allowCredentials: [], userVerification: 'required' })
  })

  test('WA-08 its count must rise, and one that is never used stays 0', async () => {
    const { method, enrollment, authenticator } = await registered()
    const older = authenticator.clone()
    const one = await check(method, enrollment, authenticator.get(request(method, [enrollment])))
    expect(one).toMatchObject({ ok: true, spend: { signCount: 1 } })
    const later = { ...enrollment, lastCounter: 1 }
    const copied = await check(method, later, older.get(request(method, [later])))
    expect(copied).toEqual({ ok: false, reason: 'wrong', copied: true })
    const none = await registered({}, { signCount: null })
    const zero = await check(
      none.method,
      none.enrollment,
      none.authenticator.get(request(none.method, [none.enrollment])),
    )
    expect(zero).toMatchObject({ ok: true, spend: { signCount: 0 } })
    const back = await check(
      none.method,
      { ...none.enrollment, lastCounter: 3 },
      none.authenticator.get(request(none.method, [none.enrollment])),
    )
    expect(back).toEqual({ ok: false, reason: 'wrong', copied: true })
  })

  test('a count means nothing where the signature is wrong', async () => {
    const { method, enrollment, authenticator } = await registered()
    const answer = authenticator.get(request(method, [enrollment]), { signature: (bytes) => bytes.reverse() })
    expect(await check(method, { ...enrollment, lastCounter: 9 }, answer)).toEqual({ ok: false, reason: 'wrong' })
  })

  test('RFC 8176: what it counts for', async () => {
    const known = await registered({}, { backupEligible: true })
    const answered = await check(
      known.method,
      known.enrollment,
      known.authenticator.get(request(known.method, [known.enrollment])),
    )
    expect(answered).toMatchObject({ amr: ['swk', 'user', 'mfa'] })
    const bound = await registered({}, { userVerified: false })
    const there = await check(
      bound.method,
      bound.enrollment,
      bound.authenticator.get(request(bound.method, [bound.enrollment])),
    )
    expect(there).toMatchObject({ amr: ['hwk', 'user'] })
  })

  test('alone it must know its user, and say whose it is', async () => {
    const { method, enrollment, authenticator } = await registered()
    const alone = (faults: AuthenticationFaults = {}) =>
      check(method, enrollment, authenticator.get(request(method, []), faults), { alone: true })
    expect(await alone()).toMatchObject({ ok: true })
    expect(await alone({ authenticatorData: (parts) => ({ ...parts, flags: parts.flags & ~UV }) })).toMatchObject({
      ok: false,
    })
    const nameless = {
      response: (json: { response: object }) => ({ ...json, response: { ...json.response, userHandle: undefined } }),
    }
    expect(await alone(nameless)).toMatchObject({ ok: false })
  })

  const other = createAuthenticator({ origin })
  other.create({
    challenge: nonceA,
    rp: { id: 'console.example.com' },
    user: { id: 'AAAA' },
    pubKeyCredParams: [{ alg: -7 }],
  })
  test.each<readonly [string, AuthenticationFaults]>([
    ['WA-02 a challenge of its own', { clientData: (client) => ({ ...client, challenge: nonceA }) }],
    ['WA-02 a challenge with a letter more', { clientData: (client) => ({ ...client, challenge: `${nonceB}A` }) }],
    ['a registration’s type', { clientData: (client) => ({ ...client, type: 'webauthn.create' }) }],
    [
      'WA-03 an origin in plain text',
      { clientData: (client) => ({ ...client, origin: origin.replace('https', 'http') }) },
    ],
    ['WA-03 another port', { clientData: (client) => ({ ...client, origin: 'https://console.example.com' }) }],
    ['WA-03 a subdomain', { clientData: (client) => ({ ...client, origin: origin.replace('console', 'a.console') }) }],
    ['WA-03 a look-alike', { clientData: (client) => ({ ...client, origin: `${origin}.evil.example` }) }],
    ['WA-03 null', { clientData: (client) => ({ ...client, origin: 'null' }) }],
    ['WA-03 a list of origins', { clientData: (client) => ({ ...client, origin: [origin] }) }],
    ['WA-14 a frame of another site', { clientData: (client) => ({ ...client, crossOrigin: true }) }],
    ['WA-14 a word for it', { clientData: (client) => ({ ...client, crossOrigin: 'false' }) }],
    ['WA-14 a page above', { clientData: (client) => ({ ...client, topOrigin: origin }) }],
    ['client data that is no JSON', { clientData: () => 'nothing' }],
    ['client data that is a list', { clientData: (client) => [client] }],
    ['WA-04 another rpId', { authenticatorData: (parts) => ({ ...parts, rpIdHash: randomBytes(32) }) }],
    ['WA-06 nobody present', { authenticatorData: (parts) => ({ ...parts, flags: parts.flags & ~UP }) }],
    ['a key that may be synced all at once', { authenticatorData: (parts) => ({ ...parts, flags: parts.flags | BE }) }],
    ['BS without BE', { authenticatorData: (parts) => ({ ...parts, flags: parts.flags | BS }) }],
    ['bytes after it', { authenticatorDataBytes: (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]) }],
    ['cut off', { authenticatorDataBytes: (bytes) => bytes.subarray(0, 36) }],
    ['nothing', { authenticatorDataBytes: () => Buffer.alloc(0) }],
    [
      'WA-11 a signature with a bit turned',
      { signature: (bytes) => (bytes.writeUInt8(bytes.readUInt8(9) ^ 1, 9), bytes) },
    ],
    ['WA-11 no signature', { signature: () => Buffer.alloc(0) }],
    ['WA-11 one over other bytes', { signed: (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]) }],
    ['WA-11 another key’s', { signingKey: other.credentials[0]!.privateKey }],
    [
      'WA-09 another user’s handle',
      { response: (json) => ({ ...json, response: { ...json.response, userHandle: nonceB } }) },
    ],
    ['WA-09 another key’s id', { response: (json) => ({ ...json, id: nonceB, rawId: nonceB }) }],
    ['a handle that is a number', { response: (json) => ({ ...json, response: { ...json.response, userHandle: 7 } }) }],
    ['another type', { response: (json) => ({ ...json, type: 'password' }) }],
    ['what every object has', { response: () => ({ id: 'constructor', rawId: 'constructor', type: 'public-key' }) }],
    ['null', { response: () => null }],
  ])('refuses %s', async (_what, faults) => {
    const { method, enrollment, authenticator } = await registered()
    const answer = authenticator.get(request(method, [enrollment]), faults)
    expect(await check(method, enrollment, answer)).toMatchObject({ ok: false })
  })

  test('what is no JSON, or a code, is malformed', async () => {
    const { method, enrollment } = await registered()
    for (const answer of ['123456', '{', '', '"a"', 'null', '[]', `{"id":"${'A'.repeat(20_000)}"}`]) {
      expect(await check(method, enrollment, answer)).toEqual({ ok: false, reason: 'malformed' })
      expect(await check(method, pending(method), answer)).toEqual({ ok: false, reason: 'malformed' })
      expect(method.device.identify(answer)).toBeNull()
    }
  })

  test('finds whose key it is by an answer that says so', async () => {
    const found = await registered()
    const { method, enrollment, authenticator } = found
    const answer = JSON.stringify(authenticator.get(request(method, [])))
    expect(method.device.identify(answer)).toBe(found.registered.credential)
    const nameless = authenticator.get(request(method, [enrollment]), {
      response: (json) => ({ ...json, response: { ...json.response, userHandle: undefined } }),
    })
    expect(method.device.identify(JSON.stringify(nameless))).toBeNull()
  })

  test('tells the browser which keys are good', async () => {
    const { method, enrollment, authenticator } = await registered()
    const [held] = authenticator.credentials
    expect(method.device.accepted([enrollment])).toEqual({
      rpId: 'console.example.com',
      userId: held?.userHandle,
      allAcceptedCredentialIds: [held?.id],
    })
  })
})

describe('where keys are used', () => {
  test('on every origin that is named, related ones too, and nowhere else', async () => {
    const options = {
      rpId: 'example.com',
      origins: ['https://app.example.com'],
      relatedOrigins: ['https://example.net'],
    }
    const { method, enrollment, authenticator } = await registered(options)
    const at = (from: string) =>
      check(
        method,
        enrollment,
        authenticator.get(request(method, [enrollment]), { clientData: (data) => ({ ...data, origin: from }) }),
      )
    for (const good of [origin, 'https://app.example.com', 'https://example.net'])
      expect(await at(good)).toMatchObject({ ok: true })
    for (const bad of ['https://example.com', 'https://other.example.com', 'https://www.example.net'])
      expect(await at(bad)).toMatchObject({ ok: false })
  })

  test.each<readonly [string, SecurityKeyOptions, RegExp]>([
    [
      'rpId',
      { rpId: 'example.org' },
      /rpId: must be the host of https:\/\/console.example.com:8443, or a domain above/,
    ],
    ['rpId', { rpId: 'sole.example.com' }, /rpId/],
    ['rpId', { rpId: 'Example.com' }, /rpId: must be a domain, in lower case/],
    ['rpId', { rpId: '' }, /rpId/],
    ['origins', { origins: ['https://example.net'] }, /rpId/],
    ['origins', { origins: ['http://a.console.example.com'] }, /origins/],
    ['relatedOrigins', { relatedOrigins: ['https://example.net/path'] }, /relatedOrigins/],
    ['relatedOrigins', { relatedOrigins: ['https://a.console.example.com'] }, /belongs to origins/],
    ['userVerification', { userVerification: 'sometimes' as 'required' }, /userVerification/],
    ['algorithms', { algorithms: [] }, /algorithms/],
    ['algorithms', { algorithms: [-65_535 as -7] }, /algorithms/],
    ['timeoutSeconds', { timeoutSeconds: 14 }, /timeoutSeconds/],
    ['timeoutSeconds', { timeoutSeconds: 301 }, /timeoutSeconds/],
    ['aaguids', { attestation: { enterprise: { aaguids: [], roots: ['-----BEGIN CERTIFICATE-----'] } } }, /aaguids/],
    [
      'aaguids',
      { attestation: { enterprise: { aaguids: ['YubiKey'], roots: ['-----BEGIN CERTIFICATE-----'] } } },
      /aaguids/,
    ],
    [
      'roots',
      { attestation: { enterprise: { aaguids: [`${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`], roots: [] } } },
      /roots/,
    ],
  ])('refuses to start with %s that could not work', (_what, options, message) => {
    expect(() => asked(options)).toThrow(
      expect.objectContaining({ code: 'option_invalid', message: expect.stringMatching(message) }),
    )
  })

  test('an app at an address has no domain for keys', () => {
    expect(() => asked({}, 'http://127.0.0.1:3000')).toThrow(/rpId/)
    expect(request(asked({}, 'http://localhost:3000'), [])).toMatchObject({ rpId: 'localhost' })
  })
})

interface Vector {
  readonly registration: Readonly<
    Record<'challenge' | 'credential_id' | 'clientDataJSON' | 'attestationObject', string>
  >
  readonly authentication: Readonly<Record<'challenge' | 'clientDataJSON' | 'authenticatorData' | 'signature', string>>
}

const file = new URL('../../../../test/support/webauthn-l3-vectors.json', import.meta.url)
const { vectors, attestationRoot } = JSON.parse(readFileSync(file, 'utf8')) as {
  vectors: Record<string, Vector>
  attestationRoot: { attestation_ca_cert: string }
}
const base64url = (hex: string): string => Buffer.from(hex, 'hex').toString('base64url')
/** In a frame of another site, which we refuse whoever signs; and a curve that nothing here verifies. */
const refused = ['none-es256-crossOrigin', 'none-es256-topOrigin', 'packed-ed448']

describe.each(Object.entries(vectors))(
  'WA-20 the vector %s of WebAuthn Level 3',
  (name, { registration, authentication }) => {
    const method = asked({ algorithms: [-8, -7, -35, -36, -257] }, 'https://example.org')
    const id = base64url(registration.credential_id)
    const given = (response: object): string => JSON.stringify({ id, rawId: id, type: 'public-key', response })
    const register = () =>
      check(
        method,
        pending(method),
        given({
          clientDataJSON: base64url(registration.clientDataJSON),
          attestationObject: base64url(registration.attestationObject),
        }),
        { nonce: base64url(registration.challenge) },
      )

    test(refused.includes(name) ? 'is refused' : 'is registered, and answers', async () => {
      const verdict = await register()
      if (refused.includes(name)) return expect(verdict).toEqual({ ok: false, reason: 'wrong' })
      expect(verdict).toMatchObject({ ok: true })
      const secret = (verdict.ok && verdict.registered?.secret) || ''
      const answer = {
        clientDataJSON: base64url(authentication.clientDataJSON),
        authenticatorData: base64url(authentication.authenticatorData),
        signature: base64url(authentication.signature),
      }
      const nonce = base64url(authentication.challenge)
      expect(await check(method, enrolled(secret), given(answer), { nonce })).toMatchObject({ ok: true })
      const another = {
        ...answer,
        signature: base64url(authentication.signature.replace(/.$/, (last) => (last === '0' ? '1' : '0'))),
      }
      expect(await check(method, enrolled(secret), given(another), { nonce })).toEqual({ ok: false, reason: 'wrong' })
    })
  },
)

describe('a make that an enterprise allows', () => {
  const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(attestationRoot.attestation_ca_cert, 'hex').toString('base64')}\n-----END CERTIFICATE-----`
  const aaguidOf = (name: string): string => {
    const hex = (vectors[name] as unknown as { registration: { aaguid: string } }).registration.aaguid
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  }
  const register = async (name: string, aaguid = aaguidOf(name)) => {
    const { registration } = vectors[name]!
    const method = asked(
      { algorithms: [-8, -7, -35, -36, -257], attestation: { enterprise: { aaguids: [aaguid], roots: [pem] } } },
      'https://example.org',
    )
    const id = base64url(registration.credential_id)
    const response = {
      clientDataJSON: base64url(registration.clientDataJSON),
      attestationObject: base64url(registration.attestationObject),
    }
    const answer = { id, rawId: id, type: 'public-key', response }
    return await check(method, pending(method), answer, { nonce: base64url(registration.challenge) })
  }

  const certified = Object.keys(vectors).filter((name) => /^packed-(?:es|rs|eddsa)/.test(name))
  test.each(certified)('WA-20 is taken where its certificate leads to the root: %s', async (name) => {
    expect(await register(name)).toMatchObject({ ok: true })
  })

  test('is refused where it is another one, or only says so itself', async () => {
    expect(await register('packed-es256', aaguidOf('packed-eddsa'))).toEqual({ ok: false, reason: 'wrong' })
    expect(await register('packed-self-es256')).toEqual({ ok: false, reason: 'wrong' })
    expect(await register('none-es256')).toEqual({ ok: false, reason: 'wrong' })
  })
})
