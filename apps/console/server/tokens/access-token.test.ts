import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import type { AccountRecord } from '../accounts/accounts.ts'
import { keysFor } from '../protection/keys.ts'
import type { Session } from '../sessions/sessions.ts'
import { accessTokenSeconds, createAccessTokens } from './access-token.ts'

const newKey = (): string => randomBytes(32).toString('base64url')
const keys = [newKey(), newKey()]
const origin = 'https://console.example'
let now = 1_795_303_885_834
const parts = { origin, clock: () => now, random: randomBytes, keys }
const accessTokens = createAccessTokens(parts)

const session: Session = {
  id: 'S'.repeat(43),
  kind: 'tokens',
  challengeId: 'challenge',
  provedAt: now - 7_000,
  authAt: now - 5_500,
  firstFactor: 'password',
  amr: ['pwd', 'otp', 'mfa'],
  account: { id: 'ada' } as AccountRecord,
}

const good = { status: 'good', sessionId: session.id, accountId: 'ada' }
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token that is right but for what is given. */
async function forged(header: object, claims: object = {}, key = keysFor('access-token', keys)[0]): Promise<string> {
  const real = await accessTokens.sign(session)
  return await new SignJWT({ ...decodeJwt(real), ...claims })
    .setProtectedHeader({ ...decodeProtectedHeader(real), alg: 'HS256', ...header })
    .sign(key)
}

describe('an access token', () => {
  test('says whose session it is of and how its person signed in, in the form of RFC 9068', async () => {
    const token = await accessTokens.sign(session)
    expect(decodeProtectedHeader(token)).toEqual({
      alg: 'HS256',
      typ: 'at+jwt',
      kid: expect.stringMatching(/^[\w-]{8}$/),
    })
    const iat = Math.floor(now / 1000)
    expect(decodeJwt(token)).toEqual({
      iss: origin,
      aud: origin,
      sub: 'ada',
      sid: session.id,
      iat,
      exp: iat + accessTokenSeconds,
      jti: expect.stringMatching(/^[\w-]{22}$/),
      amr: ['pwd', 'otp', 'mfa'],
      acr: '2',
      auth_time: Math.floor(session.authAt / 1000),
    })
    expect(await accessTokens.verify(token)).toEqual(good)
  })

  test('MB-06 says acr 1 where no second factor was answered', async () => {
    const token = await accessTokens.sign({ ...session, challengeId: null, amr: ['pwd'] })
    expect(decodeJwt(token)).toMatchObject({ acr: '1', amr: ['pwd'] })
  })

  test('is another one each time, and good for five minutes', async () => {
    const token = await accessTokens.sign(session)
    expect(await accessTokens.sign(session)).not.toBe(token)
    const issuedAt = now
    now = (Math.floor(issuedAt / 1000) + accessTokenSeconds) * 1000 - 1
    expect(await accessTokens.verify(token)).toEqual(good)
    now += 1
    expect(await accessTokens.verify(token)).toEqual({ status: 'expired' })
    now = issuedAt
  })

  test('P6 outlives a rotation of the keys and ends with its key', async () => {
    const token = await accessTokens.sign(session)
    const rotated = createAccessTokens({ ...parts, keys: [newKey(), ...keys] })
    expect(await rotated.verify(token)).toEqual(good)
    expect(await accessTokens.verify(await rotated.sign(session))).toEqual({ status: 'bad' })
    expect(await createAccessTokens({ ...parts, keys: [newKey()] }).verify(token)).toEqual({ status: 'bad' })
  })

  test('of another console, or for another, is none of this one', async () => {
    const elsewhere = createAccessTokens({ ...parts, origin: 'https://other.example' })
    expect(await accessTokens.verify(await elsewhere.sign(session))).toEqual({ status: 'bad' })
    for (const claims of [{ iss: 'https://other.example' }, { aud: 'https://other.example' }, { aud: [] }]) {
      expect(await accessTokens.verify(await forged({}, claims))).toEqual({ status: 'bad' })
    }
    expect(await accessTokens.verify(await forged({}))).toEqual(good)
  })

  test('OA-04 RFC 8725 no other algorithm, type or key is taken, whatever the token says of itself', async () => {
    const [header = '', payload = '', signature = ''] = (await accessTokens.sign(session)).split('.')
    const key = keysFor('access-token', keys)[0]
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const kid = decodeProtectedHeader(`${header}.${payload}.${signature}`).kid
    const tokens = [
      `${part({ alg: 'none', typ: 'at+jwt', kid })}.${payload}.`,
      `${part({ alg: 'None', typ: 'at+jwt', kid })}.${payload}.`,
      `${header}.${payload}.`,
      `${header}.${part({ ...decodeJwt(`${header}.${payload}.${signature}`), sub: 'eve' })}.${signature}`,
      `${header}.${payload}.${createHmac('sha256', newKey()).update(`${header}.${payload}`).digest('base64url')}`,
      await forged({ alg: 'HS512' }, {}, Buffer.concat([key, key])),
      await forged({ typ: 'JWT' }),
      await forged({ typ: undefined }),
      await forged({ kid: undefined }),
      await forged({ kid: 'unknown' }),
      await forged({ kid: '__proto__' }),
      await new SignJWT(decodeJwt(`${header}.${payload}.${signature}`))
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: String(kid) })
        .sign(privateKey),
      // The key for another purpose.
      await forged({}, {}, keysFor('session', keys)[0]),
    ]
    for (const token of tokens) expect([token, await accessTokens.verify(token)]).toEqual([token, { status: 'bad' }])
  })

  test('that lacks a claim, or has one of another type, is none', async () => {
    for (const claim of ['sub', 'sid', 'iat', 'exp', 'jti', 'iss', 'aud']) {
      expect(await accessTokens.verify(await forged({}, { [claim]: undefined }))).toEqual({ status: 'bad' })
    }
    for (const claims of [{ sid: 7 }, { sub: ['ada'] }, { exp: 'never' }, { exp: null }]) {
      expect(await accessTokens.verify(await forged({}, claims))).toEqual({ status: 'bad' })
    }
  })

  test('PA-14 what is no token is none', async () => {
    const texts = ['', '.', '..', 'a.b.c', `${part({})}.${part({})}.${part({})}`, 'x'.repeat(10_000), `${part([])}..`]
    for (const text of texts) expect([text, await accessTokens.verify(text)]).toEqual([text, { status: 'bad' }])
  })
})
