import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { movingClock } from 'sallyport/testing'
import { atProvider, atTheProvider, hostileProvider } from '../../../../test/support/oidc.ts'
import type { HostileProvider } from '../../../../test/support/oidc.ts'
import { seededRandom } from '../../../../test/support/random.ts'
import { createOidc } from './oidc.ts'
import type { Oidc, OidcClient } from './oidc.ts'
import { clientOf } from './providers.ts'

const origin = 'http://localhost:3000'
const clock = movingClock()
let provider: HostileProvider
let client: OidcClient
let faults: unknown[]
let oidc: Oidc

function made(deadline: (milliseconds: number) => AbortSignal = AbortSignal.timeout): Oidc {
  const onFault = (error: unknown): void => void faults.push(error)
  return createOidc({ origin, clock, random: seededRandom('oidc'), deadline, onFault })
}

beforeEach(async () => {
  faults = []
  provider = await hostileProvider(clock, atProvider('ada@example.com'))
  client = clientOf(provider.provider)
  oidc = made()
})
afterEach(() => provider.close())

async function signIn(as = client, fresh = false) {
  const begun = await oidc.begin(as, { fresh })
  if (begun === null) return 'provider_unavailable'
  const back = await atTheProvider(begun.location, origin)
  return await oidc.finish(as, begun.secrets, new URL(back, origin).search)
}

test('each journey has secrets of its own', async () => {
  const [one, other] = [await oidc.begin(client), await oidc.begin(client)]
  const all = [one, other].flatMap((begun) => [begun?.secrets.state, begun?.secrets.nonce, begun?.secrets.verifier])
  expect(new Set(all).size).toBe(6)
  for (const secret of all) expect(secret).toMatch(/^[\w-]{43}$/)
  expect(one?.location).not.toContain(one?.secrets.verifier)
})

test('whom the provider has signed in is told as it says it', async () => {
  provider.lies = { claims: { amr: ['pwd', 'otp', 7, 'x'.repeat(33), '<b>'] } }
  expect(await signIn()).toMatchObject({
    issuer: provider.provider.issuer,
    email: 'ada@example.com',
    emailVerified: true,
    amr: ['pwd', 'otp'],
  })
  provider.lies = { claims: { email: undefined, email_verified: undefined, amr: 'otp' } }
  expect(await signIn()).toMatchObject({ email: null, emailVerified: false, amr: [] })
  expect(faults).toEqual([])
})

test('the time that counts is that of the clock', async () => {
  clock.advance(86_400_000)
  const exp = Math.floor(clock() / 1000) - 29
  provider.lies = { claims: { exp } }
  expect(await signIn()).toMatchObject({ email: 'ada@example.com' })
  provider.lies = { claims: { exp: exp - 2 } }
  expect(await signIn()).toBe('provider_failed')
})

test('a provider that is asked for a fresh sign-in has to say when it was, and that it was a moment ago', async () => {
  const seconds = Math.floor(clock() / 1000)
  expect(await signIn(client, true)).toMatchObject({ authAt: seconds * 1000 })
  expect(provider.begun.at(-1)?.get('max_age')).toBe('60')
  provider.lies = { claims: { auth_time: seconds - 85 } }
  expect(await signIn(client, true)).toMatchObject({ authAt: (seconds - 85) * 1000 })
  for (const lie of [undefined, null, 'now', String(seconds), -1, seconds - 95]) {
    provider.lies = { claims: { auth_time: lie } }
    expect(await signIn(client, true)).toBe('provider_failed')
  }
})

test('when a provider signed someone in is known only where it says so, and is never yet to come', async () => {
  const seconds = Math.floor(clock() / 1000)
  expect(await signIn()).toMatchObject({ authAt: null })
  expect(provider.begun.at(-1)?.has('max_age')).toBe(false)
  for (const [said, authAt] of [
    [seconds - 86_400, (seconds - 86_400) * 1000],
    [0.5, 500],
    [seconds + 600, clock()],
    [1e300, clock()],
  ]) {
    provider.lies = { claims: { auth_time: said } }
    expect(await signIn()).toMatchObject({ authAt })
  }
})

test('each provider sends people back to an address of its own', async () => {
  for (const id of ['hostile', 'sso-observatory']) {
    expect(await signIn({ ...client, id })).toMatchObject({ email: 'ada@example.com' })
    const callback = `${origin}/api/providers/${id}/callback`
    expect(provider.begun.at(-1)?.get('redirect_uri')).toBe(callback)
    expect(provider.exchanges.at(-1)?.get('redirect_uri')).toBe(callback)
  }
})

test('a provider is looked up once an hour, and its keys not for every sign-in', async () => {
  await signIn()
  await signIn()
  const asked = (path: string): number => provider.asked.filter((each) => each === path).length
  expect([asked('/.well-known/openid-configuration'), asked('/jwks')]).toEqual([1, 1])
  clock.advance(3_600_000)
  await signIn()
  expect(asked('/.well-known/openid-configuration')).toBe(2)
})

test('a failure is not remembered', async () => {
  provider.lies = { metadata: { issuer: 'https://another.example' } }
  expect(await oidc.begin(client)).toBeNull()
  provider.lies = {}
  expect(await oidc.begin(client)).not.toBeNull()
  expect(faults).toHaveLength(1)
})

test('of many that ask at once one asks the provider', async () => {
  await Promise.all(Array.from({ length: 10 }, () => oidc.begin(client)))
  expect(provider.asked).toHaveLength(1)
})

test.each([
  ['token_endpoint', 'http://id.example/token'],
  ['jwks_uri', 'https://10.0.0.1/jwks'],
  ['jwks_uri', 'http://169.254.169.254/jwks'],
  ['userinfo_endpoint', 'http://10.0.0.1/userinfo'],
])(
  'what the metadata of a team’s provider names as %s is not asked where it must not be: %s',
  async (name, address) => {
    provider.lies = { metadata: { [name]: address }, claims: { email: undefined } }
    const begun = await signIn({ ...client, by: 'team' })
    expect(begun).toBe('provider_unavailable')
  },
)

test('nobody is sent to an address that is none of the web', async () => {
  for (const address of ['javascript:alert(1)', 'http://id.example/authorize', 'https://192.168.0.1/', undefined]) {
    provider.lies = { metadata: { authorization_endpoint: address } }
    expect(await made().begin({ ...client, by: 'team' })).toBeNull()
  }
})

test('a provider that does not answer in good time, or only with redirects or too much, is as good as none', async () => {
  const answers = [
    (response: ServerResponse) => response.writeHead(302, { location: `${origin}/internal` }).end(),
    (response: ServerResponse) => response.writeHead(500).end(),
    (response: ServerResponse) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(`{"a":"${'a'.repeat(300_000)}"}`),
    () => undefined,
  ]
  for (const answer of answers) {
    const server = createServer((_, response) => void answer(response))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const issuer = `http://localhost:${(server.address() as AddressInfo).port}`
    const asked: number[] = []
    const hanging = made((milliseconds) => {
      asked.push(milliseconds)
      return answer === answers.at(-1) ? AbortSignal.abort() : new AbortController().signal
    })
    expect(await hanging.begin({ ...client, issuer })).toBeNull()
    expect(asked).toEqual([5000])
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
})

test('an answer to nothing that this browser began sends no request anywhere', async () => {
  const begun = await oidc.begin(client)
  const before = provider.asked.length
  if (begun === null) throw new Error('the provider was not reached')
  for (const query of ['', '?code=x', '?code=x&state=y', `?error=access_denied&state=y`]) {
    expect(await oidc.finish(client, begun.secrets, query)).toBe('provider_failed')
  }
  expect(provider.asked).toHaveLength(before)
  expect(faults).toEqual([])
})

test('what the provider says went wrong is told apart', async () => {
  const begun = await oidc.begin(client)
  if (begun === null) throw new Error('the provider was not reached')
  const { state } = begun.secrets
  const iss = encodeURIComponent(client.issuer)
  const said = (error: string) => oidc.finish(client, begun.secrets, `?error=${error}&state=${state}&iss=${iss}`)
  expect(await said('access_denied')).toBe('provider_refused')
  expect(await said('temporarily_unavailable')).toBe('provider_unavailable')
  expect(await said('server_error')).toBe('provider_unavailable')
  expect(await said('invalid_scope')).toBe('provider_failed')
})
